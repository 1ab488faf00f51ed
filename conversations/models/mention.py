"""Who a note means by "@", and who had a conversation on screen last."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent, Team
from conversations.models.conversation import Conversation
from conversations.models.note import Note


class Mention(models.Model):
    """A note means this agent: by name, or as one of `team` when it was written."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="mentions")
    agent = models.ForeignKey(
        Agent, on_delete=models.CASCADE, related_name="mentions", verbose_name=_("agent")
    )
    team = models.ForeignKey(
        Team,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("as one of the team"),
    )
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    class Meta:
        ordering = ("id",)
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        constraints = (
            models.UniqueConstraint(
                fields=("note", "agent"), condition=Q(team=None), name="mentioned_once_by_name"
            ),
            models.UniqueConstraint(
                fields=("note", "agent", "team"),
                condition=Q(team__isnull=False),
                name="mentioned_once_by_team",
            ),
        )
        indexes = (
            models.Index(fields=("agent",), condition=Q(read_at=None), name="mention_unread"),
        )

    def __str__(self) -> str:
        return f"{self.note_id} {self.agent_id}"


class ConversationSeen(models.Model):
    """When an agent had a conversation on screen last; right to the minute."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="seen")
    agent = models.ForeignKey(
        Agent, on_delete=models.CASCADE, related_name="+", verbose_name=_("agent")
    )
    seen_at = models.DateTimeField(_("seen at"))

    class Meta:
        ordering = ("-seen_at",)
        verbose_name = _("last look at a conversation")
        verbose_name_plural = _("last looks at conversations")
        constraints = (
            models.UniqueConstraint(fields=("conversation", "agent"), name="seen_once_per_agent"),
        )

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.agent_id}"
