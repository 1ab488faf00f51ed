"""Who owes the next reply, and whether one is owed: assign, resolve, reopen, read."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils import timezone

from accounts.models import Agent, Team
from conversations.errors import AnotherIsOpen, NotAllowed
from conversations.events import nudge, record
from conversations.models import Conversation, EventName
from conversations.services.locking import lock_conversation

MARK_READ_TASK = "conversations.mark_read_on_channel"


def assign_conversation(conversation: Conversation, to: Agent | None, by: Agent) -> None:
    """Make `to` owe the next reply; None gives it back to everyone."""
    _require_writer(by)
    with transaction.atomic():
        conversation = lock_conversation(conversation.pk)
        if conversation.assignee_id == (to.pk if to else None):
            return
        before = _place(conversation, "from")
        conversation.assignee = to
        conversation.save(update_fields=["assignee", "updated_at"])
        record(
            EventName.CONVERSATION_ASSIGNED,
            conversation,
            by=by,
            data={**before, **_place(conversation, "to")},
        )


def assign_team(conversation: Conversation, team: Team | None, by: Agent) -> None:
    """Hand the conversation to a team; None makes it visible to every agent."""
    _require_writer(by)
    with transaction.atomic():
        conversation = lock_conversation(conversation.pk)
        if conversation.team_id == (team.pk if team else None):
            return
        before = _place(conversation, "from")
        conversation.team = team
        conversation.save(update_fields=["team", "updated_at"])
        record(
            EventName.CONVERSATION_ASSIGNED,
            conversation,
            by=by,
            data={**before, **_place(conversation, "to")},
        )


def resolve_conversation(conversation: Conversation, by: Agent) -> None:
    _require_writer(by)
    with transaction.atomic():
        conversation = lock_conversation(conversation.pk)
        if conversation.is_resolved:
            return
        conversation.status = Conversation.Status.RESOLVED
        conversation.resolved_at = timezone.now()
        conversation.unread = 0
        conversation.save(update_fields=["status", "resolved_at", "unread", "updated_at"])
        record(EventName.CONVERSATION_RESOLVED, conversation, by=by)


def reopen_conversation(conversation: Conversation, by: Agent) -> None:
    _require_writer(by)
    with transaction.atomic():
        conversation = lock_conversation(conversation.pk)
        _require_only_one(conversation)
        fields = reopen_if_resolved(conversation, by)
        if fields:
            conversation.save(update_fields=[*fields, "updated_at"])


def set_status(conversation: Conversation, status: str, by: Agent) -> None:
    """Put a conversation into any status; resolving and reopening are announced as such."""
    if status == Conversation.Status.RESOLVED:
        resolve_conversation(conversation, by)
        return
    _require_writer(by)
    with transaction.atomic():
        conversation = lock_conversation(conversation.pk)
        if conversation.status == status:
            return
        _require_only_one(conversation)
        fields = reopen_if_resolved(conversation, by)
        conversation.status = status
        conversation.save(update_fields=[*fields, "status", "updated_at"])
        record(EventName.CONVERSATION_CHANGED, conversation, by=by, data={"status": status})


def set_labels(conversation: Conversation, label_ids: list[int], by: Agent) -> None:
    _require_writer(by)
    with transaction.atomic():
        conversation = lock_conversation(conversation.pk)
        conversation.labels.set(label_ids)
        conversation.save(update_fields=["updated_at"])
        record(EventName.CONVERSATION_CHANGED, conversation, by=by, data={"labels": label_ids})


def reopen_if_resolved(conversation: Conversation, by: Agent | None) -> list[str]:
    """Reopen a locked conversation; the names of the fields the caller must save.

    An agent may write in one whose customer goes on in another (after a merge): it stays resolved.
    """
    if not conversation.is_resolved or (by is not None and _another_is_open(conversation)):
        return []
    conversation.status = Conversation.Status.OPEN
    conversation.resolved_at = None
    record(EventName.CONVERSATION_REOPENED, conversation, by=by)
    return ["status", "resolved_at"]


def mark_read(conversation: Conversation, by: Agent) -> None:
    """An agent has the thread on screen: nothing is unread, and the customer gets blue ticks.

    The read-only role looks without leaving a trace.
    """
    if not by.may_write or not conversation.unread:
        return
    with transaction.atomic():
        conversation = lock_conversation(conversation.pk)
        if not conversation.unread:
            return
        conversation.unread = 0
        conversation.save(update_fields=["unread", "updated_at"])
        record(EventName.CONVERSATION_READ, conversation, by=by)
        transaction.on_commit(partial(nudge, MARK_READ_TASK, str(conversation.pk)))


def _another_is_open(conversation: Conversation) -> bool:
    """Whether the customer has another unresolved conversation on this number."""
    same = Conversation.objects.filter(
        contact=conversation.contact_id, business_number=conversation.business_number_id
    )
    open_ones = same.exclude(status=Conversation.Status.RESOLVED)
    return open_ones.exclude(pk=conversation.pk).exists()


def _require_only_one(conversation: Conversation) -> None:
    if conversation.is_resolved and _another_is_open(conversation):
        raise AnotherIsOpen


def _place(conversation: Conversation, prefix: str) -> dict[str, object]:
    return {
        f"{prefix}_team": conversation.team_id,
        f"{prefix}_assignee": conversation.assignee_id,
    }


def _require_writer(by: Agent) -> None:
    if not by.may_write:
        raise NotAllowed
