"""Pages of the list and of a thread by cursor: where the last page ended, not how far down."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet, Value

from accounts.models import Agent
from conversations.lists import (
    RANKS,
    TIMES,
    Sort,
    in_order,
    time_of,
    with_own_markers,
    with_row_parts,
    with_unread_mentions,
)
from conversations.models import Conversation
from conversations.selectors import ThreadItem, item_key, messages_from, thread_items
from conversations.window import Window, WindowState
from inbox.groups import GroupRows, group_numbers, group_rows, groups_of

ROWS = 40
ITEMS = 50
# So many messages from the one that is jumped to on.
AROUND = 25


@dataclass(frozen=True)
class Cursor:
    """A place in an order by time and id, written "2026-11-20T10:14:00+01:00~0193…".

    Where an order goes by a time that not every row has, the others have an order of their own: a
    place among them is `past`, and its "~" is a "!". An order by rank writes the `rank` before it,
    with a "*".
    """

    at: datetime
    pk: str
    past: bool = False
    rank: int | None = None

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """The cursor, or None for what is not one: then the first page is shown."""
        rank, star, rest = text.partition("*")
        if not star:
            rank, rest = "", text
        past = "!" in rest
        moment, _, pk = rest.partition("!" if past else "~")
        try:
            at = datetime.fromisoformat(moment)
            number = int(rank) if rank.isascii() and rank.isdigit() and len(rank) < 4 else None
            return cls(at, str(UUID(pk)), past, number) if at.tzinfo else None
        except ValueError:
            return None

    def __str__(self) -> str:
        rank = "" if self.rank is None else f"{self.rank}*"
        return f"{rank}{self.at.isoformat()}{'!' if self.past else '~'}{self.pk}"


@dataclass(frozen=True)
class RowPage:
    """Some rows of the list, in their groups; `next` is empty on the last page."""

    rows: list[Conversation]
    groups: list[GroupRows]
    next: str


def row_page(
    conversations: QuerySet[Conversation],
    agent: Agent,
    view: str,
    sort: Sort,
    cursor: Cursor | None,
    now: datetime,
) -> RowPage:
    """The next rows of `conversations` in the order of `sort` at `now`, as `agent` sees them."""
    if sort == Sort.MENTIONED:
        conversations = with_unread_mentions(conversations, agent)
    # What a row shows is joined to those of this page only, not to all that are sorted.
    pks = _keys(conversations, sort, cursor, now)
    shown = Conversation.objects.filter(pk__in=pks)
    if sort == Sort.MENTIONED:
        shown = with_unread_mentions(shown, agent)
    by_pk = {row.pk: row for row in with_own_markers(with_row_parts(shown), agent)}
    rows = [by_pk[pk] for pk in pks if pk in by_pk]
    more = len(rows) > ROWS
    rows = rows[:ROWS]
    next_one = _place_of(rows[-1], sort, now) if more else None
    groups = groups_of(view, sort)
    after = None
    if cursor and groups:
        after = WindowState.CLOSED if cursor.past else Window(cursor.at).state(now)
    if cursor or more:
        numbers = group_numbers(conversations, groups, now)
    else:  # all there is lies here: no need to ask
        states = Counter(row.window.state(now) for row in rows)
        numbers = {group.key: sum(states[state] for state in group.states) for group in groups}
    return RowPage(rows, group_rows(groups, rows, now, after, numbers), str(next_one or ""))


def _keys(
    conversations: QuerySet[Conversation], sort: Sort, cursor: Cursor | None, now: datetime
) -> list[UUID]:
    """The rows of a page and one more, in order; one statement, each part by its own index."""
    parts = in_order(conversations, sort, now)
    if cursor:
        if sort in TIMES and cursor.past:
            parts = parts[1:]
        parts[0] = parts[0].filter(_beyond(cursor, sort))
    if len(parts) == 1:
        return list(parts[0].values_list("pk", flat=True)[: ROWS + 1])
    limited = [
        part.annotate(part=Value(number)).values_list("part", "pk")[: ROWS + 1]
        for number, part in enumerate(parts)
    ]
    found = list(limited[0].union(*limited[1:], all=True))
    # Each part comes in its order; which part comes first is not promised.
    found.sort(key=lambda row: row[0])
    return [pk for _part, pk in found[: ROWS + 1]]


def _beyond(cursor: Cursor, sort: Sort) -> Q:
    """What stands behind `cursor` in its part of the order of `sort`."""
    at, pk = cursor.at, cursor.pk
    if sort in TIMES and not cursor.past:
        return Q(**{f"{TIMES[sort]}__gt": at}) | Q(**{TIMES[sort]: at}, pk__gt=pk)
    earlier = Q(last_message_at__lt=at)
    if sort in TIMES:
        return earlier | Q(last_message_at=at, pk__gt=pk)
    if sort == Sort.OLDEST:
        return Q(last_message_at__gt=at) | Q(last_message_at=at, pk__gt=pk)
    newest = earlier | Q(last_message_at=at, pk__lt=pk)
    if sort in RANKS:
        rank = cursor.rank or 0
        return Q(**{f"{RANKS[sort]}__lt": rank}) | (Q(**{RANKS[sort]: rank}) & newest)
    return newest


def _place_of(row: Conversation, sort: Sort, now: datetime) -> Cursor | None:
    """Where `row` stands in the order of `sort`; None for one without a message: the end."""
    time = time_of(row, sort, now) if sort in TIMES else None
    past = sort in TIMES and time is None
    at = time or row.last_message_at
    rank = getattr(row, RANKS[sort]) if sort in RANKS else None
    return Cursor(at, str(row.pk), past, rank) if at else None


@dataclass(frozen=True)
class ItemPage:
    """Some items of a thread, oldest first; `earlier` is empty at its beginning."""

    items: list[ThreadItem]
    earlier: str
    # Where what is newer begins; empty at the end of the thread.
    later: str = ""
    # The element that was asked for.
    shown: str = ""


def item_page(conversation: Conversation, cursor: Cursor | None) -> ItemPage:
    """The items before the message at `cursor`, or the last ones."""
    before = (cursor.at, cursor.pk) if cursor else None
    items = thread_items(conversation, before, ITEMS)
    return ItemPage(items, _earlier(items, ITEMS))


def later_page(conversation: Conversation, cursor: Cursor) -> ItemPage:
    """The items from the message at `cursor` on."""
    keys = messages_from(conversation, (cursor.at, cursor.pk), ITEMS + 1)
    if not keys:
        return ItemPage([], "")
    following = keys[ITEMS] if len(keys) > ITEMS else None
    items = thread_items(conversation, following, min(len(keys), ITEMS))
    return ItemPage(items, "", str(Cursor(*following)) if following else "")


def page_around(conversation: Conversation, name: str) -> ItemPage | None:
    """The items around one that is named (`conversations.selectors.item_key`), or None."""
    found = item_key(conversation, name)
    if found is None:
        return None
    kind, key = found
    after = messages_from(conversation, key, AROUND + 1)
    following = after[AROUND] if len(after) > AROUND else None
    items = thread_items(conversation, following, ITEMS)
    later = str(Cursor(*following)) if following else ""
    return ItemPage(items, _earlier(items, ITEMS), later, f"{kind}-{key[1]}")


def _earlier(items: list[ThreadItem], limit: int) -> str:
    messages = [item for item in items if item.kind == "message"]
    return str(Cursor(*messages[0].key)) if len(messages) == limit else ""
