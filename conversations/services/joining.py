"""Two unresolved threads of one customer on one number become one: only one may be open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import Agent
from conversations.events import record
from conversations.models import Conversation, EventName
from conversations.services.reading import nothing_unread


@dataclass(frozen=True)
class Joined:
    """What the thread that goes on took over from the other."""

    labels: list[int]
    assignee: int | None


def newer_first(one: Conversation, other: Conversation) -> tuple[Conversation, Conversation]:
    """Who goes on: the thread with the newer last message."""
    older, newer = sorted((one, other), key=_last_message_first)
    return newer, older


def resolve_into(
    winner: Conversation, loser: Conversation, at: datetime, by: Agent | None
) -> Joined:
    """Resolve `loser` (both locked); what is owed there is owed in `winner`. Messages stay."""
    labels = set(loser.labels.values_list("pk", flat=True)) - set(
        winner.labels.values_list("pk", flat=True)
    )
    winner.labels.add(*labels)
    winner.unread += loser.unread
    winner.inbound_count += loser.unread  # unread also for those who have read all of the winner
    if loser.status == Conversation.Status.OPEN:
        winner.status, winner.snoozed_until = Conversation.Status.OPEN, None
    winner.priority = max(winner.priority, loser.priority)
    since = (winner.waiting_since, loser.waiting_since)
    winner.waiting_since = min((one for one in since if one), default=None)
    takes_over = winner.assignee_id is None and loser.assignee_id is not None
    if takes_over:
        winner.assignee_id = loser.assignee_id
    taken = (
        *("unread", "inbound_count", "status", "snoozed_until"),
        *("priority", "waiting_since", "assignee"),
    )
    winner.save(update_fields=[*taken, "updated_at"])
    nothing_unread(loser)
    loser.status = Conversation.Status.RESOLVED
    loser.resolved_at = at
    loser.snoozed_until = loser.waiting_since = None
    left = ("unread", "status", "resolved_at", "snoozed_until", "waiting_since")
    loser.save(update_fields=[*left, "updated_at"])
    record(EventName.CONVERSATION_MERGED, loser, by=by, data={"into": str(winner.pk)})
    record(EventName.CONVERSATION_MERGED, winner, by=by, data={"from": str(loser.pk)})
    if takes_over:
        team = winner.team_id
        data: dict[str, object] = {"from_team": team, "from_assignee": None}
        data |= {"to_team": team, "to_assignee": winner.assignee_id}
        record(EventName.CONVERSATION_ASSIGNED, winner, by=by, data=data)
    return Joined(sorted(labels), winner.assignee_id if takes_over else None)


def _last_message_first(row: Conversation) -> tuple[bool, datetime, UUID]:
    at = row.last_message_at or row.created_at
    return (row.last_message_at is not None, at, row.pk)
