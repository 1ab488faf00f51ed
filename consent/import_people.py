"""Whom the lines of an import are about, and what of them stands in the way: in a few queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from consent.gate import know_restrictions
from consent.leaving import own_ends
from consent.models.data_request import OPEN, DataRequest, RequestKind
from consent.parting import parted
from contacts.family import hold_contacts
from contacts.models import Contact
from contacts.numbers import match_key
from contacts.services import Person
from contacts.stated import owners_of


@dataclass
class People:
    """By identity (a wa_id or BSUID): who it is, if we know them."""

    _contacts: dict[str, UUID] = field(default_factory=dict)
    # Somebody had them and has others now, so who is meant cannot be told.
    _unclear: set[str] = field(default_factory=set)
    _restricted: set[UUID] = field(default_factory=set)
    _erasing: set[UUID] = field(default_factory=set)
    # Of those whose erasure has parted them from their identities.
    _parted: set[str] = field(default_factory=set)
    _left: dict[UUID, list[tuple[str, str, datetime]]] = field(default_factory=dict)

    def contact_of(self, identity: str) -> UUID | None:
        return self._contacts.get(identity)

    def is_unclear(self, identity: str) -> bool:
        """Whether it is not, or not beyond doubt, the identity of one person."""
        return identity in self._unclear

    def is_erasing(self, identity: str) -> bool:
        """Whether they have asked to be erased, and that is not over."""
        return identity in self._parted or self._contacts.get(identity) in self._erasing

    def is_restricted(self, identity: str) -> bool:
        return self._contacts.get(identity) in self._restricted

    def has_left(
        self, identity: str, purpose: str, topics: Sequence[str], agreed_at: datetime
    ) -> bool:
        """Whether they ended this purpose, or one of these topics, at that moment or later. Who
        left in general has left each topic."""
        contact = self._contacts.get(identity)
        ends = self._left.get(contact, []) if contact else []
        asked = {"", *topics}
        return any(p == purpose and t in asked and at >= agreed_at for p, t, at in ends)


def who_are(identities: Iterable[str]) -> People:
    """Look once for many. In a transaction: those who are known are held until its end, so that
    nobody is merged or erased between the look and what is written because of it."""
    asked = {person_of(one): one for one in identities}
    people = People()
    hold_contacts(list({pk for owners in owners_of(asked).values() for pk in owners.now}))
    for person, owners in owners_of(asked).items():
        if owners.are_unclear:
            people._unclear.add(asked[person])
        elif owners.contact is not None:
            people._contacts[asked[person]] = owners.contact
    pks = set(people._contacts.values())
    family = Contact.objects.filter(Q(pk__in=pks) | Q(merged_into__in=pks))
    members = list(family)
    whose = {member.pk: member.survivor_id for member in members}
    know_restrictions(members)
    people._restricted = {whose[one.pk] for one in members if one._restricted}
    erasing = DataRequest.objects.filter(kind=RequestKind.ERASURE, state__in=OPEN)
    open_for = erasing.filter(contact_id__in=whose).values_list("contact_id", flat=True)
    people._erasing = {whose[pk] for pk in open_for}
    people._parted = {asked[person] for person in parted(asked)}
    for end in own_ends(whose):
        left = people._left.setdefault(whose[end.contact_id], [])
        left.append((end.purpose, end.topic, end.occurred_at))
    return people


def person_of(identity: str) -> Person:
    """As the contacts' room knows people: a wa_id has digits only, a BSUID has not."""
    return Person(wa_id=identity) if identity.isdigit() else Person(bsuid=identity)


def in_lines(kind: str, value: str) -> str:
    """An identity as lines of imports spell it: numbers as canonical digits."""
    return match_key(kind, value).lstrip("+")
