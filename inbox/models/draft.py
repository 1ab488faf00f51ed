"""What an agent has begun to write, kept on the server so that it is on all their devices."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from accounts.models import Agent
from conversations.models import Conversation

LONGEST_DRAFT = 20_000


class DraftMode(models.TextChoices):
    REPLY = "reply", _("Reply")
    NOTE = "note", _("Note")


class ComposerDraft(models.Model):
    """One text per agent, conversation and mode. `revision` is counted by the browser that writes;
    `device` tells its own saves from those of another browser. See `inbox/services/drafts.py`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agent = models.ForeignKey(
        Agent, on_delete=models.CASCADE, related_name="+", verbose_name=_("agent")
    )
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="+", verbose_name=_("conversation")
    )
    mode = models.CharField(_("kind"), max_length=8, choices=DraftMode)
    text = models.TextField(_("text"), max_length=LONGEST_DRAFT)
    revision = models.PositiveBigIntegerField(_("revision"))
    device = models.CharField(_("device"), max_length=40)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints = (
            models.UniqueConstraint(
                fields=("agent", "conversation", "mode"), name="one_draft_per_field"
            ),
        )

    def __str__(self) -> str:
        return str(self.pk)
