"""What the customer sees of us besides messages: blue ticks, and that somebody is writing.

Both are courtesies: they never delay an agent, and what fails is logged and forgotten. A business
number can do without either.
"""

from __future__ import annotations

import logging
from uuid import UUID

from django.core.cache import cache
from django.utils import timezone
from redis import RedisError

from accounts.models import Agent
from consent import gate
from conversations.events import nudge
from conversations.gateway import gateway
from conversations.models import Conversation, Direction, Message
from conversations.policy import may_write_freely

TYPING_TASK = "conversations.show_typing"
# WhatsApp shows "typing…" for 25 s, or until the answer comes.
TYPING_EVERY_S = 20

log = logging.getLogger(__name__)


def tell_typing(conversation: Conversation, by: Agent) -> bool:
    """An agent types an answer: have the customer told, at most every 20 s; whether it will be."""
    if not by.may_write or not shows_typing(conversation):
        return False
    try:
        is_first = cache.add(f"typing:{conversation.pk}", 1, TYPING_EVERY_S)
    except RedisError:
        log.info("conversation.typing_not_told conversation=%s", conversation.pk)
        return False
    return is_first and nudge(TYPING_TASK, str(conversation.pk))


def show_typing(conversation_id: UUID) -> None:
    """Tell the channel, if it is still so."""
    conversation = _find(conversation_id)
    message = _last_inbound(conversation_id)
    if conversation is not None and message is not None and shows_typing(conversation):
        gateway().show_typing(message)


def show_read(conversation_id: UUID) -> None:
    """Blue ticks for the customer; marking the last message marks all before it."""
    conversation = _find(conversation_id)
    message = _last_inbound(conversation_id)
    if conversation is None or message is None or conversation.unread:
        return
    if gate.is_restricted(conversation.contact):
        return  # nothing of theirs is used, and blue ticks are a word to them
    if conversation.business_number.sends_read_receipts:
        gateway().mark_read(message)


def shows_typing(conversation: Conversation) -> bool:
    """Whether the customer can be shown now that an answer is being typed."""
    number = conversation.business_number
    # "Typing" implies "read" (reference, section 7): a number without blue ticks does without both.
    if not (number.sends_typing and number.sends_read_receipts):
        return False
    return may_write_freely(conversation, timezone.now()).allowed


def _find(conversation_id: UUID) -> Conversation | None:
    found = Conversation.objects.select_related("business_number", "contact")
    return found.filter(pk=conversation_id).first()


def _last_inbound(conversation_id: UUID) -> Message | None:
    inbound = Message.objects.filter(conversation_id=conversation_id, direction=Direction.INBOUND)
    return inbound.select_related("business_number").order_by("-sent_at", "-id").first()
