"""Finding and making contacts. The only place that creates one (law 1: who wrote or signed up).

People are keyed on the BSUID, which belongs to one WhatsApp account and is never given to another;
phone numbers are, so a number that comes with another BSUID has another owner (reference, 5).
What WhatsApp names in one object is one person: two contacts that it shows to be one are merged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from django.db import transaction
from django.utils import timezone

from contacts.family import hold_unchanged, lock_contacts
from contacts.merging import kept_apart, merge_contacts, older_first, undo_merge
from contacts.models import (
    PROVING_KINDS,
    RECOGNISING_KINDS,
    Contact,
    ContactMerge,
    Identity,
    IdentityKind,
)
from contacts.models import MergeReason as Reason
from contacts.numbers import match_key, phone_of_wa_id
from contacts.signals import Change, address_changed

T = TypeVar("T")
# Many at once who are one person, on a busy machine.
TRIES = 20
# A person has one of each at a time; a second one replaces the first.
_SINGLE = (
    IdentityKind.WA_ID,
    IdentityKind.PHONE,
    IdentityKind.PARENT_BSUID,
    IdentityKind.USERNAME,
)
_NUMBERS = (IdentityKind.WA_ID, IdentityKind.PHONE)


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
    """The contact known by any of the person's identities; the one that proves most decides."""
    return _recognise(person).contact


def find_or_create_contact(person: Person) -> Contact:
    """The person's contact, made when nobody knows them; learns identities and name.

    The contact stays unmerged until the transaction ends. Two callers at once get the same
    contact. Raises `ValueError` when nothing recognises the person.
    """
    if not person.recognisable:
        raise ValueError("a person needs a wa_id or a BSUID")
    contact = patiently(lambda: _settle(person, make=True))
    assert contact is not None
    return contact


def learn(person: Person) -> Contact | None:
    """Like `find_or_create_contact` for somebody who did not write: nobody new is made."""
    return patiently(lambda: _settle(person, make=False)) if person.recognisable else None


def change_identity(contact: Contact, old: Person, new: Person) -> Contact:
    """WhatsApp says that `contact` has `new` identities instead of the `old`.

    The old ones become history. Whoever wrote with the new ones already was this person: the two
    are merged, unless somebody has split them before. The same news twice changes nothing.
    Answers who goes on.
    """
    return patiently(lambda: _change(contact, old, new))


@dataclass
class _Recognition:
    """What is known of a person: the current identities that say the same, whosever they are."""

    person: Person
    rows: list[Identity]
    contact: Contact | None = None
    # Recognised by a BSUID they do not have any more: what is told is old, nothing is learned.
    is_old_news: bool = False

    def owners(self) -> list[Contact]:
        """The contacts the identities belong to, each once, the strongest proof first."""
        rank = {str(kind): at for at, kind in enumerate(RECOGNISING_KINDS)}
        rows = [row for row in self.rows if row.kind in rank]
        rows.sort(key=lambda row: rank[row.kind])
        return list({row.contact_id: row.contact for row in rows}.values())

    def is_same(self, owner: Contact) -> bool:
        """Whether an owner of one of the identities is this person, or has just lost it to them.

        Somebody with another BSUID is somebody else, unless the parent BSUID is the same.
        """
        said = self.person.keys
        known = set(
            owner.identities.filter(kind__in=PROVING_KINDS, ended_at=None).values_list(
                "kind", "match_key"
            )
        )
        if any((kind, said[kind]) in known for kind in PROVING_KINDS if kind in said):
            return True
        return not any(kind in said for kind, _ in known)


class Raced(Exception):
    """Somebody else wrote or merged the same at this moment: look again."""


def patiently(work: Callable[[], T]) -> T:
    """Do `work` in a savepoint, again while others are in the way."""
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                return work()
        except Raced:
            if attempt == TRIES:
                raise
    raise AssertionError("unreachable")


def _settle(person: Person, *, make: bool) -> Contact | None:
    found = _recognise(person)
    if make and (found.contact is None or found.is_old_news):
        merge = refuted_merge(person)
        if merge is not None:
            # Two accounts that both write are two people to WhatsApp, each with a window.
            undo_merge(merge)
            found = _recognise(person)
    if found.contact is None:
        # Whose the numbers were, they have another BSUID, so another account.
        for owner in found.owners():
            _take_from(owner, found)
        return create_contact(person) if make else None
    others = [] if found.is_old_news else [o for o in found.owners() if o != found.contact]
    contact = _held(found.contact, *others)
    if found.is_old_news:
        return contact
    for other in others:
        if found.is_same(other) and not kept_apart(contact, other):
            _replace(other, person)
            contact = _merge(contact, other, Reason.PAIR, found.rows)
        else:
            _take_from(other, found)
    _learn(contact, person, with_=_witness(found))
    return contact


