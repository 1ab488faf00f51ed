"""What becomes of a request: entered, approved, begun, ended. Each a verb, and one transaction."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy
from kombu.exceptions import OperationalError as BrokerError

from accounts.models import Agent
from consent.gate import is_restricted, moment_for, topics_agreed_to
from consent.ledger import Entry, append, consents_ended
from consent.models import Act, Clock, Purpose, Source
from consent.models.data_request import (
    MOVES,
    OPEN,
    DataRequest,
    RequestKind,
    RequestState,
    a_month_after,
)
from consent.personal_data import Person, registry
from consent.refused import Refused
from contacts.family import family_of, lock_contacts
from contacts.models import Contact

log = logging.getLogger(__name__)

RUN_TASK = "consent.run_request"
PERMISSION = "consent.handle_datarequest"


class RightsRefused(Refused):
    """A request cannot be moved on now."""


_GONE = gettext_lazy("This contact is not there any more.")
_TWO = gettext_lazy("Somebody else than who entered this erasure must approve it.")
_MOVED_ON = gettext_lazy("The request has moved on meanwhile; please look again.")
_ALREADY = gettext_lazy("There is an open request of this kind for this contact already.")
_BUSY = gettext_lazy("Another request of this contact is under way.")
_WHY = gettext_lazy("A refusal needs a reason.")


def ask(
    contact: Contact, kind: str, by: Agent | None, note: str = "", asked_at: datetime | None = None
) -> DataRequest:
    """Enter a request, which is due within a month; `by` None: the customers themselves.

    Raises `RightsRefused` when one of its kind is open.
    """
    moment = asked_at or timezone.now()
    try:
        with transaction.atomic():
            rows = Contact.objects.select_for_update(of=("self",), no_key=True)
            held = rows.filter(pk=contact.pk).first()
            if held is None:
                raise RightsRefused(_GONE)
            if kind == RequestKind.RESTRICTION and is_restricted(held):
                raise RightsRefused(_ALREADY)
            request = DataRequest.objects.create(
                kind=kind,
                contact_id=held.survivor_id,
                note=note,
                asked_at=moment,
                due_at=a_month_after(moment),
                asked_by=by,
                needs_two=_needs_two(kind),
            )
    except IntegrityError as error:
        raise RightsRefused(_ALREADY) from error
    log.info("data_request.asked request=%s kind=%s", request.pk, kind)
    return request


def approve(request: DataRequest, by: Agent | None) -> DataRequest:
    """Say that it is to be done; `by` None: nobody has to, the customers asked on their own page.

    An erasure under four eyes needs an agent, and another one than who entered it.
    """
    with transaction.atomic():
        held = _hold(request, RequestState.APPROVED)
        held.needs_two = held.needs_two or _needs_two(held.kind)
        if held.needs_two and (by is None or held.asked_by_id == by.pk):
            raise RightsRefused(_TWO)
        held.approved_by, held.approved_at = by, timezone.now()
        return _move(held, RequestState.APPROVED)


def refuse(request: DataRequest, by: Agent, reason: str) -> DataRequest:
    """Decline it, with the reason that the person is told."""
    if not reason.strip():
        raise RightsRefused(_WHY)
    with transaction.atomic():
        held = _hold(request, RequestState.REFUSED)
        # An erasure that has begun is brought to its end: half a person helps nobody.
        if held.keys:
            raise RightsRefused(_MOVED_ON)
        held.refused_by, held.reason, held.ended_at = by, reason.strip(), timezone.now()
        return _move(held, RequestState.REFUSED)


def start(request: DataRequest, by: Agent | None) -> DataRequest:
    """Begin the work; what nobody has approved is approved by whoever begins it, if one may.
    `by` None: the customers themselves.

    Restrictions and objections are done at once, the others by a worker. `RightsRefused` when
    something is in the way.
    """
    if request.state == RequestState.ASKED:
        request = approve(request, by)
    try:
        with transaction.atomic():
            held = _hold(request, RequestState.RUNNING)
            contact = Contact.objects.filter(pk=held.contact_id).first()
            if contact is None and not held.keys:
                raise RightsRefused(_GONE)
            if contact is not None:
                held.contact_id = contact.survivor_id  # merged since it was asked
                _look_for_obstacles(held, contact)
            held.started_at = held.started_at or timezone.now()
            held.worked_at, held.error = timezone.now(), ""
            _move(held, RequestState.RUNNING)
            if contact is not None and held.kind in _AT_ONCE:
                _AT_ONCE[RequestKind(held.kind)](held, contact, by)
                finish(held)
                consents_ended.send(sender=None, contacts={contact.pk})
            else:
                transaction.on_commit(lambda: hand_over(held.pk))
            return held
    except IntegrityError as error:
        raise RightsRefused(_BUSY) from error


def erase_by_rule(contact: Contact) -> DataRequest:
    """Begin an erasure because its time has come; the caller holds the contact."""
    now = timezone.now()
    request = DataRequest.objects.create(
        kind=RequestKind.ERASURE,
        state=RequestState.RUNNING,
        contact_id=contact.pk,
        by_rule=True,
        asked_at=now,
        due_at=a_month_after(now),
        approved_at=now,
        started_at=now,
        worked_at=now,
    )
    log.info("data_request.begun_by_rule request=%s", request.pk)
    transaction.on_commit(lambda: hand_over(request.pk))
    return request


def finish(request: DataRequest) -> DataRequest:
    """It is done; the row is the caller's, locked."""
    request.ended_at, request.keys, request.step = timezone.now(), {}, ""
    return _move(request, RequestState.DONE)


