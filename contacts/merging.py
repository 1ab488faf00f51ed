"""Two contacts turn out to be one person, or turn out not to be after all.

The survivor takes over identities, and other rooms hand over what they hang on a contact
(`contacts/signals.py`). The absorbed contact stays as a row: its consent records are never
changed, and it is what a split gives back to. Merges may be undone in any order.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from typing import TypeVar, cast
from uuid import UUID

import psycopg
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Agent
from contacts.family import lock_contacts
from contacts.merging_parts import give_back, take_over
from contacts.models import RECOGNISING_KINDS, Contact, ContactMerge, Identity, IdentityKind
from contacts.models import MergeReason as Reason
from contacts.signals import contacts_merged, merge_planned, merge_undone

log = logging.getLogger(__name__)

T = TypeVar("T")
TRIES = 8
_PROFILE = ("name", "our_name", "language", "best_reached")
# Another BSUID or wa_id is another WhatsApp account.
_ACCOUNT_KINDS = (IdentityKind.BSUID, IdentityKind.WA_ID)


class MergeRefused(ValueError):
    """These two cannot be merged (any more), or this merge not be undone."""


def older_first(one: Contact, other: Contact) -> tuple[Contact, Contact]:
    """Who goes on when nobody decides: the contact we have known for longer."""
    first, second = sorted((one, other), key=lambda row: (row.created_at, row.pk))
    return first, second


def merge_contacts(
    survivor: Contact,
    absorbed: Contact,
    reason: Reason,
    by: Agent | None = None,
    shown_by: Iterable[Identity] = (),
    theirs: Collection[int] = (),
) -> ContactMerge:
    """Make `absorbed` part of `survivor`; raises `MergeRefused` when one is merged already.

    Merged by hand, two contacts may have different WhatsApp accounts: the one we learned of last
    goes on, the other becomes history, as after a change of number. `shown_by`: the identities of
    both that WhatsApp named together. `theirs`: attributes (definitions) of which the absorbed
    contact's value goes on where both have one. In a transaction of the caller's a deadlock is the
    caller's to retry.
    """
    return _patiently(lambda: _merge(survivor, absorbed, reason, by, _pks(shown_by), theirs))


def undo_merge(merge: ContactMerge, by: Agent | None = None) -> None:
    """Give the absorbed contact back what was its own; raises `MergeRefused` when done before.

    What came after the merge stays with the survivor, except what one of the absorbed contact's
    own identities brought: those learned together with it, and contacts it was shown to be the
    same as, which stand alone again.
    """
    _patiently(lambda: _undo(merge, by))


def planned(survivor: Contact, absorbed: Contact) -> list[str]:
    """What merging these two would do, in sentences of the reader's language."""
    answers = merge_planned.send(sender=ContactMerge, survivor=survivor, absorbed=absorbed)
    return [line for _, lines in answers for line in cast("list[str]", lines)]


def accounts_differ(one: Contact, other: Contact) -> bool:
    """Whether the two write from different WhatsApp accounts at present, as far as is known."""
    mine, theirs = _current(one), _current(other)
    if _keys(mine, IdentityKind.PARENT_BSUID) & _keys(theirs, IdentityKind.PARENT_BSUID):
        return False
    return any(
        _keys(mine, kind) and _keys(theirs, kind) and not _keys(mine, kind) & _keys(theirs, kind)
        for kind in _ACCOUNT_KINDS
    )


def kept_apart(one: Contact, other: Contact) -> bool:
    """Whether somebody has split these two: then they are not merged again by themselves."""
    return ContactMerge.objects.filter(
        survivor__in=(one, other), absorbed__in=(one, other), undone_at__isnull=False
    ).exists()