def _change(contact: Contact, old: Person, new: Person) -> Contact:
    if known := _changed_before(old, new):
        return known
    found = _recognise(new)
    contact = Contact.objects.get(pk=Contact.objects.get(pk=contact.pk).survivor_id)
    others = [owner for owner in found.owners() if owner != contact]
    contact = _held(contact, *others)
    if any(kept_apart(contact, other) for other in others):
        return contact
    ended = _end_account(contact, new)
    for other in others:
        if found.is_same(other):
            shown_by = [*found.rows, *([ended] if ended else [])]
            contact = _merge(contact, other, Reason.NUMBER_CHANGED, shown_by)
        else:
            _take_from(other, found)
    _learn(contact, new, with_=ended)
    if ended is not None:
        change = Change.NUMBER if new.wa_id else Change.ACCOUNT
        address_changed.send(sender=Contact, contact=contact, change=change)
    return contact


def _recognise(person: Person) -> _Recognition:
    """Who this is, by current identities, or by a BSUID of earlier; nothing is locked."""
    found = _Recognition(person, _matching(person))
    by_kind = {row.kind: row.contact for row in found.rows if row.kind in RECOGNISING_KINDS}
    for kind in PROVING_KINDS:
        if kind in by_kind:
            found.contact = by_kind[kind]
            return found
    earlier = _earlier_owner(person)
    if earlier is not None:
        found.contact, found.is_old_news = earlier, True
        return found
    same = [owner for owner in found.owners() if found.is_same(owner)]
    found.contact = same[0] if same else None
    return found


def _matching(person: Person) -> list[Identity]:
    """The current identities, of whomever, that say the same as the person's."""
    said = person.keys
    rows = Identity.objects.filter(
        kind__in=list(said), match_key__in=list(said.values()), ended_at=None
    ).select_related("contact")
    return [row for row in rows if said[row.kind] == row.match_key]


def _earlier_owner(person: Person) -> Contact | None:
    """Who had the person's BSUID before it changed; it is never given to anybody else."""
    said = {kind: key for kind, key in person.keys.items() if kind in PROVING_KINDS}
    if not said:
        return None
    rows = Identity.objects.filter(
        kind__in=list(said), match_key__in=list(said.values()), ended_at__isnull=False
    ).select_related("contact")
    for kind in PROVING_KINDS:
        for row in rows.order_by("-ended_at"):
            if row.kind == kind and said.get(kind) == row.match_key:
                return row.contact
    return None


def refuted_merge(person: Person) -> ContactMerge | None:
    """The merge by hand that took the person's account for one they do not use any more."""
    said = person.keys
    ended = Identity.objects.filter(
        kind__in=list(said), match_key__in=list(said.values()), ended_at__isnull=False
    )
    rows = [row for row in ended if said[row.kind] == row.match_key]
    by_hand = ContactMerge.objects.filter(
        reason=Reason.BY_HAND, undone_at=None, merged_at__in=[row.ended_at for row in rows]
    )
    pks = {row.pk for row in rows if row.kind in RECOGNISING_KINDS}
    return next((merge for merge in by_hand if pks & set(merge.moved["ended"])), None)


def _changed_before(old: Person, new: Person) -> Contact | None:
    """Who this change was told of before: the new BSUID is theirs, or was, and the old one was.

    Without BSUIDs: who has the new number now and had the old one.
    """
    kind = IdentityKind.BSUID if old.bsuid and new.bsuid else IdentityKind.WA_ID
    before, after = old.keys.get(kind), new.keys.get(kind)
    if before is None or after is None:
        return None
    rows = Identity.objects.filter(kind=kind, match_key=after).select_related("contact")
    if kind == IdentityKind.WA_ID:
        rows = rows.filter(ended_at=None)
    for row in rows:
        owned = row.contact.identities.filter(kind=kind, match_key=before)
        if owned.exists() and not owned.filter(ended_at=None).exists():
            return row.contact
    return None


