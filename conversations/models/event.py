"""What happened: written with the change itself, numbered and told to listeners afterwards."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent
from conversations.models.conversation import Conversation
from conversations.models.message import Message


class EventName(models.TextChoices):
    MESSAGE_RECEIVED = "message.received", _("message received")
    MESSAGE_CREATED = "message.created", _("message written")
    MESSAGE_CHANGED = "message.changed", _("message changed")
    MESSAGE_STATUS_CHANGED = "message.status_changed", _("delivery status changed")
    NOTE_CREATED = "note.created", _("note written")
    CONVERSATION_OPENED = "conversation.opened", _("conversation opened")
    CONVERSATION_FOLLOWS = "conversation.follows", _("follows an earlier conversation")
    CONVERSATION_REOPENED = "conversation.reopened", _("conversation reopened")
    CONVERSATION_RESOLVED = "conversation.resolved", _("conversation resolved")
    CONVERSATION_ASSIGNED = "conversation.assigned", _("conversation assigned")
    CONVERSATION_SNOOZED = "conversation.snoozed", _("conversation snoozed")
    CONVERSATION_WOKEN = "conversation.woken", _("conversation back from its snooze")
    CONVERSATION_PRIORITISED = "conversation.prioritised", _("priority changed")
    CONVERSATION_LABELLED = "conversation.labelled", _("labels changed")
    CONVERSATION_RATED = "conversation.rated", _("customer rated the service")
    SLA_WARNED = "sla.warned", _("service level ends soon")
    SLA_BREACHED = "sla.breached", _("service level missed")
    CONVERSATION_MERGED = "conversation.merged", _("conversation merged")
    CONVERSATION_MOVED = "conversation.moved", _("conversation moved to another number")
    CONTACT_CHANGED = "contact.changed", _("customer's identity changed")
    CALL_ENDED = "call.ended", _("customer called")
    CONSENT_CHANGED = "consent.changed", _("consent given or withdrawn")
    CONVERSATION_LINKED = "conversation.linked", _("came by a link or QR code")
    CONVERSATION_CHANGED = "conversation.changed", _("conversation changed")
    CONVERSATION_READ = "conversation.read", _("conversation read")


# These stand in the thread, between the messages.
THREAD_EVENTS = (
    EventName.CONVERSATION_FOLLOWS,
    EventName.CONVERSATION_REOPENED,
    EventName.CONVERSATION_RESOLVED,
    EventName.CONVERSATION_ASSIGNED,
    EventName.CONVERSATION_SNOOZED,
    EventName.CONVERSATION_WOKEN,
    EventName.CONVERSATION_PRIORITISED,
    EventName.CONVERSATION_MERGED,
    EventName.CONVERSATION_MOVED,
    EventName.CONTACT_CHANGED,
    EventName.CALL_ENDED,
    EventName.CONSENT_CHANGED,
    EventName.CONVERSATION_LINKED,
    EventName.CONVERSATION_RATED,
    EventName.SLA_BREACHED,
)


class Event(models.Model):
    """A transactional outbox row. `sequence` is given in order of dispatch, without gaps.

    `data` holds ids and words of state, never message text: `{"status": "read"}`,
    `{"from_team": 3, "from_assignee": 7}`.
    """

    name = models.CharField(_("event"), max_length=40, choices=EventName)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="events")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, related_name="+")
    note = models.ForeignKey(
        "conversations.Note", on_delete=models.CASCADE, null=True, related_name="+"
    )
    actor = models.ForeignKey(Agent, on_delete=models.SET_NULL, null=True, related_name="+")
    data = models.JSONField(default=dict)
    occurred_at = models.DateTimeField(_("at"))
    sequence = models.BigIntegerField(null=True, unique=True, editable=False)
    dispatched_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("id",)
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = (
            models.Index(
                fields=("id",), condition=models.Q(dispatched_at=None), name="event_undispatched"
            ),
            models.Index(fields=("conversation", "occurred_at"), name="event_thread"),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.pk}"


class EventNumbering(models.Model):
    """How far events were numbered when some were erased: numbers are never given twice, or open
    pages would take new events for old ones. One row, or none."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    last = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("numbering of events")
        verbose_name_plural = _("numberings of events")
        constraints = (
            models.CheckConstraint(condition=models.Q(id=1), name="event_numbering_is_one_row"),
        )

    def __str__(self) -> str:
        return str(self.last)
