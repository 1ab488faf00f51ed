"""Messages, notes and files that a query finds, the newest first, page by page.

Order by time and a full-text index do not go together: an index knows the matches of a word, not
their order. So first the newest lines are looked through, which finds frequent words at once; what
they do not fill a page with is rare enough for the index.

Nor do words and conditions: the planner knows how many lines have a word and how many conversations
a label, not how many lines have both, and guesses badly. So lines with the words are taken first,
some at a time, and only of these it is asked which keep the conditions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from time import monotonic
from typing import Any
from uuid import UUID

from django.db.models import DateTimeField, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from accounts.models import Agent
from conversations.access import (
    visible_conversations,
    visible_files,
    visible_lines,
    visible_messages,
    visible_notes,
)
from conversations.models import Conversation, Message, SearchLine
from conversations.search.conditions import Conditions, conditions_of
from conversations.search.index import (
    TIMEOUT_MS,
    Among,
    Fold,
    Found,
    Holds,
    Stems,
    TooSlow,
    folded,
)
from conversations.search.query import Query

PAGE = 25
# So many of the newest lines are looked through before the index is asked.
NEWEST = 8_000
# Counted no further: "more than 1,000".
MOST = 1000
# So many lines with the words are taken at first, then each time so many times as many.
FIRST, GROWS = 64, 5
# And so many are asked for their conditions together: by their keys, one by one.
SMALLEST, LARGEST = 100, 1600
# A word that so many of the newest lines have is too frequent for the index.
FREQUENT = 160
# Of so few conversations it pays to read all lines.
FEW = 300


@dataclass(frozen=True)
class Place:
    """Where a page ended."""

    at: datetime
    pk: UUID


@dataclass(frozen=True)
class Hit:
    """A line that was found; `kind` is message, note or file; `pk` is of that row."""

    kind: str
    pk: UUID
    conversation: UUID
    at: datetime


class Search:
    """One query of one agent: its stems and names are looked up once."""

    def __init__(self, query: Query, agent: Agent) -> None:
        self.query = query
        self.agent = agent
        self.conditions: Conditions = conditions_of(query, agent)
        self.stems = Stems.of(query) if query.has_words else None

    @property
    def says_nothing(self) -> bool:
        """Nothing, or only words like "and": there is nothing to look for."""
        if not self.query:
            return True
        return self.stems is not None and not self.stems.finds and not self.query.narrowing

    def page(self, kind: str, after: Place | None = None, limit: int = PAGE) -> list[Hit]:
        """The newest `limit` hits of one kind after `after`."""
        if self.says_nothing or self._has_none(kind):
            return []
        if kind == "file":
            return _hits(kind, _after(self._files(), "created_at", after), "created_at", limit)
        if self.stems is None:
            rows, at = self._rows(kind)
            return _hits(kind, _after(rows, at, after), at, limit)
        return self._lines_page(kind, self.stems, after, limit)

    def count(self, kind: str) -> int:
        """How many there are of a kind; `MOST` + 1 for more than `MOST`."""
        if self.says_nothing or self._has_none(kind):
            return 0
        if kind == "file":
            rows: QuerySet[Any] = self._files()
        elif self.stems is None:
            rows = self._rows(kind)[0]
        else:
            rows = self._lines(kind)
            if self._few is not None:
                rows = rows.filter(Holds(self.stems), Among("conversation", self._few))
            else:
                rows = rows.filter(Found(self.stems))
        return rows.order_by()[: MOST + 1].count()

    def in_conversation(self, conversation: Conversation, limit: int) -> list[Hit]:
        """The newest hits in one conversation, which the agent may see; messages and notes."""
        if self.stems is None or not self.stems.finds:
            return []
        rows = SearchLine.objects.filter(Holds(self.stems), conversation=conversation)
        values = rows.order_by("-at", "-id").values_list("kind", "pk", "conversation", "at")
        return [Hit(*row) for row in values[:limit]]

    def _has_none(self, kind: str) -> bool:
        """Whether a condition is of messages alone; files are only looked for by name."""
        only_messages = kind != "message" and self.conditions.of_messages_only
        return only_messages or (kind == "file" and not self.query.groups)

    def _lines_page(self, kind: str, stems: Stems, after: Place | None, limit: int) -> list[Hit]:
        rows = self._lines(kind)
        if self._few is not None:
            few = rows.filter(Holds(stems), Among("conversation", self._few))
            return _hits(kind, _after(few, "at", after), "at", limit)
        found: list[Hit] = []
        ends = monotonic() + TIMEOUT_MS / 1000  # each statement has its own limit, all have this
        for keys in _portions(self._candidates(kind, stems, after)):
            found += _hits(
                kind, rows.filter(Among("pk", keys)), "at", limit - len(found), sort=True
            )
            if len(found) >= limit:
                break
            if monotonic() > ends:
                raise TooSlow
        return found

    def _candidates(self, kind: str, stems: Stems, after: Place | None) -> Iterator[list[UUID]]:
        """Keys of lines with the words, whatever else is asked, the newest first, in portions."""
        lines = SearchLine.objects.filter(self.conditions.in_time("at"), kind=kind)
        size, place, is_frequent = FIRST, after, True
        while is_frequent:
            newest = _after(lines, "at", place)
            ends = newest.order_by("-at", "-id").values_list("at", "pk")[NEWEST:][:1].first()
            near = lines.filter(Holds(stems), **({"at__gte": ends[0]} if ends else {}))
            number, full = 0, True
            while full:
                found = _hits(kind, _after(near, "at", place), "at", size)
                full = len(found) == size
                if found:
                    place = Place(found[-1].at, found[-1].pk)
                    yield [hit.pk for hit in found]
                number, size = number + len(found), min(size * GROWS, NEWEST)
            if ends is None:
                return
            place = Place(*ends) if place is None or ends < (place.at, place.pk) else place
            is_frequent = number >= FREQUENT
        full = True
        while full:
            rare = _after(lines.filter(Found(stems)), "at", place)
            found = _hits(kind, rare, "at", NEWEST, sort=True)
            full = len(found) == NEWEST
            if found:
                place = Place(found[-1].at, found[-1].pk)
                yield [hit.pk for hit in found]

    def _lines(self, kind: str) -> QuerySet[SearchLine]:
        """Lines of a kind that keep all conditions."""
        found = self.conditions
        rows = visible_lines(self.agent).filter(found.on_threads("conversation__"), kind=kind)
        rows = rows.filter(found.in_time("at"))
        if kind == "note":
            notes = visible_notes(self.agent).filter(found.notes)
            return rows.filter(pk__in=notes.values("pk")) if found.notes else rows
        if found.contacts is not None:
            rows = rows.filter(Among("conversation", self._theirs))
        if found.messages:
            rows = rows.filter(pk__in=Message.objects.filter(found.messages).values("pk"))
        return rows

    def _rows(self, kind: str) -> tuple[QuerySet[Any], str]:
        """Messages or notes by conditions alone, and the name of their moment."""
        found = self.conditions
        if kind == "note":
            notes = visible_notes(self.agent).filter(
                found.notes, found.on_threads("conversation__"), found.in_time("created_at")
            )
            return notes, "created_at"
        rows = visible_messages(self.agent).exclude(type="reaction").filter(revoked_at=None)
        rows = rows.filter(
            found.messages, found.on_threads("conversation__"), found.in_time("sent_at")
        )
        if found.contacts is not None:
            rows = rows.filter(Among("conversation", self._theirs))
        return rows, "sent_at"

    def _files(self) -> QuerySet[Any]:
        """Files by name; those of messages that were taken back are nobody's here."""
        found = self.conditions
        rows = visible_files(self.agent).filter(
            found.on_threads("message__conversation__"), found.in_time("created_at")
        )
        if found.messages:
            rows = rows.filter(message__in=visible_messages(self.agent).filter(found.messages))
        rows = rows.alias(folded=Fold(F("filename")))
        for word in self.query.plain:
            rows = rows.filter(folded__contains=folded(word))
        for term in self.query.excluded:
            rows = rows.exclude(folded__contains=folded(term.text))
        return rows

    @cached_property
    def _few(self) -> list[UUID] | None:
        """The conversations that alone come into question, if they are few; None if not."""
        if self.conditions.contacts is not None:
            return self._theirs
        if not self.conditions.threads:
            return None
        threads = visible_conversations(self.agent).filter(self.conditions.threads).order_by()
        keys = list(threads.values_list("pk", flat=True)[: FEW + 1])
        return keys if len(keys) <= FEW else None

    @cached_property
    def _theirs(self) -> list[UUID]:
        """The conversations of the contacts that are named."""
        named = Among("contact", self.conditions.contacts or ())
        theirs = visible_conversations(self.agent).filter(named)
        return list(theirs.order_by().values_list("pk", flat=True))