def _merge(
    survivor: Contact,
    absorbed: Contact,
    reason: Reason,
    by: Agent | None,
    shown_by: list[int],
    theirs: Collection[int],
) -> ContactMerge:
    with transaction.atomic():
        locked = lock_contacts({survivor.pk, absorbed.pk})
        if len(locked) != 2:
            raise MergeRefused("a merge needs two contacts")
        survivor, absorbed = locked[survivor.pk], locked[absorbed.pk]
        if survivor.merged_into_id or absorbed.merged_into_id:
            raise MergeRefused("one of the contacts is merged already")
        merge = ContactMerge(
            survivor=survivor,
            absorbed=absorbed,
            reason=reason,
            merged_by=by,
            merged_at=timezone.now(),
        )
        keeper = _account_that_goes_on(survivor, absorbed) if reason == Reason.BY_HAND else None
        merge.moved = {
            "account_of": str(keeper.pk) if keeper else None,
            "ended": _end_what_clashes(merge, keeper),
            "identities": _pks(absorbed.identities.all()),
            "family": [str(pk) for pk in absorbed.merged_ones.values_list("pk", flat=True)],
            "shown_by": shown_by,
        }
        absorbed.identities.update(contact=survivor)
        absorbed.merged_ones.update(merged_into=survivor)
        absorbed.merged_into = survivor
        absorbed.save(update_fields=["merged_into", "updated_at"])
        _take_over_name(merge)
        take_over(merge, theirs)
        contacts_merged.send(sender=ContactMerge, merge=merge)
        merge.save()
    log.info("contact.merged contact=%s into=%s", absorbed.pk, survivor.pk)
    return merge


def _undo(merge: ContactMerge, by: Agent | None) -> None:
    with transaction.atomic():
        merge = ContactMerge.objects.select_for_update(of=("self",)).get(pk=merge.pk)
        if merge.undone_at:
            raise MergeRefused("this merge is undone already")
        locked = _lock_family(merge)
        own = _with_what_was_learned(merge.moved["identities"])
        _undo_what_it_brought(merge, own, by)
        absorbed = Contact.objects.get(pk=merge.absorbed_id)
        together = Contact.objects.get(pk=absorbed.survivor_id)
        if absorbed == together or together.pk not in locked:
            raise MergeRefused("the contact was merged or split at this moment")
        merge.absorbed = absorbed
        together.merged_ones.filter(pk__in=merge.moved["family"]).update(merged_into=absorbed)
        absorbed.merged_into = None
        absorbed.save(update_fields=["merged_into", "updated_at"])
        together.identities.filter(pk__in=own).update(contact=absorbed)
        _revive(merge, locked)
        _give_back_name(merge, together)
        give_back(merge, together)
        merge.undone_at, merge.undone_by = timezone.now(), by
        merge.save(update_fields=["undone_at", "undone_by"])
        merge_undone.send(sender=ContactMerge, merge=merge, together=together)
    log.info("contact.split contact=%s from=%s", absorbed.pk, together.pk)


def _lock_family(merge: ContactMerge) -> set[UUID]:
    """Lock all that undoing a merge may touch, at once: whoever is one person with the absorbed
    contact, and where the identities that it ended are now."""
    together = Contact.objects.get(pk=merge.absorbed_id).survivor_id
    family = Contact.objects.filter(Q(pk=together) | Q(merged_into=together))
    ended = Identity.objects.filter(pk__in=merge.moved["ended"])
    pks = {merge.absorbed_id, *family.values_list("pk", flat=True)}
    return set(lock_contacts(pks | set(ended.values_list("contact_id", flat=True))))


def _undo_what_it_brought(merge: ContactMerge, own: set[int], by: Agent | None) -> None:
    """Undo the later merges that rest on one of the absorbed contact's identities."""
    later = ContactMerge.objects.filter(undone_at=None, merged_at__gte=merge.merged_at)
    later = later.exclude(pk=merge.pk).exclude(reason=Reason.BY_HAND)
    together = Contact.objects.get(pk=merge.absorbed_id).survivor_id
    family = later.filter(Q(survivor=together) | Q(survivor__merged_into=together))
    for one in family.order_by("-merged_at", "-pk"):
        if own & set(one.moved.get("shown_by", ())):
            _undo(one, by)


