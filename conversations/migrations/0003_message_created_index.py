"""The API lists messages newest first."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("conversations", "0002_message_type_reaction")]

    operations = [
        AddIndexConcurrently(
            "message", models.Index(fields=["-created_at", "-id"], name="message_created")
        ),
    ]
