"""What an open conversation shows one agent: its items, its first unread one, its composer."""

from __future__ import annotations

from datetime import datetime

from django.db.models import prefetch_related_objects
from django.utils import timezone

from accounts.models import Agent
from consent.gate import know_restrictions
from conversations import policy
from conversations.gateway import gateway
from conversations.models import Conversation, Event, Message, Reason
from conversations.selectors import ThreadItem
from conversations.services.attention import shows_typing
from inbox.event_words import attach_names
from inbox.kinds import KINDS
from inbox.paging import Cursor, item_page


def thread_context(
    conversation: Conversation, agent: Agent, cursor: Cursor | None = None
) -> dict[str, object]:
    """Context of `inbox/conversation.html` and, with a cursor, of `inbox/items.html`."""
    page = item_page(conversation, cursor)
    _know_identities(conversation, page.items)
    attach_names(row.item for row in page.items if isinstance(row.item, Event))
    return {
        "conversation": conversation,
        "items": page.items,
        "earlier": page.earlier,
        "unread_from": "" if cursor else first_unread(page.items, conversation.unread),
        "agent": agent,
        **composer_context(conversation, agent, timezone.now()),
    }


def _know_identities(conversation: Conversation, items: list[ThreadItem]) -> None:
    """The contact's identities are asked for often: take them from a message that has them."""
    for row in items:
        if isinstance(row.item, Message):
            conversation.contact = row.item.conversation.contact
            return
    prefetch_related_objects([conversation.contact], "identities")


def composer_context(conversation: Conversation, agent: Agent, now: datetime) -> dict[str, object]:
    """Context of `inbox/composer.html`: whether text may leave, and if not, why."""
    know_restrictions([conversation.contact])  # asked for twice
    verdict = policy.may_write_freely(conversation, now)
    return {
        "conversation": conversation,
        "agent": agent,
        "verdict": verdict,
        "window_closed": verdict.reason == Reason.WINDOW_CLOSED,
        "max_text": gateway().limits.text,
        "max_caption": gateway().limits.caption,
        "kinds": list(KINDS.items()),
        "tells_typing": shows_typing(conversation),
    }


def first_unread(items: list[ThreadItem], unread: int) -> str:
    """The id of the message before which the unread line stands; empty when all is read."""
    inbound = [row.item for row in items if isinstance(row.item, Message) and row.item.is_inbound]
    return str(inbound[-min(unread, len(inbound))].pk) if unread and inbound else ""
