"""What this room keeps for a time: raw webhooks, and statuses that nobody knows yet."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from consent.holds import kept_contacts
from consent.keepers import before
from consent.measures import Measure, measures
from consent.personal_data import Person
from consent.retention import Kind, Limits, Rows, limits_of, retention
from contacts.models import Contact
from conversations.models import EarlyStatus
from conversations.services.forget import also_forget
from whatsapp.cutting import Traits, named_in, wamids_in
from whatsapp.models import EventState, WebhookEvent
from whatsapp.personal_data import cut_out, parts_of, wamids_of

# Meta delivers again for a week: what came must be known for longer.
FEWEST_DAYS = 8
_DEALT_WITH = (EventState.PROCESSED, EventState.UNUSABLE)


def register() -> None:
    """Called once, when Django is ready."""
    retention.add(
        Kind(
            "webhooks",
            10,
            _("Raw data from WhatsApp (webhooks)"),
            _webhooks,
            days=90,
            least=FEWEST_DAYS,
            effective=days_of_webhooks,
            note=_(
                "No longer than the shortest time of contents and media, of which they tell, too."
                " What failed or waits stays until it is seen to."
            ),
        ),
        Kind("early", 20, _("Statuses of unknown messages"), _early, days=7),
    )
    also_forget.append(_cut_emptied)
    measures.extend(
        (
            Measure(_("Access tokens of WhatsApp are stored encrypted."), lambda: True),
            Measure(_("Only what WhatsApp has signed is taken in (HMAC)."), lambda: True),
        )
    )


def days_of_webhooks(limits: Limits) -> int | None:
    """As their own rule says, and never longer than what they say is kept elsewhere."""
    said = (limits.general, limits_of("text").shortest, limits_of("media").shortest)
    days = min((one for one in said if one is not None), default=None)
    return None if days is None else max(days, FEWEST_DAYS)


def _due_webhooks(limits: Limits, at: datetime) -> QuerySet[WebhookEvent]:
    rows = WebhookEvent.objects.filter(state__in=_DEALT_WITH).annotate(since=F("received_at"))
    limit = before(at, days_of_webhooks(limits))
    return rows.none() if limit is None else rows.filter(received_at__lt=limit)


def _due_early(limits: Limits, at: datetime) -> QuerySet[EarlyStatus]:
    rows = EarlyStatus.objects.annotate(since=F("created_at"))
    limit = before(at, limits.general)
    return rows.none() if limit is None else rows.filter(created_at__lt=limit)


def _remove(rows: list[Any]) -> None:
    type(rows[0])._default_manager.filter(pk__in=[row.pk for row in rows]).delete()


# -- Who is kept: only the content tells ----------------------------------------------------------


def _kept_people() -> list[Person]:
    """One for each person of whom nothing may go."""
    rows = Contact.objects.filter(pk__in=kept_contacts(), merged_into=None)
    return [Person.of(contact) for contact in rows]


def _spared_webhooks(events: list[WebhookEvent]) -> set[int]:
    """Bodies with something of somebody who is kept in them stay as they are. However many are
    kept, each body is read once: looked for as if they were one."""
    people = _kept_people()
    everybody = Person(
        tuple(pk for person in people for pk in person.contacts),
        tuple(one for person in people for one in person.identifiers),
    )
    ids, theirs = everybody.ids, wamids_of(everybody, events)
    return {
        event.pk
        for event in events
        if parts_of(event, Traits(ids, theirs & wamids_in(bytes(event.body))))
    }


def _spared_early(rows: list[EarlyStatus]) -> set[int]:
    ids = frozenset[str]().union(*(person.ids for person in _kept_people()))
    return {row.pk for row in rows if any(name in ids for name in named_in(row.wamid))}


_webhooks = Rows(_due_webhooks, _remove, spared=_spared_webhooks, at_once=1000)
_early = Rows(_due_early, _remove, spared=_spared_early, at_once=1000)


# -- Bodies that wait longer than what they hold --------------------------------------------------


def _cut_emptied(wamids: Collection[str]) -> None:
    """What failed in part still waits for somebody; the messages of it that were stored, and are
    empty now, go from there, too."""
    emptied = frozenset(wamids)
    left = WebhookEvent.objects.exclude(state__in=(*_DEALT_WITH, EventState.PENDING))
    for event in left.select_for_update(of=("self",), skip_locked=True).order_by("pk"):
        if found := emptied & wamids_in(bytes(event.body)):
            cut_out(event, Traits(wamids=found))