def _portions(found: Iterable[list[UUID]]) -> Iterator[list[UUID]]:
    """Few keys at first: where there are no conditions, they fill a page."""
    size = SMALLEST
    for keys in found:
        first = 0
        while first < len(keys):
            yield keys[first : first + size]
            first, size = first + size, min(size * GROWS, LARGEST)


def _after(rows: QuerySet[Any], at: str, place: Place | None) -> QuerySet[Any]:
    """What comes after `place`, the newest first."""
    if place is None:
        return rows
    before = Q(**{f"{at}__lt": place.at}) | Q(**{at: place.at}, pk__lt=place.pk)
    return rows.filter(before, **{f"{at}__lte": place.at})


def _hits(kind: str, rows: QuerySet[Any], at: str, limit: int, *, sort: bool = False) -> list[Hit]:
    """The newest `limit` of `rows`. With `sort` no index gives their order: they are few."""
    newest = F(at).desc()
    if sort:
        # COALESCE keeps the planner from reading all lines by time instead of those that match.
        newest = Coalesce(F(at), Value(None, output_field=DateTimeField())).desc()
    thread = "message__conversation" if kind == "file" else "conversation"
    found = rows.order_by(newest, F("pk").desc()).values_list("pk", thread, at)
    return [Hit(kind, *row) for row in found[:limit]]
