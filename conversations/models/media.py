"""Files of messages: fetched from the channel, or uploaded by an agent."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from accounts.models import Agent
from conversations.models.message import Message


class MediaKind(models.TextChoices):
    IMAGE = "image", _("Photo")
    VIDEO = "video", _("Video")
    AUDIO = "audio", _("Voice note")
    DOCUMENT = "document", _("Document")
    STICKER = "sticker", _("Sticker")


class MediaStatus(models.TextChoices):
    PENDING = "pending", _("being fetched")
    READY = "ready", _("ready")
    FAILED = "failed", _("could not be fetched")
    QUARANTINED = "quarantined", _("refused by the virus scanner")
    REMOVED = "removed", _("deleted after its time")


def media_path(media: Media, filename: str) -> str:  # noqa: ARG001 (Django passes it)
    """A path without the sender's file name: nothing a browser or shell could misread.

    One that is fetched has a path of its claim's own, so that a worker that comes late neither
    overwrites nor deletes what another has stored.
    """
    claim = f"-{media.claim.hex[:12]}" if media.claim else ""
    return f"media/{media.id.hex[:4]}/{media.id.hex}{claim}"


def thumbnail_path(media: Media, filename: str) -> str:
    return f"{media_path(media, filename)}-small"


class Media(models.Model):
    """One file. `message` is empty while an upload waits for the message it goes with."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, null=True, blank=True, related_name="media"
    )
    uploaded_by = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=MediaKind)
    status = models.CharField(
        _("status"), max_length=12, choices=MediaStatus, default=MediaStatus.PENDING
    )
    mime_type = models.CharField(_("type"), max_length=120, blank=True)
    filename = models.CharField(_("file name"), max_length=255, blank=True)
    size = models.PositiveBigIntegerField(_("size in bytes"), null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    duration_s = models.FloatField(_("length in seconds"), null=True, blank=True)
    # Loudness of equal stretches, 0 to 100, for the picture of a voice note.
    waveform = models.JSONField(default=list, blank=True)
    thumbnail = models.FileField(upload_to=thumbnail_path, blank=True, max_length=255)
    # The digest the channel promised; `sha256` is of what came.
    promised_sha256 = models.CharField(max_length=64, blank=True)
    scanned_at = models.DateTimeField(_("scanned at"), null=True, blank=True)
    is_voice = models.BooleanField(default=False)
    file = models.FileField(upload_to=media_path, blank=True, max_length=255)
    # The channel's id of the file, and a direct address when it gave one.
    external_id = models.CharField(max_length=255, blank=True)
    external_url = models.TextField(blank=True)
    # Ours, uploaded: when the channel forgets its id (reference, section 8: 30 days).
    external_expires_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(_("failure"), max_length=255, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # While one fetches it, and between two tries, nobody else does.
    retry_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Of whoever fetches it: a token, other with each claim; see services/media_lease.py.
    claim = models.UUIDField(null=True, blank=True, editable=False)
    # How many claims in a row ended because their worker was killed or hung.
    claims_lost = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    # Removed by a retention rule; what is still stored goes right after that was committed.
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        ordering = ("created_at", "id")
        verbose_name = _("media file")
        verbose_name_plural = _("media files")
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(status="removed")
                | models.Q(removed_at__isnull=False, filename="", sha256="", external_id=""),
                name="media_removed_says_nothing",
            ),
        )
        indexes = (
            models.Index(
                fields=("created_at",), condition=models.Q(status="pending"), name="media_pending"
            ),
            # Those whose bytes a dead worker may have left behind.
            models.Index(
                fields=("removed_at",),
                condition=models.Q(status="removed") & ~models.Q(file="", thumbnail=""),
                name="media_to_clear",
            ),
        )

    def __str__(self) -> str:
        return self.filename or str(self.id)

    @property
    def days_kept(self) -> int:
        """How long we had it, when a rule has removed it."""
        return (self.removed_at - self.created_at).days if self.removed_at else 0
