"""What an agent should know of, wherever in the product they are."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent
from conversations.models import Conversation


class NotificationKind(models.TextChoices):
    MENTIONED = "mentioned", _("mentioned you")
    ASSIGNED = "assigned", _("assigned to you")
    TEAM_ASSIGNED = "team_assigned", _("handed over to your team")
    REPLIED_IN_MINE = "replied_in_mine", _("a customer of yours wrote")
    SLA_WARNED = "sla_warned", _("service level ends soon")
    SLA_BREACHED = "sla_breached", _("service level missed")
    SLA_ESCALATED = "sla_escalated", _("service level missed for too long")
    SCHEDULED_BLOCKED = "scheduled_blocked", _("your message did not leave")
    WOKEN = "woken", _("back from its snooze")


class Notification(models.Model):
    """One thing for one agent. `sequence` is the number of the event it comes from; events may go
    before it does. It holds nobody's words: those are read where they stand."""

    agent = models.ForeignKey(
        Agent, on_delete=models.CASCADE, related_name="notifications", verbose_name=_("agent")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=NotificationKind)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="+", verbose_name=_("conversation")
    )
    actor = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    sequence = models.BigIntegerField(editable=False)
    created_at = models.DateTimeField(_("at"))
    seen_at = models.DateTimeField(_("seen at"), null=True, blank=True)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = (
            models.UniqueConstraint(
                fields=("agent", "sequence"), name="notified_once_per_agent_and_event"
            ),
        )
        indexes = (
            models.Index(fields=("agent", "-id"), name="notification_list"),
            models.Index(
                fields=("agent", "conversation"),
                condition=Q(read_at=None),
                name="notification_unread",
            ),
            models.Index(fields=("created_at",), name="notification_age"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