def _held(contact: Contact, *others: Contact) -> Contact:
    """Keep the contact from being merged from here on; with others, which it may be merged with,
    all are locked at once, in the order in which everybody does."""
    pks = {row.pk for row in (contact, *others)}
    if others:
        now = {row.pk: row.survivor_id for row in lock_contacts(pks).values()}
        unmoved = all(now.get(pk) == pk for pk in pks)
    else:
        unmoved = hold_unchanged([contact])
    if not unmoved:
        raise Raced
    return contact


def create_contact(person: Person) -> Contact:
    contact = Contact.objects.create(name=person.name[:200])
    _add(contact, _identities(contact, person))
    return contact


def _merge(one: Contact, other: Contact, reason: Reason, rows: list[Identity]) -> Contact:
    """The one that goes on; of `rows`, those of the two show them to be one."""
    survivor, absorbed = older_first(one, other)
    both = [row for row in rows if row.contact_id in (one.pk, other.pk)]
    return merge_contacts(survivor, absorbed, reason, shown_by=both).survivor


def _take_from(owner: Contact, found: _Recognition) -> None:
    """Numbers (and parent BSUIDs) of `owner` that are the person's now become history."""
    rows = [row for row in found.rows if row.contact_id == owner.pk]
    lost = [row for row in rows if row.kind in RECOGNISING_KINDS]
    _end(lost)
    if any(row.kind in _NUMBERS for row in lost):
        address_changed.send(sender=Contact, contact=owner, change=Change.LOST)


def _learn(contact: Contact, person: Person, with_: Identity | None = None) -> None:
    """Add what is new of the person's identities; follow a changed name, number and username."""
    said = person.keys
    current = contact.identities.filter(ended_at=None, kind__in=list(said))
    known = {row.kind for row in current if row.match_key == said[row.kind]}
    news = [row for row in _identities(contact, person) if row.kind not in known]
    if news:
        # One at a time: two learners would each see the other's username as none.
        Contact.objects.select_for_update(of=("self",), no_key=True).get(pk=contact.pk)
        for row in news:
            row.learned_with = with_
    _replace(contact, person)
    _add(contact, news)
    if person.name and person.name[:200] != contact.name:
        contact.name = person.name[:200]
        contact.save(update_fields=["name", "updated_at"])


def _replace(contact: Contact, person: Person) -> None:
    """End what the person's identities take the place of."""
    said = person.keys
    kinds = [kind for kind in _SINGLE if kind in said]
    if IdentityKind.WA_ID in said and IdentityKind.PHONE not in said:
        kinds.append(IdentityKind.PHONE)
    current = contact.identities.filter(ended_at=None, kind__in=kinds)
    old = [row for row in current if row.match_key != said.get(row.kind)]
    _end(old)
    if any(row.kind in _NUMBERS for row in old):
        address_changed.send(sender=Contact, contact=contact, change=Change.NUMBER)


def _end_account(contact: Contact, new: Person) -> Identity | None:
    """End what the contact was recognised by until a change of number; the strongest of it.

    A change of number changes every BSUID, whether it is told or not; one that tells of a BSUID
    only hides the new number, and the old one is not theirs any more.
    """
    said = new.keys
    rows = contact.identities.filter(ended_at=None, kind__in=RECOGNISING_KINDS)
    ending = [row for row in rows if row.match_key != said.get(row.kind)]
    _end(ending)
    rank = {str(kind): at for at, kind in enumerate(RECOGNISING_KINDS)}
    return min(ending, key=lambda row: rank[row.kind], default=None)


def _end(rows: Iterable[Identity]) -> None:
    pks = [row.pk for row in rows]
    if pks:
        Identity.objects.filter(pk__in=pks).update(ended_at=timezone.now())


def _witness(found: _Recognition) -> Identity | None:
    """The strongest identity by which the contact was recognised."""
    for kind in RECOGNISING_KINDS:
        for row in found.rows:
            if row.kind == kind:
                return row
    return None


def _identities(contact: Contact, person: Person) -> list[Identity]:
    return [
        Identity(contact=contact, kind=kind, value=value[:150])
        for kind, value in person.identities.items()
    ]


def _add(contact: Contact, rows: list[Identity]) -> None:
    """Write identities; `Raced` when another transaction was first with one of them."""
    if not rows:
        return
    Identity.objects.bulk_create(rows, ignore_conflicts=True)
    keys = set(
        contact.identities.filter(ended_at=None, kind__in=[row.kind for row in rows]).values_list(
            "kind", "match_key"
        )
    )
    if not {(row.kind, row.match_key) for row in rows} <= keys:
        raise Raced
