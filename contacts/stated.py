"""Contacts of identities that somebody only states: typed into a form, or read in a file.

Nobody wrote from them, so they prove nothing: no contact is split, merged or taught anything by
them. Whose an identity was counts as well as whose it is, for who left must stay found.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from contacts.family import hold_contacts, lock_contacts
from contacts.models import RECOGNISING_KINDS, Contact, Identity
from contacts.services import Person, Raced, create_contact, patiently


class NobodyKnowsWhose(ValueError):
    """Somebody had this identity and has another one now, so who is meant cannot be told."""


@dataclass
class Owners:
    """Who has what a person states, and who had it; after merges, whoever goes on."""

    now: set[UUID] = field(default_factory=set)
    before: set[UUID] = field(default_factory=set)

    @property
    def contact(self) -> UUID | None:
        """The one it belongs to beyond doubt."""
        return None if self.are_unclear else next(iter(self.now), None)

    @property
    def are_unclear(self) -> bool:
        """Whether it was somebody's and is not theirs any more, or is two people's."""
        return len(self.now) > 1 or not self.before <= self.now


def owners_of(people: Iterable[Person]) -> dict[Person, Owners]:
    """Look once for many; nothing is locked."""
    found = {person: Owners() for person in people}
    by_key: dict[tuple[str, str], list[Owners]] = {}
    for person, owners in found.items():
        for key in person.keys.items():
            by_key.setdefault(key, []).append(owners)
    rows = Identity.objects.filter(
        kind__in=RECOGNISING_KINDS, match_key__in={key for _kind, key in by_key}
    ).select_related("contact")
    for row in rows:
        for owners in by_key.get((row.kind, row.match_key), ()):
            side = owners.now if row.ended_at is None else owners.before
            side.add(row.contact.survivor_id)
    return found


def lock_stated(person: Person) -> Contact | None:
    """The contact that has the identity, locked against everybody until the transaction ends; None
    when nobody ever had it. Raises `NobodyKnowsWhose`."""
    return patiently(lambda: _locked(person))


def find_or_create_stated(person: Person) -> tuple[Contact, bool]:
    """The contact that has the identity, made when nobody ever had it, and whether it was made; it
    stays unmerged until the transaction ends. Raises `NobodyKnowsWhose`."""

    def look() -> tuple[Contact, bool]:
        known = _held(person)
        return (known, False) if known else (create_contact(person), True)

    return patiently(look)


def _locked(person: Person) -> Contact | None:
    pk = _owner(person)
    if pk is None:
        return None
    locked = lock_contacts([pk])
    # Whoever was before us may have merged, erased or moved them.
    if _owner(person) != pk or pk not in locked:
        raise Raced
    return locked[pk]


def _held(person: Person) -> Contact | None:
    pk = _owner(person)
    if pk is None:
        return None
    hold_contacts([pk])
    if _owner(person) != pk:
        raise Raced
    return Contact.objects.get(pk=pk)


def _owner(person: Person) -> UUID | None:
    owners = owners_of([person])[person]
    if owners.are_unclear:
        raise NobodyKnowsWhose
    return owners.contact
