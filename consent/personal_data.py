"""What the house keeps of people: every field of every table says whom it speaks of.

Each room fills this in from its `personal_data.py` when Django is ready; rooms below this one, and
Django's own tables that belong to no room, are spoken for above or below (`own_personal_data.py`,
`helpdesk/personal_data.py`). A test fails for a field that nobody spoke for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, BinaryIO
from uuid import UUID

from django.db.models import FileField, Model, QuerySet
from django.utils.functional import Promise
from django.utils.safestring import SafeString

from contacts.family import family_of
from contacts.models import Contact, Identity, IdentityKind


class Holds(StrEnum):
    """Of whom a field speaks, which decides what becomes of it."""

    PERSON = "person"  # of a customer: exported, and erased
    INTERNAL = "internal"  # what we wrote about a customer for ourselves: erased, not exported
    STAFF = "staff"  # of our people: neither
    TECHNICAL = "technical"  # of nobody by itself; exported and erased with the row it stands in
    SECRET = "secret"  # a key, password or token of ours: shown to nobody  # noqa: S105
    LEDGER = "ledger"  # kept as a proof, without saying who it was


@dataclass(frozen=True)
class Identifier:
    """One thing the person is known by, also one that is over."""

    kind: str
    value: str


@dataclass
class Person:
    """Somebody whose data are looked for: all contacts that are them, and what they are known by.

    `notes` is what steps of an erasure remember between portions; JSON.
    """

    contacts: tuple[UUID, ...]
    identifiers: tuple[Identifier, ...]
    notes: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, contact: Contact) -> Person:
        """With what was theirs and is over, but not what is somebody else's by now."""
        contacts = tuple(sorted(family_of(contact).values_list("pk", flat=True)))
        rows = list(Identity.objects.filter(contact__in=contacts).order_by("pk"))
        elsewhere = Identity.objects.filter(ended_at=None).exclude(contact__in=contacts)
        others = set(
            elsewhere.filter(match_key__in=[row.match_key for row in rows])
            .exclude(kind=IdentityKind.USERNAME)
            .values_list("match_key", flat=True)
        )
        found = [Identifier(row.kind, row.value) for row in rows if row.match_key not in others]
        return cls(contacts, tuple(dict.fromkeys(found)))

    @classmethod
    def from_keys(cls, keys: Mapping[str, Any]) -> Person:
        """As `keys` wrote it down."""
        return cls(
            tuple(UUID(pk) for pk in keys["contacts"]),
            tuple(Identifier(kind, value) for kind, value in keys["identifiers"]),
            keys["notes"],
        )

    @property
    def keys(self) -> dict[str, Any]:
        """JSON to find them by again, also when their rows are gone."""
        return {
            "contacts": [str(pk) for pk in self.contacts],
            "identifiers": [[one.kind, one.value] for one in self.identifiers],
            "notes": self.notes,
        }

    @property
    def ids(self) -> frozenset[str]:
        """What proves that something is theirs: numbers as digits, user ids as they are."""
        return frozenset(
            one.value.lstrip("+") for one in self.identifiers if one.kind != IdentityKind.USERNAME
        )


@dataclass(frozen=True)
class Table:
    """A model, of whom each of its concrete fields speaks (by attribute name), and which rows are
    a person's. `stays`: why rows that are found stay in an erasure; "": they go. `export`: what
    of them is given out, where that is not simply their fields."""

    model: type[Model]
    fields: Mapping[str, Holds]
    rows: Callable[[Person], QuerySet[Any]] | None = None
    stays: Promise | str = ""
    export: Callable[[Person], Iterator[dict[str, Any]]] | None = None

    @property
    def label(self) -> str:
        return self.model._meta.label

    @property
    def words(self) -> str:
        return str(self.model._meta.verbose_name_plural)

    def exported(self) -> list[str]:
        """The names of the fields a person is given."""
        given = (Holds.PERSON, Holds.TECHNICAL, Holds.LEDGER)
        return [name for name, holds in self.fields.items() if holds in given]

    def file_fields(self) -> list[str]:
        return [f.attname for f in self.model._meta.concrete_fields if isinstance(f, FileField)]


