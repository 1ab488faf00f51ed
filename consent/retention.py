"""How long things are kept: each room says what kinds there are, admins say how many days.

A kind has a keeper that finds what is due and removes it. Looking (a dry run) and removing go by
the same query, so what was counted is what goes. Nothing of a person on hold, or whose data are
restricted, is ever due (`consent/holds.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Min, Q, QuerySet
from django.utils.functional import Promise

from consent.holds import anybody_kept, kept_contacts
from consent.models import RetentionRule

_AT_ONCE = 500


@dataclass(frozen=True)
class Limits:
    """Days a kind is kept: in general, and where a purpose or a topic says otherwise. None: no
    end."""

    general: int | None
    purposes: Mapping[str, int | None] = field(default_factory=dict)
    topics: Mapping[str, int | None] = field(default_factory=dict)

    @property
    def shortest(self) -> int | None:
        """Of all; None when nothing of it ever ends."""
        said = [self.general, *self.purposes.values(), *self.topics.values()]
        return min((days for days in said if days is not None), default=None)


@dataclass(frozen=True)
class Found:
    """So many are due; `oldest` is since when the oldest has been there."""

    count: int = 0
    oldest: datetime | None = None

    def __add__(self, other: Found) -> Found:
        moments = [at for at in (self.oldest, other.oldest) if at is not None]
        return Found(self.count + other.count, min(moments, default=None))


class Keeper(Protocol):
    """Finds what is due at `at` by `limits`, and removes it."""

    def look(self, limits: Limits, at: datetime) -> Found:
        """What would go."""

    def portions(self, limits: Limits, at: datetime) -> Iterator[Found]:
        """Remove it, in portions that are each committed; what is locked waits for next time."""


@dataclass(frozen=True)
class Kind:
    """A kind of data: what it is called, how long it is kept unless admins say otherwise, and the
    fewest days they may say. `is_narrow`: a purpose or a topic may have days of its own. `is_set`:
    its days are set in rules, and not elsewhere (`note` says where)."""

    name: str
    order: int
    words: Promise | str
    keeper: Keeper
    days: int | None = None
    least: int = 1
    is_narrow: bool = False
    is_set: bool = True
    note: Promise | str = ""
    # Days that really count, where another kind's rule may shorten them.
    effective: Callable[[Limits], int | None] = lambda limits: limits.general


# Since `since`, the contacts of which somebody heard or who were written to.
Activity = Callable[[datetime], QuerySet[Any]]
# Of these contacts, who has shown since then that they are still there.
Life = Callable[[Iterable[UUID], datetime], set[UUID]]


class Retention:
    """What the rooms have said."""

    def __init__(self) -> None:
        self.kinds: dict[str, Kind] = {}
        self.activities: list[Activity] = []
        self.lives: list[Life] = []

    def add(self, *kinds: Kind) -> None:
        """Once per kind; saying it again replaces what was said."""
        everything = {**self.kinds, **{kind.name: kind for kind in kinds}}
        self.kinds = dict(sorted(everything.items(), key=lambda pair: pair[1].order))


retention = Retention()


def limits_of(name: str) -> Limits:
    """What holds for a kind now. The one place that knows."""
    return all_limits(name)[name]


def all_limits(*names: str) -> dict[str, Limits]:
    """The same for several kinds, or all."""
    wanted = names or tuple(retention.kinds)
    rules: dict[str, list[RetentionRule]] = {name: [] for name in wanted}
    for rule in RetentionRule.objects.filter(kind__in=wanted):
        rules[rule.kind].append(rule)
    return {name: _limits(retention.kinds[name], rules[name]) for name in wanted}


def time_of(name: str) -> timedelta | None:
    """How long a kind is kept in general; None: without end."""
    days = limits_of(name).general
    return None if days is None else timedelta(days=days)


def _limits(kind: Kind, rules: Iterable[RetentionRule]) -> Limits:
    general, purposes, topics = kind.days, {}, {}
    for rule in rules:
        # Whatever is in the table: fewer days than these would break something.
        days = None if rule.days is None else max(rule.days, kind.least)
        if rule.topic_id:
            topics[rule.topic_id] = days
        elif rule.purpose:
            purposes[rule.purpose] = days
        else:
            general = days
    return Limits(general, purposes, topics) if kind.is_narrow else Limits(general)


# -- Rows -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rows:
    """A keeper of rows.

    `due` names them, annotated with `since`. `remove` has them locked, in a transaction. `person`
    is the path to the contact they are about, if they are about one. `spared` says which to leave,
    where only a look at their content tells that they are of somebody who is kept. `before` runs
    once: what an earlier run could not finish.
    """

    due: Callable[[Limits, datetime], QuerySet[Any]]
    remove: Callable[[list[Any]], None]
    person: str = ""
    locks: tuple[str, ...] = ("self",)
    spared: Callable[[list[Any]], set[Any]] | None = None
    before: Callable[[], None] | None = None
    at_once: int = _AT_ONCE

    def look(self, limits: Limits, at: datetime) -> Found:
        rows = self._free(limits, at)
        if self.spared is None or not anybody_kept():
            told = rows.aggregate(count=Count("pk"), oldest=Min("since"))
            return Found(told["count"], told["oldest"])
        found = Found()
        for page in self._pages(rows):
            unspared = self._unspared(list(rows.filter(pk__in=[pk for pk, _since in page])))
            found += _found(unspared)
        return found

    def portions(self, limits: Limits, at: datetime) -> Iterator[Found]:
        if self.before is not None:
            self.before()
        for page in self._pages(self._free(limits, at)):
            with transaction.atomic():
                rows = self._hold(limits, at, [pk for pk, _since in page])
                found = _found(rows)
                if rows:
                    self.remove(rows)
            yield found

    def _free(self, limits: Limits, at: datetime) -> QuerySet[Any]:
        """What is due, without those who are kept."""
        rows = self.due(limits, at)
        return rows.exclude(**{f"{self.person}__in": kept_contacts()}) if self.person else rows

    def _pages(self, rows: QuerySet[Any]) -> Iterator[list[tuple[Any, datetime]]]:
        """Keys, the oldest first; each row comes once, whether it goes or not."""
        ordered, left = rows.order_by("since", "pk"), rows.order_by("since", "pk")
        while page := list(left.values_list("pk", "since")[: self.at_once]):
            yield page
            pk, since = page[-1]
            left = ordered.filter(Q(since__gt=since) | Q(since=since, pk__gt=pk))

    def _hold(self, limits: Limits, at: datetime, pks: list[Any]) -> list[Any]:
        """Those that can be locked, and are still due with the lock in hand."""
        free = self._free(limits, at).filter(pk__in=pks)
        if self.person:
            asked = {contact for contact in free.values_list(self.person, flat=True) if contact}
            # Asked anew below: a hold may have been set until this very moment.
            free = free.filter(**{f"{self.person}__in": _contacts_held(asked)})
        related = [path for path in self.locks if path != "self"]
        if related:
            free = free.select_related(*related)
        locked = free.select_for_update(of=self.locks, no_key=True, skip_locked=True)
        return self._unspared(list(locked.order_by("pk")))

    def _unspared(self, rows: list[Any]) -> list[Any]:
        if self.spared is None or not rows or not anybody_kept():
            return rows
        stays = self.spared(rows)
        return [row for row in rows if row.pk not in stays]


def _found(rows: list[Any]) -> Found:
    return Found(len(rows), min((row.since for row in rows), default=None))


def _contacts_held(pks: set[UUID]) -> list[UUID]:
    """Those of the contacts that nobody else holds: no hold is set on them and they are not merged
    until the transaction ends (`holds.set_hold` waits)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM contacts_contact WHERE id = ANY(%s) ORDER BY id FOR SHARE SKIP LOCKED",
            [sorted(pks)],
        )
        return [row[0] for row in cursor.fetchall()]
