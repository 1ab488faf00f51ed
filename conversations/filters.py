"""What a list of conversations is narrowed to: conditions, and how they stand in a URL.

`?status=open,pending&label_not=3&window=closing&created=7` are four conditions; of the values of
one, any will do, and all conditions hold. A value that makes no sense is left out and named, so
a link from elsewhere never breaks a page. `conversations/filter_fields.py` has the fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from urllib.parse import urlencode

from django.db.models import Q

from accounts.models import Agent
from conversations.filter_fields import FIELDS, Asked, FilterField, Op

# More than anybody reads, and little enough for one statement.
MAX_CONDITIONS = 12
MAX_VALUES = 30


class Params(Protocol):
    """The query of a URL, as Django's QueryDict has it."""

    def __iter__(self) -> Iterator[str]: ...
    def getlist(self, key: str) -> list[str]: ...


@dataclass(frozen=True)
class Condition:
    """One condition. `values` are in the URL's words, and at least one."""

    key: str
    op: Op
    values: tuple[str, ...]

    @property
    def of(self) -> FilterField:
        return FIELDS[self.key]

    @property
    def param(self) -> str:
        """Its name in the URL: the field, and how, where that is not the usual way."""
        return self.key if self.op == self.of.ops[0] else f"{self.key}_{self.op}"

    def rule(self, asked: Asked) -> Q:
        rule = self.of.rule(self.op, self.values, asked)
        return ~rule if self.op == Op.NOT else rule


@dataclass(frozen=True)
class Filter:
    """Conditions that all hold; none: everything."""

    conditions: tuple[Condition, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.conditions)

    def has(self, key: str) -> bool:
        return any(condition.key == key for condition in self.conditions)

    def rule(self, agent: Agent, now: datetime) -> Q:
        """As SQL; `now` is aware."""
        rule = Q()
        for condition in self.conditions:
            rule &= condition.rule(Asked(agent, now))
        return rule

    def without(self, condition: Condition) -> Filter:
        return Filter(tuple(one for one in self.conditions if one != condition))

    def pairs(self) -> list[tuple[str, str]]:
        """Names and values for a URL."""
        return [(one.param, ",".join(one.values)) for one in self.conditions]

    def words(self) -> str:
        """As it stands in a URL, and in a saved view."""
        return urlencode(self.pairs(), safe=",")


EVERYTHING = Filter()


@dataclass(frozen=True)
class Read:
    """What a URL says, and the parts of it that made no sense."""

    filter: Filter
    ignored: tuple[str, ...] = field(default=())


def read_filter(params: Params) -> Read:
    """The filter in a URL's query; names that are no field are somebody else's."""
    conditions: list[Condition] = []
    ignored: list[str] = []
    for name in params:
        found = _field_of(name)
        if found is None:
            continue
        known, op = found
        said = [part for one in params.getlist(name) for part in one.split(",") if part.strip()]
        read = [known.read(op, part.strip()) for part in said] if op else [None] * len(said)
        values = tuple(dict.fromkeys(value for value in read if value is not None))
        values = values[: MAX_VALUES if known.takes_many else 1]
        if None in read:
            ignored.append(name[:40])
        if op and values and len(conditions) < MAX_CONDITIONS:
            conditions.append(Condition(known.key, op, values))
    return Read(Filter(tuple(conditions)), tuple(ignored))


def _field_of(name: str) -> tuple[FilterField, Op | None] | None:
    """The field a parameter speaks of, and how; without a way: it is none of the field's."""
    known = FIELDS.get(name)
    if known is not None:
        return known, known.ops[0]
    key, _, way = name.partition("_")
    known = FIELDS.get(key)
    if known is None:
        return None
    return known, next((op for op in known.ops[1:] if op == way), None)
