"""What the room `automation` finds out about promises, shown where agents work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import Team
from conversations.events import draft, record_all
from conversations.models import Conversation, Event, EventName, SlaTarget
from conversations.sets import update_many

_FIELDS = ("sla_target", "sla_due_at", "sla_warn_at")
# In the data of the event that has rows drawn anew: it tells of nothing else.
MIRRORED = "service_level"


@dataclass(frozen=True)
class Promise:
    """What a customer was promised next."""

    target: SlaTarget
    due_at: datetime
    warn_at: datetime | None


def show_promises(
    conversations: Sequence[Conversation], promises: Mapping[UUID, Promise]
) -> list[Conversation]:
    """Have locked conversations show what is promised next (those without one: nothing); those
    whose row changes by that. In the caller's transaction."""
    changed = [row for row in conversations if _show(row, promises.get(row.pk))]
    update_many(changed, _FIELDS)
    data: dict[str, object] = {MIRRORED: True}
    record_all([draft(EventName.CONVERSATION_CHANGED, row, data=data) for row in changed])
    return changed


def escalate(conversation: Conversation, *, priority: int | None, team: Team | None) -> list[Event]:
    """Raise a locked conversation's priority and hand it over, by nobody; the drafted events.

    A priority that is higher already stays, and a team that has it keeps it.
    """
    told: list[Event] = []
    fields: list[str] = []
    if priority is not None and priority > conversation.priority:
        data: dict[str, object] = {"from": conversation.priority, "to": priority}
        conversation.priority = priority
        fields.append("priority")
        told.append(draft(EventName.CONVERSATION_PRIORITISED, conversation, data=data))
    if team is not None and conversation.team_id != team.pk:
        kept = conversation.assignee_id
        place: dict[str, object] = {"from_team": conversation.team_id, "to_team": team.pk}
        conversation.team = team
        fields.append("team")
        moved = {**place, "from_assignee": kept, "to_assignee": kept}
        told.append(draft(EventName.CONVERSATION_ASSIGNED, conversation, data=moved))
    if fields:
        conversation.save(update_fields=[*fields, "updated_at"])
    return told


def _show(row: Conversation, promise: Promise | None) -> bool:
    wanted = (str(promise.target), promise.due_at, promise.warn_at) if promise else ("", None, None)
    if (row.sla_target, row.sla_due_at, row.sla_warn_at) == wanted:
        return False
    row.sla_target, row.sla_due_at, row.sla_warn_at = wanted
    return True
