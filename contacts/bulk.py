"""Many people at once, as a batch of webhooks names them: a handful of queries for all.

Only what is plain is done here: somebody new, or somebody known of whom nothing new is said but a
name. Whoever brings a new identity, or is known as two contacts, goes through
`contacts.services.find_or_create_contact` alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import IntegrityError
from django.db.models import Q, TextField, Value
from django.db.models.functions import Concat
from django.utils import timezone

from contacts.family import hold_contacts, hold_unchanged
from contacts.models import RECOGNISING_KINDS, Contact, Identity, IdentityKind
from contacts.numbers import match_key
from contacts.services import Person, find_or_create_contact, refuted_merge

Key = tuple[str, str]
# Looked up together; after one who needs a closer look the rest is looked up anew, in fewer.
AT_ONCE, FEWEST = 500, 20


def find_or_create_contacts(people: Sequence[Person]) -> list[Contact]:
    """The contacts of `people`, in their order. Belongs in a transaction of the caller's.

    Raises `ValueError` for a person nothing recognises, and `IntegrityError` when somebody else
    makes the same contact at the same moment, or when one of them shows that a merge was wrong, so
    that those before may not be who they seemed: do them one by one then.
    """
    found: list[Contact] = []
    at_once, has_odd = AT_ONCE, False
    while len(found) < len(people):
        some = people[len(found) : len(found) + at_once]
        plain = _plain_ones(some)
        found += plain
        if len(plain) == len(some):
            continue
        odd = people[len(found)]
        if found and refuted_merge(odd):
            raise IntegrityError("a merge is undone by one of these: do them one by one")
        found.append(find_or_create_contact(odd))
        at_once, has_odd = max(at_once // 2, FEWEST), True
    return _survivors(found) if has_odd else found


def _plain_ones(people: Sequence[Person]) -> list[Contact]:
    """The contacts of the first of `people`, up to one who needs a closer look."""
    while True:
        register = _Register(people)
        found: list[Contact] = []
        for person in people:
            contact = register.contact_of(person)
            if contact is None:
                break
            found.append(contact)
        if register.hold():
            register.write()
            return found
        # One of them was merged, split or renamed at this moment: look again.


def _survivors(found: list[Contact]) -> list[Contact]:
    """Whoever was merged into another by a later one of the batch is that other."""
    now = hold_contacts({contact.pk for contact in found})
    moved = Contact.objects.in_bulk({pk for old, pk in now.items() if pk != old})
    return [moved.get(now[contact.pk], contact) for contact in found]


def unlearned_pairs(people: Sequence[Person]) -> list[Person]:
    """Those of `people`, each once, whose wa_id and BSUID we do not know to belong together."""
    pairs = list(dict.fromkeys(p for p in people if p.wa_id and p.bsuid))
    if not pairs:
        return []
    owners = {key: contact.pk for key, contact in _owners(pairs)[0].items()}
    kinds = (str(IdentityKind.WA_ID), str(IdentityKind.BSUID))
    odd = []
    for person in pairs:
        said = _keys(person)
        whose = {owners.get(key) for key in said if key[0] in kinds}
        if len(whose) > 1:
            odd.append(person)
    return odd


class _Register:
    """Who is who among `people`; collects what is to be written."""

    def __init__(self, people: Sequence[Person]) -> None:
        self.owners, self.past = _owners(people)
        self.known: dict[UUID, set[Key]] = {}
        for key, contact in self.owners.items():
            self.known.setdefault(contact.pk, set()).add(key)
        self.usernames = _usernames(self.known) if any(one.username for one in people) else set()
        self.new: list[Contact] = []
        self.identities: list[Identity] = []
        self.renamed: dict[UUID, Contact] = {}
        self.new_usernames: dict[UUID, tuple[Contact, str]] = {}

    def contact_of(self, person: Person) -> Contact | None:
        """The person's contact; None for one who needs a closer look."""
        if not person.recognisable:
            raise ValueError("a person needs a wa_id or a BSUID")
        keys = _keys(person)
        owners = {contact.pk: contact for key in keys if (contact := self.owners.get(key))}
        if not owners:
            return None if keys & self.past else self._make(person, keys)
        contact = next(iter(owners.values()))
        if len(owners) > 1 or not keys <= self.known[contact.pk]:
            return None
        pending = self.new_usernames.get(contact.pk)
        if pending and person.username and not _same_username(pending[1], person.username):
            return None  # one after the other, as each is history to the next
        if person.name and person.name[:200] != contact.name:
            contact.name = person.name[:200]
            self.renamed[contact.pk] = contact
        if person.username:
            self._name_publicly(contact, person.username[:150])
        return contact

    def hold(self) -> bool:
        """Keep those who were known from being merged; False when one was, or was split."""
        made = {contact.pk for contact in self.new}
        known = {one.pk: one for one in self.owners.values() if one.pk not in made}
        return not known or hold_unchanged(known.values())

    def write(self) -> None:
        Contact.objects.bulk_create(self.new)
        made = {contact.pk for contact in self.new}
        named = [row for pk, row in self.renamed.items() if pk not in made]
        for contact in named:
            contact.save(update_fields=["name", "updated_at"])
        if self.new_usernames:
            Identity.objects.filter(
                kind=IdentityKind.USERNAME, ended_at=None, contact_id__in=list(self.new_usernames)
            ).update(ended_at=timezone.now())
        self.identities += [
            Identity(contact=contact, kind=IdentityKind.USERNAME, value=value)
            for contact, value in self.new_usernames.values()
        ]
        Identity.objects.bulk_create(self.identities)

    def _make(self, person: Person, keys: set[Key]) -> Contact:
        contact = Contact(name=person.name[:200])
        self.new.append(contact)
        for kind, value in person.identities.items():
            if kind != IdentityKind.USERNAME:
                self.identities.append(Identity(contact=contact, kind=kind, value=value[:150]))
        self.owners.update(dict.fromkeys(keys, contact))
        self.known[contact.pk] = keys
        if person.username:
            self._name_publicly(contact, person.username[:150])
        return contact

    def _name_publicly(self, contact: Contact, username: str) -> None:
        if (contact.pk, match_key(IdentityKind.USERNAME, username)) not in self.usernames:
            self.new_usernames.setdefault(contact.pk, (contact, username))


