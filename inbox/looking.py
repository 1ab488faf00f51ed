"""A page came to show a conversation: may it, and what is read by that."""

from __future__ import annotations

from uuid import UUID

from django.core.cache import cache
from django.db.models import F
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.models import Agent, Availability
from accounts.presence import set_availability
from conversations.models import Conversation, ConversationSeen
from inbox import live
from inbox.frames import encode
from inbox.member import Member
from inbox.notifications import read_in

# Written at most so often per agent and conversation.
SEEN_EVERY_S = 60


def came_into_view(member: Member, conversation: UUID) -> bool:
    """Whether the agent may see it; then it is seen, and what told of it is read. Blocks."""
    rows = Conversation.objects.filter(pk=conversation)
    place = rows.values_list("team_id", "assignee_id", "business_number_id").first()
    if place is None or not member.standing.scope.covers(*place):
        return False
    read_in(member.standing.scope.agent_id, conversation)
    note_seen(member, conversation)
    return True


def note_seen(member: Member, conversation: UUID) -> None:
    """Remember who had it on screen, and when. The read-only role leaves no trace."""
    if not member.standing.may_write:
        return
    agent = member.standing.scope.agent_id
    try:
        if not cache.add(f"seen:{agent}:{conversation}", 1, SEEN_EVERY_S):
            return
    except (RedisError, OSError):
        return  # without the throttle no writing: it is a courtesy
    seen = ConversationSeen(conversation_id=conversation, agent_id=agent, seen_at=timezone.now())
    ConversationSeen.objects.bulk_create(
        [seen],
        update_conflicts=True,
        unique_fields=["conversation", "agent"],
        update_fields=["seen_at"],
    )


def seen_by(conversation: Conversation, agent: Agent, limit: int = 3) -> list[ConversationSeen]:
    """The colleagues who had it on screen last, newest first."""
    rows = ConversationSeen.objects.filter(conversation=conversation).exclude(agent=agent)
    return list(rows.select_related("agent").order_by(F("seen_at").desc())[:limit])


def say_availability(agent_id: int, availability: str) -> None:
    """What an agent says of themselves: kept, and shown on all pages they have open."""
    agent = Agent.objects.get(pk=agent_id)
    set_availability(agent, Availability(availability))
    live.publish_to({agent_id: encode({"type": "availability", "availability": availability})})
