from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """A reaction may come before the message it is on: its event waits, and is tried again."""

    atomic = False
    dependencies = [("whatsapp", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="webhookevent",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "waiting"),
                    ("waiting", "waiting for another event"),
                    ("processed", "processed"),
                    ("unknown_number", "number not configured"),
                    ("unusable", "nothing to act on"),
                    ("failed", "failed in part"),
                ],
                db_default="pending",
                max_length=16,
                verbose_name="state",
            ),
        ),
        migrations.AddField(
            model_name="webhookevent",
            name="retry_at",
            field=models.DateTimeField(null=True, verbose_name="next attempt at"),
        ),
        AddIndexConcurrently(
            model_name="webhookevent",
            index=models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["retry_at"],
                name="webhook_event_waiting",
            ),
        ),
    ]
