"""Legal holds: of whom nothing may go, whatever rules or requests say; and who is kept besides.

Whoever sets a hold locks all contacts of the person; whoever removes something shares that lock and
looks again with it in hand. So what was removed was removed before the hold, or not at all.
"""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent
from consent.models.data_request import DataRequest, RequestKind, RequestState
from consent.models.retention import LegalHold
from consent.personal_data import Person, registry
from consent.refused import Refused
from contacts.family import family_of, lock_contacts
from contacts.models import Contact, ContactMerge
from contacts.signals import merge_undone

log = logging.getLogger(__name__)

_GONE = _("This contact is not there any more.")
_WHY = _("A legal hold needs a reason.")
_ALREADY = _("This contact is under a legal hold already.")
_GOING = _("This contact is being erased; it is too late for a legal hold.")
_LIFTED = _("This legal hold is lifted already.")
_BEGUN = (RequestState.RUNNING, RequestState.FAILED)


def connect() -> None:
    """Called once, when Django is ready."""
    registry.obstacles.append(why_held)
    merge_undone.connect(_hold_both, dispatch_uid="consent.holds.split")


def set_hold(contact: Contact, reason: str, by: Agent) -> LegalHold:
    """From now on nothing of the person goes; `Refused` with a sentence when it cannot be."""
    if not reason.strip():
        raise Refused(_WHY)
    with transaction.atomic():
        family = _locked_family(contact)
        survivor = next((one for one in family.values() if not one.merged_into_id), None)
        if survivor is None:
            raise Refused(_GONE)
        if holds_in_force().filter(contact_id__in=family).exists():
            raise Refused(_ALREADY)
        going = DataRequest.objects.filter(
            contact_id__in=family, kind=RequestKind.ERASURE, state__in=_BEGUN
        )
        if going.exists():
            raise Refused(_GOING)
        try:
            with transaction.atomic():
                hold = LegalHold.objects.create(
                    contact_id=survivor.pk, reason=reason.strip(), set_at=timezone.now(), set_by=by
                )
        except IntegrityError as error:
            raise Refused(_ALREADY) from error
    log.info("legal_hold.set hold=%s contact=%s agent=%s", hold.pk, survivor.pk, by.pk)
    return hold


def lift_hold(hold: LegalHold, by: Agent) -> LegalHold:
    """From now on the rules hold for the person again."""
    with transaction.atomic():
        held = LegalHold.objects.select_for_update(of=("self",)).get(pk=hold.pk)
        if not held.is_in_force:
            raise Refused(_LIFTED)
        held.lifted_at, held.lifted_by = timezone.now(), by
        held.save(update_fields=["lifted_at", "lifted_by"])
    log.info("legal_hold.lifted hold=%s agent=%s", held.pk, by.pk)
    return held


def holds_in_force() -> QuerySet[LegalHold]:
    return LegalHold.objects.filter(lifted_at=None)


def hold_of(contact: Contact) -> LegalHold | None:
    """The hold that keeps the person, whichever of their contacts it was set for."""
    family = family_of(contact).values_list("pk", flat=True)
    return holds_in_force().filter(contact_id__in=list(family)).select_related("set_by").first()


def why_held(person: Person) -> str:
    """Why the person cannot be erased; "" when nothing is in the way."""
    hold = holds_in_force().filter(contact_id__in=person.contacts).first()
    if hold is None:
        return ""
    since = date_format(timezone.localtime(hold.set_at), "SHORT_DATE_FORMAT")
    return gettext(
        "This contact has been under a legal hold since %(date)s: nothing may be erased until it"
        " is lifted."
    ) % {"date": since}


def kept_contacts() -> QuerySet[Any]:
    """Contacts of which nothing may be removed, by id: those on hold, and those whose data are
    restricted (Art. 18 GDPR), with all that are the same person."""
    named = _named()
    return (
        Contact.objects.annotate(person=Coalesce("merged_into_id", "id"))
        .filter(person__in=_survivors(named))
        .values("pk")
    )


def anybody_kept() -> bool:
    """Whether there is anybody to look out for."""
    return any(rows.exists() for rows in _named())


def _named() -> tuple[QuerySet[Any], QuerySet[Any]]:
    restricted = DataRequest.objects.filter(
        kind=RequestKind.RESTRICTION, state=RequestState.DONE, lifted_at=None
    )
    return holds_in_force().values("contact_id"), restricted.values("contact_id")


def _survivors(named: tuple[QuerySet[Any], QuerySet[Any]]) -> QuerySet[Any]:
    held, restricted = named
    rows = Contact.objects.filter(pk__in=held.union(restricted, all=True))
    return rows.annotate(person=Coalesce("merged_into_id", "id")).values("person")


def _locked_family(contact: Contact) -> dict[UUID, Contact]:
    """All contacts of the person, locked; asked again until nobody merged or split meanwhile."""
    while True:
        seen = set(family_of(_fresh(contact)).values_list("pk", flat=True))
        locked = lock_contacts(seen)
        if set(family_of(_fresh(contact)).values_list("pk", flat=True)) == set(locked):
            return locked


def _fresh(contact: Contact) -> Contact:
    found = Contact.objects.filter(pk=contact.pk).first()
    if found is None:
        raise Refused(_GONE)
    return found


def _hold_both(merge: ContactMerge, together: Contact, **_kwargs: object) -> None:
    """Who is split from somebody on hold goes on being held: their data were meant, too."""
    hold = holds_in_force().filter(contact_id=together.pk).first()
    if hold is None or holds_in_force().filter(contact_id=merge.absorbed_id).exists():
        return
    LegalHold.objects.create(
        contact_id=merge.absorbed_id, reason=hold.reason, set_at=hold.set_at, set_by=hold.set_by
    )