def _account_that_goes_on(survivor: Contact, absorbed: Contact) -> Contact | None:
    """Whose account it is from now on; None when both use one and the same."""
    if not accounts_differ(survivor, absorbed):
        return None
    newest = max(
        (*_current(survivor), *_current(absorbed)), key=lambda row: (row.first_seen_at, row.pk)
    )
    return survivor if newest.contact_id == survivor.pk else absorbed


def _end_what_clashes(merge: ContactMerge, keeper: Contact | None) -> list[int]:
    """End what one person cannot have twice; the identities that were ended."""
    survivor, absorbed = merge.survivor, merge.absorbed
    ending: list[Identity] = []
    if keeper is not None:
        other = absorbed if keeper == survivor else survivor
        ending += _current(other)
    usernames = Identity.objects.filter(
        contact__in=(survivor, absorbed), kind=IdentityKind.USERNAME, ended_at=None
    ).order_by("first_seen_at", "pk")
    ending += list(usernames)[:-1]
    Identity.objects.filter(pk__in=_pks(ending)).update(ended_at=merge.merged_at)
    return _pks(ending)


def _revive(merge: ContactMerge, locked: set[UUID]) -> None:
    """What the merge ended goes on, unless somebody else has it meanwhile."""
    ended = Identity.objects.filter(
        pk__in=merge.moved["ended"], ended_at=merge.merged_at, contact__in=locked
    )
    for row in ended.order_by("pk"):
        others = Identity.objects.filter(kind=row.kind, ended_at=None)
        taken = others.filter(contact=row.contact_id)
        if row.kind == IdentityKind.PARENT_BSUID:
            taken = others.filter(match_key=row.match_key)
        elif row.kind != IdentityKind.USERNAME:
            taken = taken | others.filter(match_key=row.match_key)
        if not taken.exists():
            row.ended_at = None
            # Somebody may take it at this very moment: then it is theirs.
            with suppress(IntegrityError), transaction.atomic():
                row.save(update_fields=["ended_at"])


def _take_over_name(merge: ContactMerge) -> None:
    """The survivor keeps name, language and so on; what it has not, it takes over."""
    survivor, absorbed = merge.survivor, merge.absorbed
    for field in _PROFILE:
        if not getattr(survivor, field) and getattr(absorbed, field):
            merge.moved[field] = getattr(absorbed, field)
            setattr(survivor, field, getattr(absorbed, field))
    survivor.save(update_fields=[*_PROFILE, "updated_at"])


def _give_back_name(merge: ContactMerge, together: Contact) -> None:
    for field in _PROFILE:
        if field in merge.moved and getattr(together, field) == merge.moved[field]:
            setattr(together, field, "")
    together.save(update_fields=[*_PROFILE, "updated_at"])


def _with_what_was_learned(pks: Iterable[int]) -> set[int]:
    """These identities, and those that were learned together with one of them."""
    found = set(pks)
    fresh = found
    while fresh:
        rows = Identity.objects.filter(learned_with__in=fresh).values_list("pk", flat=True)
        fresh = set(rows) - found
        found |= fresh
    return found


def _current(contact: Contact) -> list[Identity]:
    """What the contact is recognised by at present."""
    return list(contact.identities.filter(ended_at=None, kind__in=RECOGNISING_KINDS))


def _keys(rows: list[Identity], kind: str) -> set[str]:
    return {row.match_key for row in rows if row.kind == kind}


def _pks(rows: Iterable[Identity]) -> list[int]:
    return [row.pk for row in rows]


def _patiently(work: Callable[[], T]) -> T:
    """Do `work`, again after a deadlock; inside a transaction only its owner can do that."""
    for attempt in range(1, TRIES + 1):
        try:
            return work()
        except OperationalError as error:
            deadlock = isinstance(error.__cause__, psycopg.errors.DeadlockDetected)
            if connection.in_atomic_block or not deadlock or attempt == TRIES:
                raise
            log.info("contact.merge_again attempt=%s", attempt)
    raise AssertionError("unreachable")
