"""Who owes the next reply, and whether one is owed: assign, resolve, reopen."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import Agent, Team
from conversations.errors import ReasonRequired
from conversations.events import record
from conversations.models import Conversation, EventName, ResolveReason
from conversations.service_settings import service_settings
from conversations.services.locking import lock_conversation
from conversations.services.reading import nothing_unread, unanswered_is_unread
from conversations.services.snooze import snooze_conversation
from conversations.services.standing import (
    reopen_if_resolved,
    require_only_one,
    require_writer,
    wake_if_snoozed,
)


def assign_conversation(
    conversation: Conversation, to: Agent | None, by: Agent | None, *, rule: str = ""
) -> None:
    """Make `to` owe the next reply; None gives it back to everyone. `by` is None where a rule of
    the house does it, which is named."""
    if by is not None:
        require_writer(by)
    with transaction.atomic():
        conversation = lock_conversation(conversation.pk)
        _move(conversation, conversation.team_id, to.pk if to else None, by, rule)


def assign_team(
    conversation: Conversation, team: Team | None, by: Agent | None, *, rule: str = ""
) -> None:
    """Hand the conversation to a team; None makes it visible to every agent. `by` and `rule` as
    above."""
    if by is not None:
        require_writer(by)
    with transaction.atomic():
        conversation = lock_conversation(conversation.pk)
        _move(conversation, team.pk if team else None, conversation.assignee_id, by, rule)


def hand_to_team(conversation: Conversation, team: Team, by: Agent) -> None:
    """The same, and whoever owed the reply lets go, unless they are of that team."""
    require_writer(by)
    with transaction.atomic():
        conversation = lock_conversation(conversation.pk)
        assignee = conversation.assignee_id
        stays = team.agents.filter(pk=assignee).exists() if assignee else False
        _move(conversation, team.pk, assignee if stays else None, by)


def resolve_conversation(
    conversation: Conversation, by: Agent, reason: ResolveReason | None = None
) -> None:
    """Nothing is owed any more. Raises `ReasonRequired` where the house wants to know why."""
    require_writer(by)
    with transaction.atomic():
        conversation = lock_conversation(conversation.pk)
        if conversation.is_resolved:
            return
        if reason is None and service_settings().reason_required:
            raise ReasonRequired
        conversation.status = Conversation.Status.RESOLVED
        conversation.resolved_at = timezone.now()
        conversation.resolve_reason = reason
        conversation.snoozed_until = conversation.waiting_since = None
        conversation.handout_since, conversation.handout_rule = None, ""
        nothing_unread(conversation)
        fields = ["status", "resolved_at", "resolve_reason", "snoozed_until", "waiting_since"]
        fields += ["handout_since", "handout_rule"]
        conversation.save(update_fields=[*fields, "unread", "updated_at"])
        data: dict[str, object] = {"reason": reason.pk} if reason else {}
        record(EventName.CONVERSATION_RESOLVED, conversation, by=by, data=data)


def reopen_conversation(conversation: Conversation, by: Agent) -> None:
    """Raises `AnotherIsOpen` when the customer goes on in another one."""
    require_writer(by)
    with transaction.atomic():
        conversation = lock_conversation(conversation.pk)
        require_only_one(conversation)
        fields = reopen_if_resolved(conversation, by)
        if fields:
            conversation.save(update_fields=[*fields, "updated_at"])


def set_status(
    conversation: Conversation, status: str, by: Agent, reason: ResolveReason | None = None
) -> None:
    """Put a conversation into any status, announced as what it is. `reason` is for resolving."""
    require_writer(by)
    if status == Conversation.Status.RESOLVED:
        resolve_conversation(conversation, by, reason)
        return
    if status == Conversation.Status.SNOOZED:
        if not conversation.is_snoozed:
            snooze_conversation(conversation, None, by)
        return
    with transaction.atomic():
        conversation = lock_conversation(conversation.pk)
        if conversation.status == status:
            return
        require_only_one(conversation)
        fields = reopen_if_resolved(conversation, by) + wake_if_snoozed(conversation, by)
        conversation.status = status
        conversation.save(update_fields=[*fields, "status", "updated_at"])
        record(EventName.CONVERSATION_CHANGED, conversation, by=by, data={"status": status})


def move_by_itself(conversation: Conversation, to: int, by: Agent | None, rule: str = "") -> None:
    """Assign a locked conversation to whom it was handed out; `by` asked for that, or nobody."""
    _move(conversation, conversation.team_id, to, by, rule, by_itself=True)


def _move(
    conversation: Conversation,
    team: int | None,
    assignee: int | None,
    by: Agent | None,
    rule: str = "",
    *,
    by_itself: bool = False,
) -> None:
    """Put a locked conversation into other hands, told as one thing; in somebody's hands it waits
    for none."""
    if (conversation.team_id, conversation.assignee_id) == (team, assignee):
        return
    before = _place(conversation, "from")
    conversation.team_id, conversation.assignee_id = team, assignee
    fields = ["team", "assignee", "updated_at"]
    if assignee not in (None, before["from_assignee"]):
        conversation.handout_since, conversation.handout_rule = None, ""
        fields += ["handout_since", "handout_rule"]
    conversation.save(update_fields=fields)
    if assignee not in (None, before["from_assignee"], by.pk if by else None):
        unanswered_is_unread(conversation, assignee)
    data = {**before, **_place(conversation, "to")}
    if by_itself:
        data["by_itself"] = True
    if rule:
        data["rule"] = rule
    record(EventName.CONVERSATION_ASSIGNED, conversation, by=by, data=data)


def _place(conversation: Conversation, prefix: str) -> dict[str, object]:
    return {
        f"{prefix}_team": conversation.team_id,
        f"{prefix}_assignee": conversation.assignee_id,
    }
