"""Whom the lines of an import are about, and what of them stands in the way: in a few queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from consent.gate import know_restrictions
from consent.import_back import own_ends
from consent.models.data_request import OPEN, DataRequest, RequestKind
from contacts.family import hold_contacts
from contacts.models import Contact, Identity, IdentityKind
from contacts.numbers import match_key


@dataclass
class People:
    """By identity (a wa_id or BSUID): who it is, if we know them."""

    _contacts: dict[str, UUID] = field(default_factory=dict)
    _restricted: set[UUID] = field(default_factory=set)
    _erasing: set[UUID] = field(default_factory=set)
    # Of those whose erasure has parted them from their identities.
    _parted: set[str] = field(default_factory=set)
    _left: dict[UUID, list[tuple[str, str, datetime]]] = field(default_factory=dict)

    def contact_of(self, identity: str) -> UUID | None:
        return self._contacts.get(identity)

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
    asked = set(identities)
    people = People()
    hold_contacts(list(set(_owners(asked).values())))
    people._contacts = _owners(asked)
    pks = set(people._contacts.values())
    family = Contact.objects.filter(Q(pk__in=pks) | Q(merged_into__in=pks))
    members = list(family)
    person = {member.pk: member.survivor_id for member in members}
    know_restrictions(members)
    people._restricted = {person[one.pk] for one in members if one._restricted}
    erasing = DataRequest.objects.filter(kind=RequestKind.ERASURE, state__in=OPEN)
    open_for = erasing.filter(contact_id__in=person).values_list("contact_id", flat=True)
    people._erasing = {person[pk] for pk in open_for}
    for keys in erasing.exclude(keys={}).values_list("keys", flat=True):
        people._parted |= asked & {in_lines(kind, value) for kind, value in keys["identifiers"]}
    for end in own_ends(person):
        left = people._left.setdefault(person[end.contact_id], [])
        left.append((end.purpose, end.topic, end.occurred_at))
    return people


def in_lines(kind: str, value: str) -> str:
    """An identity as lines of imports spell it: numbers as canonical digits."""
    return match_key(kind, value).lstrip("+")


def _owners(identities: set[str]) -> dict[str, UUID]:
    """Who has these identities now; a number that is only known as a phone number counts, too."""
    keys: dict[tuple[str, str], str] = {}
    for one in identities:
        if one.isdigit():
            keys[IdentityKind.WA_ID, match_key(IdentityKind.WA_ID, one)] = one
            keys[IdentityKind.PHONE, match_key(IdentityKind.PHONE, f"+{one}")] = one
        else:
            keys[IdentityKind.BSUID, match_key(IdentityKind.BSUID, one)] = one
    rows = Identity.objects.filter(
        match_key__in={key for _kind, key in keys}, ended_at=None
    ).select_related("contact")
    found: dict[str, UUID] = {}
    for row in rows.order_by("kind"):
        identity = keys.get((row.kind, row.match_key))
        if identity is not None:
            found[identity] = row.contact.survivor_id
    return found
