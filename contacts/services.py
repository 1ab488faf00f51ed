"""Finding and making contacts. The only place that creates one (law 1: who wrote or signed up)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from contacts.models import RECOGNISING_KINDS, Contact, Identity, IdentityKind
from contacts.numbers import match_key, phone_of_wa_id


@dataclass(frozen=True)
class Person:
    """What a channel says of a person; every part may be empty, but not all identities.

    `wa_id` has digits only, `phone` is derived from it; `bsuid` as sent (`DE.123…`).
    """

    wa_id: str = ""
    bsuid: str = ""
    parent_bsuid: str = ""
    username: str = ""
    name: str = ""

    @property
    def identities(self) -> dict[str, str]:
        """Kind to value, empty ones left out."""
        found = {
            IdentityKind.BSUID: self.bsuid,
            IdentityKind.WA_ID: self.wa_id,
            IdentityKind.PARENT_BSUID: self.parent_bsuid,
            IdentityKind.PHONE: phone_of_wa_id(self.wa_id),
            IdentityKind.USERNAME: self.username,
        }
        return {str(kind): value for kind, value in found.items() if value}

    @property
    def keys(self) -> dict[str, str]:
        """Kind to match key: what identities that say the same have in `match_key`."""
        return {kind: match_key(kind, value[:150]) for kind, value in self.identities.items()}

    @property
    def recognisable(self) -> bool:
        return bool(self.wa_id or self.bsuid or self.parent_bsuid)


def find_contact(person: Person) -> Contact | None:
    """The contact known by any of the person's identities; the stablest identity wins."""
    return _owner(_matching(person))


def find_or_create_contact(person: Person) -> Contact:
    """The person's contact, made when nobody knows them; learns identities and name.

    Raises `ValueError` when nothing recognises the person. Two callers at once get the same
    contact: the loser of the unique constraint reads the winner's row.
    """
    if not person.recognisable:
        raise ValueError("a person needs a wa_id or a BSUID")
    rows = _matching(person)
    contact = _owner(rows)
    if contact is None:
        return _create_or_read(person)
    _learn(contact, person, rows)
    return contact


def _matching(person: Person) -> list[Identity]:
    """The current identities, of whomever, that say the same as the person's."""
    said = person.keys
    rows = Identity.objects.filter(
        kind__in=list(said), match_key__in=list(said.values()), ended_at=None
    ).select_related("contact")
    return [row for row in rows if said[row.kind] == row.match_key]


def _owner(rows: list[Identity]) -> Contact | None:
    """Whose `rows` are: an identity that proves more than another decides."""
    for kind in RECOGNISING_KINDS:
        for row in rows:
            if row.kind == kind:
                return row.contact
    return None


def _create_or_read(person: Person) -> Contact:
    with transaction.atomic():
        contact = Contact.objects.create(name=person.name[:200])
        Identity.objects.bulk_create(_identities(contact, person), ignore_conflicts=True)
        if Identity.objects.filter(contact=contact).exclude(kind=IdentityKind.USERNAME).exists():
            return contact
        # Another transaction was first with every recognising identity.
        contact.delete()
    found = find_contact(person)
    if found is None:
        raise ValueError("the identity ended while it was looked up")
    return found


def _identities(contact: Contact, person: Person) -> list[Identity]:
    return [
        Identity(contact=contact, kind=kind, value=value[:150])
        for kind, value in person.identities.items()
    ]


def _learn(contact: Contact, person: Person, rows: list[Identity]) -> None:
    """Add identities that are not among `rows` yet; follow a changed name and username."""
    known = {row.kind for row in rows if row.contact_id == contact.pk}
    news = [row for row in _identities(contact, person) if row.kind not in known]
    if any(row.kind == IdentityKind.USERNAME for row in news):
        contact.identities.filter(kind=IdentityKind.USERNAME, ended_at=None).update(
            ended_at=timezone.now()
        )
    if news:
        Identity.objects.bulk_create(news, ignore_conflicts=True)
    if person.name and person.name[:200] != contact.name:
        contact.name = person.name[:200]
        contact.save(update_fields=["name", "updated_at"])


def change_identity(contact: Contact, old: Person, new: Person) -> None:
    """The person's number or BSUID changed: the old identities end, the new ones are theirs."""
    with transaction.atomic():
        ending = [key for kind, key in old.keys.items() if kind != IdentityKind.USERNAME]
        contact.identities.filter(match_key__in=ending, ended_at=None).exclude(
            match_key__in=list(new.keys.values())
        ).update(ended_at=timezone.now())
        _learn(contact, new, _matching(new))
