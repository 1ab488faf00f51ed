"""Pages of the list and of a thread by cursor: where the last page ended, not how far down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from conversations.models import Conversation
from conversations.selectors import ThreadItem, thread_items

ROWS = 40
ITEMS = 50


@dataclass(frozen=True)
class Cursor:
    """A place in an order by time and id, written "2026-11-20T10:14:00+01:00~0193…"."""

    at: datetime
    pk: str

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """The cursor, or None for what is not one: then the first page is shown."""
        moment, _, pk = text.partition("~")
        try:
            at = datetime.fromisoformat(moment)
            return cls(at, str(UUID(pk) if "-" in pk else int(pk))) if at.tzinfo else None
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.pk}"


@dataclass(frozen=True)
class RowPage:
    """Some rows of the list; `next` is empty on the last page."""

    rows: list[Conversation]
    next: str


def row_page(conversations: QuerySet[Conversation], view: str, cursor: Cursor | None) -> RowPage:
    """The next rows of `conversations`, which are in the order of `view`."""
    by, forward = ("window_expires_at", True) if view == "closing" else ("last_message_at", False)
    if cursor and "-" in cursor.pk:
        beyond = "gt" if forward else "lt"
        conversations = conversations.filter(
            Q(**{f"{by}__{beyond}": cursor.at}) | Q(**{by: cursor.at, f"pk__{beyond}": cursor.pk})
        )
    rows = list(conversations[: ROWS + 1])
    more = len(rows) > ROWS
    rows = rows[:ROWS]
    last = getattr(rows[-1], by) if rows else None
    return RowPage(rows, str(Cursor(last, str(rows[-1].pk))) if more and last else "")


@dataclass(frozen=True)
class ItemPage:
    """Some items of a thread, oldest first; `earlier` is empty at its beginning."""

    items: list[ThreadItem]
    earlier: str


def item_page(conversation: Conversation, cursor: Cursor | None) -> ItemPage:
    """The items before `cursor`, or the last ones."""
    if cursor is None:
        fetched = items = thread_items(conversation, limit=ITEMS)
    else:
        # Several messages may share WhatsApp's second: fetch all of it, drop what is shown.
        inclusive = cursor.at + timedelta(microseconds=1)
        fetched = thread_items(conversation, before=inclusive, limit=ITEMS)
        items = [item for item in fetched if item.key < (cursor.at, cursor.pk)]
        if fetched and not items:
            fetched = items = thread_items(conversation, before=cursor.at, limit=ITEMS)
    is_full = sum(item.kind == "message" for item in fetched) == ITEMS
    earlier = str(Cursor(items[0].at, str(items[0].item.pk))) if is_full and items else ""
    return ItemPage(items, earlier)
