"""One current username per contact, also when two learn of one at the same moment."""

from django.db import migrations, models

END_EARLIER_ONES = """
UPDATE contacts_identity AS earlier SET ended_at = now()
WHERE kind = 'username' AND ended_at IS NULL AND EXISTS (
    SELECT FROM contacts_identity AS later
    WHERE later.contact_id = earlier.contact_id
      AND later.kind = 'username' AND later.ended_at IS NULL
      AND (later.first_seen_at, later.id) > (earlier.first_seen_at, earlier.id)
)
"""


class Migration(migrations.Migration):

    dependencies = [("contacts", "0006_notes")]

    operations = [
        migrations.RunSQL(END_EARLIER_ONES, migrations.RunSQL.noop, elidable=True),
        migrations.AddConstraint(
            model_name="identity",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None), ("kind", "username")),
                fields=("contact",),
                name="identity_one_username",
            ),
        ),
    ]
