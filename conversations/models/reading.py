"""How far each agent has read each conversation."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent
from conversations.models.conversation import Conversation


class ConversationRead(models.Model):
    """A marker: `agent` has seen the first `seen_count` of the customer's messages.

    What is unread for an agent is `Conversation.inbound_count` less that. Who has no marker goes by
    the shared `Conversation.unread`, so nobody begins with a list in which everything is new.
    """

    agent = models.ForeignKey(
        Agent, on_delete=models.CASCADE, related_name="+", verbose_name=_("agent")
    )
    conversation = models.ForeignKey(
        Conversation,
        on_delete=models.CASCADE,
        related_name="reads",
        verbose_name=_("conversation"),
    )
    seen_count = models.PositiveIntegerField(_("messages seen"), default=0)
    read_at = models.DateTimeField(_("read at"), auto_now=True)

    class Meta:
        verbose_name = _("reading marker")
        verbose_name_plural = _("reading markers")
        constraints = (
            models.UniqueConstraint(
                fields=("agent", "conversation"), name="one_marker_per_agent_and_conversation"
            ),
        )

    def __str__(self) -> str:
        return f"{self.agent_id} {self.conversation_id} {self.seen_count}"