def _same_username(one: str, other: str) -> bool:
    return match_key(IdentityKind.USERNAME, one) == match_key(IdentityKind.USERNAME, other[:150])


def _usernames(contacts: Iterable[UUID]) -> set[tuple[UUID, str]]:
    rows = Identity.objects.filter(
        kind=IdentityKind.USERNAME, ended_at=None, contact_id__in=list(contacts)
    )
    return set(rows.values_list("contact_id", "match_key"))


def _keys(person: Person) -> set[Key]:
    """What recognises a person, whatever the spelling."""
    return {(kind, key) for kind, key in person.keys.items() if kind in RECOGNISING_KINDS}


def _owners(people: Sequence[Person]) -> tuple[dict[Key, Contact], set[Key]]:
    """Whose the people's identities are at present; and which of them were somebody's before.

    One statement, so that contacts and identities are of one moment.
    """
    keys = {key for person in people for key in _keys(person)}
    identity = Concat(
        "identities__kind", Value(" "), "identities__match_key", output_field=TextField()
    )
    rows = Contact.objects.filter(
        identities__match_key__in={key for _kind, key in keys},
        identities__kind__in=RECOGNISING_KINDS,
    ).annotate(
        now_theirs=ArrayAgg(identity, filter=Q(identities__ended_at=None)),
        once_theirs=ArrayAgg(identity, filter=Q(identities__ended_at__isnull=False)),
    )
    owners: dict[Key, Contact] = {}
    past: set[Key] = set()
    for row in rows.order_by():
        owners.update(dict.fromkeys(keys & set(map(_as_key, row.now_theirs or ())), row))
        past |= keys & set(map(_as_key, row.once_theirs or ()))
    return owners, past


def _as_key(told: str) -> Key:
    kind, _, key = told.partition(" ")
    return kind, key
