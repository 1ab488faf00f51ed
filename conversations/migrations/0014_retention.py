"""Messages whose content is gone after its time, and files."""

from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("conversations", "0013_chat_links")]

    operations = [
        migrations.AddField(
            "media",
            "removed_at",
            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="removed at"),
        ),
        migrations.AddField(
            "message",
            "text_removed_at",
            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="content removed at"),
        ),
        migrations.AlterField(
            "media",
            "status",
            models.CharField(
                choices=[
                    ("pending", "being fetched"),
                    ("ready", "ready"),
                    ("failed", "could not be fetched"),
                    ("quarantined", "refused by the virus scanner"),
                    ("removed", "deleted after its time"),
                ],
                default="pending",
                max_length=12,
                verbose_name="status",
            ),
        ),
        AddIndexConcurrently(
            "media",
            models.Index(
                condition=models.Q(
                    ("status", "removed"), models.Q(("file", ""), ("thumbnail", ""), _negated=True)
                ),
                fields=["removed_at"],
                name="media_to_clear",
            ),
        ),
        AddIndexConcurrently(
            "message",
            models.Index(
                condition=models.Q(("text_removed_at", None)),
                fields=["created_at", "id"],
                name="message_to_forget",
            ),
        ),
        AddConstraintNotValid(
            "media",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "removed"), _negated=True),
                    models.Q(
                        ("external_id", ""),
                        ("filename", ""),
                        ("removed_at__isnull", False),
                        ("sha256", ""),
                    ),
                    _connector="OR",
                ),
                name="media_removed_says_nothing",
            ),
        ),
        AddConstraintNotValid(
            "message",
            models.CheckConstraint(
                condition=models.Q(
                    ("text_removed_at", None),
                    models.Q(("payload", {}), ("text", "")),
                    _connector="OR",
                ),
                name="message_removed_is_empty",
            ),
        ),
        ValidateConstraint("media", "media_removed_says_nothing"),
        ValidateConstraint("message", "message_removed_is_empty"),
    ]
