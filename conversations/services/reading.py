"""What is unread, for all and for each: reading, and what assignments and resolving do to it.

The shared `unread` counts what nobody has looked at (REST, blue ticks); an agent's own count goes
by their marker (`ConversationRead`). Markers are written under the conversation's lock.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from django.db import transaction

from accounts.models import Agent
from conversations.events import nudge, record
from conversations.models import Conversation, ConversationRead, Direction, EventName
from conversations.services.locking import lock_conversation

MARK_READ_TASK = "conversations.mark_read_on_channel"


def unread_of(conversation: Conversation, agent: Agent) -> int:
    """How many of the customer's messages this agent has not seen."""
    markers = ConversationRead.objects.filter(agent=agent, conversation=conversation)
    seen = markers.values_list("seen_count", flat=True).first()
    return own_unread(conversation, seen)


def own_unread(conversation: Conversation, seen: int | None) -> int:
    """The same for a marker at `seen`, None for who has none; `static/js/unread.js` follows."""
    return conversation.unread if seen is None else max(0, conversation.inbound_count - seen)


def mark_read(conversation: Conversation, by: Agent) -> None:
    """An agent has the thread on screen: nothing in it is unread for them, nor for all, and the
    customer gets blue ticks.

    The read-only role looks without leaving a trace.
    """
    if not by.may_write or not (conversation.unread or unread_of(conversation, by)):
        return
    with transaction.atomic():
        conversation = lock_conversation(conversation.pk)
        was_unread = conversation.unread
        if not (was_unread or unread_of(conversation, by)):
            return
        _set_marker(conversation, by.pk, conversation.inbound_count)
        if was_unread:
            conversation.unread = 0
            conversation.save(update_fields=["unread", "updated_at"])
            transaction.on_commit(partial(nudge, MARK_READ_TASK, str(conversation.pk)))
        # Also when it was theirs alone: their other tabs hear of it.
        record(EventName.CONVERSATION_READ, conversation, by=by)


def nothing_unread(conversation: Conversation) -> None:
    """Nothing is owed any more in this locked conversation: the caller saves its `unread`."""
    conversation.unread = 0
    markers = ConversationRead.objects.filter(conversation=conversation)
    markers.exclude(seen_count=conversation.inbound_count).update(
        seen_count=conversation.inbound_count
    )


def unanswered_is_unread(conversation: Conversation, to: int) -> None:
    """What is not answered in this locked conversation is new to who was just given it."""
    since = conversation.waiting_since
    if since is None:
        count = conversation.unread
    else:
        waiting = conversation.messages.filter(direction=Direction.INBOUND, sent_at__gte=since)
        count = waiting.count()
    _set_marker(conversation, to, max(0, conversation.inbound_count - count))


def unread_again(conversations: Collection[Conversation]) -> None:
    """These locked conversations ask for attention anew: each agent goes by the shared number."""
    ConversationRead.objects.filter(conversation__in=conversations).delete()


def _set_marker(conversation: Conversation, agent: int, seen: int) -> None:
    ConversationRead.objects.update_or_create(
        agent_id=agent, conversation=conversation, defaults={"seen_count": seen}
    )