@dataclass(frozen=True)
class Portion:
    """What one portion of a step did: how many things it looked at, how many of them are gone.
    Nothing looked at: the step is done."""

    looked_at: int = 0
    gone: int = 0


DONE = Portion()


@dataclass(frozen=True)
class Step:
    """A part of an erasure. `work` does one portion, in the caller's transaction, and may be done
    again after a crash; `count` says beforehand how much there is."""

    order: int
    name: str
    words: Promise | str
    count: Callable[[Person], int]
    work: Callable[[Person], Portion]


@dataclass(frozen=True)
class Chapter:
    """A part of the readable page of an export, as pieces of HTML."""

    order: int
    title: Promise | str
    pieces: Callable[[Person], Iterator[SafeString]]


@dataclass(frozen=True)
class Attachment:
    """A file of an export: its path within, and how it is opened."""

    path: str
    open: Callable[[], BinaryIO]


class NotYet(Exception):
    """A step must wait for something that is under way; the erasure goes on a little later."""


# Whether an erasure must wait, and why: a sentence, or "".
Obstacle = Callable[[Person], str]
# In the transaction of the parting: take hold of what could still act for the person, and stop it.
Halt = Callable[[Person], None]


class Registry:
    """What the rooms have said."""

    def __init__(self) -> None:
        self.tables: dict[type[Model], Table] = {}
        self.steps: list[Step] = []
        self.chapters: list[Chapter] = []
        self.attachments: list[Callable[[Person], Iterator[Attachment]]] = []
        self.obstacles: list[Obstacle] = []
        self.halts: list[Halt] = []

    def add(self, *parts: Table | Step | Chapter) -> None:
        """Once per table and step; saying it again replaces what was said."""
        for part in parts:
            if isinstance(part, Table):
                self.tables[part.model] = part
            elif isinstance(part, Step):
                others = [step for step in self.steps if step.name != part.name]
                self.steps = sorted([*others, part], key=lambda step: step.order)
            else:
                rest = [one for one in self.chapters if one.order != part.order]
                self.chapters = sorted([*rest, part], key=lambda one: one.order)

    def obstacle_of(self, person: Person) -> str:
        """Why an erasure cannot begin at this moment; "" when it can."""
        return next((why for ask in self.obstacles if (why := ask(person))), "")

    def of_person(self) -> list[Table]:
        """The tables that can hold rows of a person, in a stable order."""
        found = [table for table in self.tables.values() if table.rows or table.export]
        return sorted(found, key=lambda table: table.label)


registry = Registry()


def fields(
    person: str = "",
    technical: str = "",
    staff: str = "",
    secret: str = "",
    ledger: str = "",
    internal: str = "",
) -> dict[str, Holds]:
    """The classes of a table's fields, each named by its words: `fields(person="name text")`."""
    said = {
        Holds.PERSON: person,
        Holds.INTERNAL: internal,
        Holds.TECHNICAL: technical,
        Holds.STAFF: staff,
        Holds.SECRET: secret,
        Holds.LEDGER: ledger,
    }
    return {name: holds for holds, names in said.items() for name in names.split()}


def unclassified(models: Iterable[type[Model]]) -> list[str]:
    """`app.Model.field` for each that nobody spoke for, or that is spoken for and not there."""
    wrong = []
    for model in models:
        table = registry.tables.get(model)
        said = set(table.fields) if table else set()
        there = {f.attname for f in model._meta.local_concrete_fields}
        wrong += [f"{model._meta.label}.{name} is not classified" for name in there - said]
        wrong += [f"{model._meta.label}.{name} is not there" for name in said - there]
    return sorted(wrong)


def delete_portion(rows: QuerySet[Any], at_once: int = 1000) -> Portion:
    """Delete some of `rows`, with what hangs on them; nothing left: done."""
    pks: Sequence[Any] = list(rows.order_by("pk").values_list("pk", flat=True)[:at_once])
    if not pks:
        return DONE
    rows.model._default_manager.filter(pk__in=pks).delete()
    return Portion(len(pks), len(pks))
