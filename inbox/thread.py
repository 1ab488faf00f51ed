"""What an open conversation shows one agent: its items, its first unread one, its composer."""

from __future__ import annotations

from datetime import datetime

from django.db.models import prefetch_related_objects
from django.utils import timezone

from accounts.models import Agent
from consent.gate import know_restrictions
from conversations import policy
from conversations.gateway import gateway
from conversations.models import Conversation, Event, MediaKind, Message, Reason
from conversations.selectors import ThreadItem
from conversations.services.attention import shows_typing
from conversations.services.files import LIMITS, MAX_UPLOAD
from conversations.services.reading import own_unread
from inbox.event_words import attach_names
from inbox.kinds import KINDS
from inbox.paging import Cursor, ItemPage, item_page, later_page, page_around


def thread_context(
    conversation: Conversation, agent: Agent, cursor: Cursor | None = None, at: str = ""
) -> dict[str, object]:
    """Context of `inbox/conversation.html` and, with a cursor, of `inbox/items.html`.

    `at` names an item to show, with what is around it.
    """
    page = page_around(conversation, at) if at else None
    return page_context(conversation, agent, page or item_page(conversation, cursor), cursor)


def later_context(conversation: Conversation, agent: Agent, cursor: Cursor) -> dict[str, object]:
    """Context of `inbox/items.html`: what follows a page that was jumped to."""
    return page_context(conversation, agent, later_page(conversation, cursor), cursor)


def page_context(
    conversation: Conversation, agent: Agent, page: ItemPage, cursor: Cursor | None
) -> dict[str, object]:
    _know_identities(conversation, page.items)
    attach_names(row.item for row in page.items if isinstance(row.item, Event))
    unread = 0 if cursor else own_unread(conversation, getattr(conversation, "seen_count", None))
    return {
        "conversation": conversation,
        "items": page.items,
        "earlier": page.earlier,
        "later": page.later,
        "shown": page.shown,
        "unread": unread,
        "unread_from": "" if page.shown else first_unread(page.items, unread),
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
        "max_video": LIMITS[MediaKind.VIDEO],
        "max_file": MAX_UPLOAD,
        "kinds": list(KINDS.items()),
        "tells_typing": shows_typing(conversation),
    }


def first_unread(items: list[ThreadItem], unread: int) -> str:
    """The id of the message before which the unread line stands; empty when all is read."""
    inbound = [row.item for row in items if isinstance(row.item, Message) and row.item.is_inbound]
    return str(inbound[-min(unread, len(inbound))].pk) if unread and inbound else ""
