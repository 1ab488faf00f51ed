"""Pages of the list and of a thread by cursor: where the last page ended, not how far down."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from conversations.models import Conversation
from conversations.selectors import ThreadItem, thread_items
from conversations.window import Window, WindowState
from inbox.groups import GroupRows, group_numbers, group_rows, groups_of

ROWS = 40
ITEMS = 50


@dataclass(frozen=True)
class Cursor:
    """A place in an order by time and id, written "2026-11-20T10:14:00+01:00~0193…".

    In "mine" the closed windows have an order of their own: a place among them is `past`, and its
    "~" is a "!".
    """

    at: datetime
    pk: str
    past: bool = False

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """The cursor, or None for what is not one: then the first page is shown."""
        past = "!" in text
        moment, _, pk = text.partition("!" if past else "~")
        try:
            at = datetime.fromisoformat(moment)
            return cls(at, str(UUID(pk)), past) if at.tzinfo else None
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.at.isoformat()}{'!' if self.past else '~'}{self.pk}"


@dataclass(frozen=True)
class RowPage:
    """Some rows of the list, in their groups; `next` is empty on the last page."""

    rows: list[Conversation]
    groups: list[GroupRows]
    next: str


def row_page(
    conversations: QuerySet[Conversation], view: str, cursor: Cursor | None, now: datetime
) -> RowPage:
    """The next rows of `conversations`, which are in the order of `view` at `now`."""
    found = conversations.filter(_beyond(cursor, view)) if cursor else conversations
    rows = list(found[: ROWS + 1])
    more = len(rows) > ROWS
    rows = rows[:ROWS]
    next_one = _place_of(rows[-1], view) if more else None
    after = None
    if cursor and groups_of(view):
        after = WindowState.CLOSED if cursor.past else Window(cursor.at).state(now)
    if cursor or more:
        numbers = group_numbers(conversations, view, now)
    else:  # all there is lies here: no need to ask
        states = Counter(row.window.state(now) for row in rows)
        numbers = {
            group.key: sum(states[state] for state in group.states) for group in groups_of(view)
        }
    return RowPage(rows, group_rows(view, rows, now, after, numbers), str(next_one or ""))


def _beyond(cursor: Cursor, view: str) -> Q:
    """What stands behind `cursor` in the order of `view`."""
    if view == "closing":
        return _later("window_expires_at", cursor)
    if view == "mine" and not cursor.past:
        return _later("closes", cursor) | Q(closes=None)
    if view == "mine":
        earlier = Q(last_message_at__lt=cursor.at) | Q(last_message_at=None)
        same = Q(last_message_at=cursor.at, pk__gt=cursor.pk)
        return Q(closes=None) & (earlier | same)
    return Q(last_message_at__lt=cursor.at) | Q(last_message_at=cursor.at, pk__lt=cursor.pk)


def _later(field: str, cursor: Cursor) -> Q:
    return Q(**{f"{field}__gt": cursor.at}) | Q(**{field: cursor.at, "pk__gt": cursor.pk})


def _place_of(row: Conversation, view: str) -> Cursor | None:
    """Where `row` stands in the order of `view`; None for one without a message: the end."""
    past = view == "mine" and row.closes is None  # type: ignore[attr-defined]
    by = "window_expires_at" if view in ("mine", "closing") and not past else "last_message_at"
    at = getattr(row, by)
    return Cursor(at, str(row.pk), past) if at else None


@dataclass(frozen=True)
class ItemPage:
    """Some items of a thread, oldest first; `earlier` is empty at its beginning."""

    items: list[ThreadItem]
    earlier: str


def item_page(conversation: Conversation, cursor: Cursor | None) -> ItemPage:
    """The items before the message at `cursor`, or the last ones."""
    before = (cursor.at, cursor.pk) if cursor else None
    items = thread_items(conversation, before, ITEMS)
    messages = [item for item in items if item.kind == "message"]
    oldest = Cursor(*messages[0].key) if len(messages) == ITEMS else ""
    return ItemPage(items, str(oldest))
