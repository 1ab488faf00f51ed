"""What comes to a team that hands out by itself waits for hands; so does what an absent agent has
when its customer writes, where the team wants that."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from accounts.presence import presence_of
from conversations.models import Conversation, Event, EventName
from conversations.services.hand_out import ask_to_hand_out, is_absent

FOLLOWED = (
    EventName.CONVERSATION_OPENED,
    EventName.CONVERSATION_REOPENED,
    EventName.CONVERSATION_ASSIGNED,
    EventName.MESSAGE_RECEIVED,
)


def follow_conversations(events: Sequence[Event]) -> None:
    """Ask for hands for what these events are about, as it stands now."""
    pks = {event.conversation_id for event in events if _is_news(event)}
    rows = Conversation.objects.filter(pk__in=pks, handout_since=None)
    rows = rows.exclude(status=Conversation.Status.RESOLVED).filter(team__isnull=False)
    waiting = [row.pk for row in rows.filter(assignee=None, team__hands_out=True)]
    written = {
        event.conversation_id for event in events if event.name == EventName.MESSAGE_RECEIVED
    }
    kept = rows.filter(pk__in=written, assignee__isnull=False, team__gives_back_min__isnull=False)
    ask_to_hand_out([*waiting, *_of_absent(list(kept.select_related("team")))])


def _is_news(event: Event) -> bool:
    """Whoever takes a conversation off everybody's hands wants just that; another team does not."""
    if event.name != EventName.CONVERSATION_ASSIGNED:
        return True
    return bool(event.data.get("from_team") != event.data.get("to_team"))


def _of_absent(kept: list[Conversation]) -> list[UUID]:
    presences = presence_of({row.assignee_id for row in kept if row.assignee_id})
    now = timezone.now()
    return [
        row.pk
        for row in kept
        if row.team is not None
        and row.team.gives_back_min is not None
        and row.assignee_id in presences
        and is_absent(presences[row.assignee_id], row.team.gives_back_min, now)
    ]
