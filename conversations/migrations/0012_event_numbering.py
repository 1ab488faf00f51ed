"""Numbers of events are not given again when the newest events are erased."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0011_consent")]

    operations = [
        migrations.CreateModel(
            name="EventNumbering",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ("last", models.BigIntegerField(default=0)),
            ],
            options={
                "verbose_name": "numbering of events",
                "verbose_name_plural": "numberings of events",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="event_numbering_is_one_row"
                    )
                ],
            },
        )
    ]
