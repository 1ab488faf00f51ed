"""What waits to leave is found by number, lane and age; what was claimed, by when."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("conversations", "0005_whole_channel")]

    operations = [
        AddIndexConcurrently(
            "message",
            models.Index(
                fields=["business_number", "lane", "created_at", "id"],
                condition=Q(status="queued"),
                name="message_due",
            ),
        ),
        AddIndexConcurrently(
            "message",
            models.Index(
                fields=["claimed_at"],
                condition=Q(status__in=("sending", "unconfirmed")),
                name="message_claimed",
            ),
        ),
    ]
