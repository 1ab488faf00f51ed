"""How a locked conversation stands, changed in place: the callers save the named fields.

Leaving a status takes along what belongs to it: the time of a snooze, the reason of a resolution.
"""

from __future__ import annotations

from accounts.models import Agent
from conversations.errors import AnotherIsOpen, NotAllowed
from conversations.events import draft, record
from conversations.models import Conversation, Event, EventName

# In the data of `conversation.woken`, where no agent did it.
BY_TIME, BY_CUSTOMER = "time", "customer"


def require_writer(by: Agent) -> None:
    if not by.may_write:
        raise NotAllowed


def another_is_open(conversation: Conversation) -> bool:
    """Whether the customer has another unresolved conversation on this number."""
    same = Conversation.objects.filter(
        contact=conversation.contact_id, business_number=conversation.business_number_id
    )
    open_ones = same.exclude(status=Conversation.Status.RESOLVED)
    return open_ones.exclude(pk=conversation.pk).exists()


def require_only_one(conversation: Conversation) -> None:
    if conversation.is_resolved and another_is_open(conversation):
        raise AnotherIsOpen


def reopen_if_resolved(conversation: Conversation, by: Agent | None) -> list[str]:
    """Reopen a locked conversation; the names of the fields the caller must save.

    An agent may write in one whose customer goes on in another (after a merge, or because they
    came back late): it stays resolved.
    """
    if not conversation.is_resolved or (by is not None and another_is_open(conversation)):
        return []
    fields = _reopen(conversation)
    record(EventName.CONVERSATION_REOPENED, conversation, by=by)
    return fields


def wake_if_snoozed(conversation: Conversation, by: Agent | None, why: str = "") -> list[str]:
    """End a locked conversation's snooze; the names of the fields the caller must save."""
    if not conversation.is_snoozed:
        return []
    fields = _wake(conversation)
    data: dict[str, object] = {"why": why} if why else {}
    record(EventName.CONVERSATION_WOKEN, conversation, by=by, data=data)
    return fields


def take_up(conversation: Conversation) -> list[str]:
    """The customer turned to us: what was resolved or snoozed is open again."""
    return reopen_if_resolved(conversation, by=None) + wake_if_snoozed(
        conversation, by=None, why=BY_CUSTOMER
    )


def take_up_in_set(conversation: Conversation) -> list[Event]:
    """`take_up`, with the news unwritten: the caller writes that of many together."""
    if conversation.is_resolved:
        _reopen(conversation)
        return [draft(EventName.CONVERSATION_REOPENED, conversation)]
    if conversation.is_snoozed:
        _wake(conversation)
        return [draft(EventName.CONVERSATION_WOKEN, conversation, data={"why": BY_CUSTOMER})]
    return []


def _reopen(conversation: Conversation) -> list[str]:
    conversation.status = Conversation.Status.OPEN
    conversation.resolved_at = None
    conversation.resolve_reason_id = None
    return ["status", "resolved_at", "resolve_reason"]


def _wake(conversation: Conversation) -> list[str]:
    conversation.status = Conversation.Status.OPEN
    conversation.snoozed_until = None
    return ["status", "snoozed_until"]