def fail(request_id: UUID, error: str) -> None:
    """The work came to an error that nobody foresaw; an admin may begin it again."""
    with transaction.atomic():
        held = DataRequest.objects.select_for_update().get(pk=request_id)
        if held.state == RequestState.RUNNING:
            held.error = error[:200]
            _move(held, RequestState.FAILED)


def lift(request: DataRequest, by: Agent | None) -> DataRequest:
    """End a restriction; `by` None: the customers themselves. `RightsRefused` when it is none, or
    over."""
    with transaction.atomic():
        held = DataRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
        if not held.is_in_force:
            raise RightsRefused(_MOVED_ON)
        held.lifted_at, held.lifted_by = timezone.now(), by
        held.save(update_fields=["lifted_at", "lifted_by"])
    log.info("data_request.lifted request=%s", held.pk)
    return held


def hand_over(request_id: UUID, countdown_s: float = 0) -> None:
    """Have a worker do it; when the broker is away, the sweeper finds it."""
    try:
        current_app.send_task(RUN_TASK, args=(str(request_id),), countdown=countdown_s or None)
    except BrokerError:
        log.warning("data_request.not_handed_over request=%s", request_id)


def open_requests(contact: Contact) -> list[DataRequest]:
    """The person's requests that are not over, the most urgent first."""
    family = family_of(contact).values_list("pk", flat=True)
    return list(DataRequest.objects.filter(contact_id__in=list(family), state__in=OPEN))


def _needs_two(kind: str) -> bool:
    return kind == RequestKind.ERASURE and bool(settings.ERASURE_NEEDS_TWO)


def _hold(request: DataRequest, to: RequestState) -> DataRequest:
    """The row, locked; `RightsRefused` when it cannot move there (any more)."""
    held = DataRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if to not in MOVES[held.state]:
        raise RightsRefused(_MOVED_ON)
    return held


def _move(held: DataRequest, to: RequestState) -> DataRequest:
    held.state = to
    held.save()
    log.info("data_request.moved request=%s state=%s", held.pk, to)
    return held


def _look_for_obstacles(held: DataRequest, contact: Contact) -> None:
    family = list(family_of(contact).values_list("pk", flat=True))
    others = DataRequest.objects.filter(contact_id__in=family, state=RequestState.RUNNING)
    if others.exclude(pk=held.pk).exists():
        raise RightsRefused(_BUSY)
    if held.kind == RequestKind.ERASURE:
        lock_contacts(family)  # a legal hold that is being set comes before us, or after
        why = registry.obstacle_of(Person.of(contact))
        if why:
            raise RightsRefused(why)


def _restrict(held: DataRequest, contact: Contact, by: Agent | None) -> None:
    """The request itself is what the gate asks for: `gate.is_restricted`."""


def _object(held: DataRequest, contact: Contact, by: Agent | None) -> None:
    """End marketing in the ledger, in general and for each topic that was subscribed to."""
    now = moment_for(contact)
    append(
        [
            Entry(
                contact=contact,
                purpose=Purpose.MARKETING,
                topic=topic,
                act=Act.OBJECTED,
                source=Source.AGENT if by else Source.OWN_PAGE,
                occurred_at=now,
                clock=Clock.OURS,
                words=held.note,
                reference=f"request:{held.pk}",
                actor=f"agent:{by.pk}" if by else "",
            )
            for topic in ("", *topics_agreed_to(contact))
        ]
    )


_AT_ONCE = {RequestKind.RESTRICTION: _restrict, RequestKind.OBJECTION: _object}
