"""Consents that nobody has stirred for too long: the ledger says `expired`, and the gate refuses.

Topics come before their purpose in general, because an end in general ends every topic that was
agreed to before it: it waits until none of the person's topics is in force.
"""

from __future__ import annotations

import calendar
import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from consent.ledger import Entry, append
from consent.models import Act, Clock, ConsentRecord, ConsentState, Source
from consent.processing import months_by_topic
from consent.retention import retention
from consent.states import IN_FORCE
from contacts.family import hold_contacts
from contacts.models import Contact

log = logging.getLogger(__name__)

_AT_ONCE = 500
# Meta delivers again for a week.
STILL_UNDER_WAY = timedelta(days=7)
# What shows that somebody is still there: an act of their own, not of ours or of a rule.
_NO_ACT_OF_THEIRS = (Act.EXPIRED, Act.ERASED, Act.INFORMED)


def expire_consents(at: datetime | None = None) -> int:
    """Write `expired` for what is due at `at`; how many entries. Twice writes nothing twice."""
    now = at or timezone.now()
    return sum(_expire(page, months, now) for rows, months in _due(now) for page in _pages(rows))


def months_before(moment: datetime, months: int) -> datetime:
    """The same day so many months ago, or the last one of that month."""
    local = timezone.localtime(moment)
    year, month = divmod(local.year * 12 + local.month - 1 - months, 12)
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day)


def _due(now: datetime) -> Iterator[tuple[QuerySet[ConsentState], int]]:
    """States that are old enough by the rule of their topic, and after how many quiet months. What
    is in general comes last."""
    general, topics = months_by_topic()
    in_force = ConsentState.objects.filter(act__in=IN_FORCE)
    for (purpose, topic), months in topics.items():
        if months is not None:
            yield _older(in_force.filter(purpose=purpose, topic=topic), months, now)
    for purpose, months in general.items():
        own = [topic for (of, topic) in topics if of == purpose]
        if months is not None:
            rows = in_force.filter(purpose=purpose).exclude(topic__in=own)
            yield _older(rows.exclude(topic=""), months, now)
            yield _older(rows.filter(topic=""), months, now)


def _older(
    rows: QuerySet[ConsentState], months: int, now: datetime
) -> tuple[QuerySet[ConsentState], int]:
    return rows.filter(occurred_at__lt=months_before(now, months)), months


def _pages(rows: QuerySet[ConsentState]) -> Iterator[list[ConsentState]]:
    last = 0
    while page := list(
        rows.filter(pk__gt=last).select_related("contact", "record").order_by("pk")[:_AT_ONCE]
    ):
        yield page
        last = page[-1].pk


def _expire(page: Sequence[ConsentState], months: int, now: datetime) -> int:
    """One transaction. Contacts are held, so that nobody is merged meanwhile; states are locked,
    so that whoever renews or withdraws at this moment comes before us or after."""
    limit = months_before(now, months)
    with transaction.atomic():
        hold_contacts({state.contact_id for state in page})
        locked = set(
            ConsentState.objects.filter(
                pk__in=[state.pk for state in page], record__in=[state.record_id for state in page]
            )
            .select_for_update(of=("self",), skip_locked=True)
            .values_list("pk", flat=True)
        )
        quiet = _quiet([state for state in page if state.pk in locked], limit)
        written = append([_entry(state, _ended_at(state, months, now)) for state in quiet])
    if written:
        log.info("consent.expired count=%s", len(written))
    return len(written)


def _quiet(page: Sequence[ConsentState], limit: datetime) -> list[ConsentState]:
    """Without those whose person was heard of since `limit`, or still has topics in force."""
    family = _families({state.contact.survivor_id for state in page})
    alive = _alive(family, limit)
    subscribed = set(
        ConsentState.objects.filter(contact__in=family, act__in=IN_FORCE)
        .exclude(topic="")
        .values_list("contact_id", "purpose")
    )
    topics = {(family[contact], purpose) for contact, purpose in subscribed}
    return [
        state
        for state in page
        if state.contact.survivor_id not in alive
        and (state.topic or (state.contact.survivor_id, state.purpose) not in topics)
    ]


def _families(survivors: Iterable[UUID]) -> dict[UUID, UUID]:
    """Each contact of these people, and who it is."""
    people = set(survivors)
    rows = Contact.objects.filter(Q(pk__in=people) | Q(merged_into__in=people))
    return {contact.pk: contact.survivor_id for contact in rows.only("merged_into")}


def _alive(family: dict[UUID, UUID], limit: datetime) -> set[UUID]:
    """Which of these people were heard of since then."""
    acted = ConsentRecord.objects.filter(contact__in=family, occurred_at__gte=limit)
    heard = set(acted.exclude(act__in=_NO_ACT_OF_THEIRS).values_list("contact_id", flat=True))
    for life in retention.lives:
        heard |= life(family, limit)
    return {family[contact] for contact in heard}


def _ended_at(state: ConsentState, months: int, now: datetime) -> datetime:
    """When the time ran out, but not before what may still be under way to us: what the person
    sent since then decides, also when it arrives after the entry is written."""
    return min(now, max(months_before(state.occurred_at, -months), now - STILL_UNDER_WAY))


def _entry(state: ConsentState, ended_at: datetime) -> Entry:
    return Entry(
        contact=state.contact,
        purpose=state.purpose,
        topic=state.topic,
        act=Act.EXPIRED,
        source=Source.SYSTEM,
        occurred_at=ended_at,
        clock=Clock.OURS,
        business_number=state.record.business_number,
        reference=f"expired:{state.record_id}",
    )
