from django.db import migrations, models

SORTS = ("newest", "oldest", "waiting", "closes", "priority", "mentioned", "sla", "snoozed")


class Migration(migrations.Migration):
    """One more order of saved views; the table stays as it is."""

    dependencies = [
        ("inbox", "0004_notifications"),
    ]

    operations = [
        migrations.AlterField(
            model_name="savedview",
            name="sort",
            field=models.CharField(
                choices=[(sort, sort) for sort in SORTS],
                default="newest",
                max_length=10,
                verbose_name="order",
            ),
        ),
    ]
