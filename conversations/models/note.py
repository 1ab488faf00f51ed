"""Internal notes: on the thread, never sent."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from accounts.models import Agent
from conversations.models.conversation import Conversation


class Note(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("author")
    )
    client_uuid = models.UUIDField(null=True, blank=True, unique=True)
    text = models.TextField(_("text"))
    # The names after "@" that meant somebody when it was written, as they stand in the text.
    mentioned_names = models.JSONField(default=list, db_default=[], blank=True)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        ordering = ("created_at", "id")
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        indexes = (models.Index(fields=("conversation", "created_at"), name="note_thread"),)

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.created_at:%Y-%m-%d %H:%M}"
