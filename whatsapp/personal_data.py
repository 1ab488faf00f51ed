"""What the tables of this room hold, and how a person is taken out of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from consent.personal_data import DONE, NotYet, Person, Portion, Step, Table, fields, registry
from conversations.models import EarlyStatus, Message
from whatsapp import tolerant_json
from whatsapp.cutting import Traits, cut, named_in, wamids_in
from whatsapp.limits import limiter
from whatsapp.models import (
    ConnectionCheck,
    EventState,
    LatestNews,
    WebhookEvent,
    WhatsAppAccount,
    WhatsAppNumber,
)

_AT_ONCE = 500
_BYTES_AT_ONCE = 8 * 1024 * 1024
# What the cutting of webhooks remembers: how far it is, up to where everything is old, and which
# of the old ones were not processed yet at the parting.
_AT, _OLD, _PENDING = "webhooks_at", "webhooks_old", "webhooks_pending"


def register() -> None:
    """Called once, when Django is ready."""
    registry.add(*_tables())
    registry.add(
        Step(100, "webhooks", _("raw webhooks to look through"), _count_webhooks, cut_webhooks),
        Step(110, "early", _("early statuses"), _count_early, _erase_early),
        Step(120, "limits", _("counters of WhatsApp's limits"), _nothing, _forget_limits),
    )
    registry.halts.append(_remember_what_is_new)


def _tables() -> Iterator[Table]:
    yield Table(
        WhatsAppNumber,
        fields(
            technical="businessnumber_ptr_id phone_number_id waba_id templates_synced_at"
            " verified_name quality throughput messaging_limit platform_status name_status can_send"
            " health checked_at username is_coexistent",
            secret="access_token",  # noqa: S106 (a field's name)
        ),
    )
    yield Table(
        WhatsAppAccount,
        fields(
            technical="id waba_id name portfolio_id can_send review_status restrictions health"
            " max_numbers messaging_limit checked_at"
        ),
    )
    yield Table(
        ConnectionCheck, fields(technical="id number_id name found code params since checked_at")
    )
    yield Table(LatestNews, fields(technical="subject at digest"))
    yield Table(
        WebhookEvent,
        fields(
            person="body",
            technical="id received_at state reason trace phone_number_id fields attempts is_bulk"
            " processed_at retry_at",
        ),
        export=_exported_webhooks,
    )
    yield Table(
        EarlyStatus,
        fields(
            person="wamid status reason detail pricing occurred_at",
            technical="id business_number_id created_at",
        ),
        lambda person: EarlyStatus.objects.filter(pk__in=_early(person)),
    )


# -- Raw bodies -----------------------------------------------------------------------------------


def _remember_what_is_new(person: Person) -> None:
    """At the parting: what is not processed yet belongs, if it is a message, to a new contact."""
    newest = WebhookEvent.objects.aggregate(newest=Max("pk"))["newest"] or 0
    waiting = WebhookEvent.objects.filter(pk__lte=newest, state=EventState.PENDING)
    person.notes[_OLD] = newest
    person.notes[_PENDING] = list(waiting.values_list("pk", flat=True))
    person.notes[_AT] = 0


def _count_webhooks(_person: Person) -> int:
    return WebhookEvent.objects.count()


def cut_webhooks(person: Person) -> Portion:
    """Look through the next bodies, and cut out what is the person's; others' items stay.

    Of what was not processed at the parting, and of what came since, only what belongs to their
    erased messages: the rest is a new contact's.
    """
    ids = _next_events(person.notes.get(_AT, 0))
    if not ids:
        return DONE
    gone = 0
    rows = WebhookEvent.objects.filter(pk__in=ids).select_for_update(of=("self",)).order_by("pk")
    pending = set(person.notes.get(_PENDING, ()))
    old = person.notes.get(_OLD, 0)
    found = list(rows)
    theirs = wamids_of(person, found)
    for event in found:
        is_new = event.pk > old or event.pk in pending
        if event.state == EventState.PENDING and is_new and event.pk in pending:
            raise NotYet  # it is being processed; then it is known whose its messages are
        wamids = theirs & wamids_in(bytes(event.body))
        ids_of_theirs = frozenset() if is_new else person.ids
        gone += cut_out(event, Traits(ids_of_theirs, wamids))
    person.notes[_AT] = ids[-1]
    return Portion(len(ids), gone)


def _next_events(after: int) -> list[int]:
    rows = WebhookEvent.objects.filter(pk__gt=after).order_by("pk")
    ids: list[int] = []
    size = 0
    for pk, length in rows.values_list("pk", Length("body"))[:_AT_ONCE]:
        size += length
        if ids and size > _BYTES_AT_ONCE:
            break
        ids.append(pk)
    return ids


def wamids_of(person: Person, events: list[WebhookEvent]) -> set[str]:
    """Which of the wamids in these bodies are of the person's messages."""
    named: set[str] = set().union(*(wamids_in(bytes(event.body)) for event in events))
    rows = Message.objects.filter(wamid__in=named, conversation__contact__in=person.contacts)
    return {wamid for wamid in rows.values_list("wamid", flat=True) if wamid}


def cut_out(event: WebhookEvent, traits: Traits) -> int:
    """1 when something of the body went, or all of it."""
    if not _may_hold(bytes(event.body), traits):
        return 0
    try:
        body = tolerant_json.loads(bytes(event.body))
    except (tolerant_json.NotJson, tolerant_json.TooDeep):
        event.delete()  # nobody can read it, and one of their ids stands in it
        return 1
    rest, taken = cut(body, traits)
    if not taken:
        return 0
    if rest is None:
        event.delete()
    else:
        event.body = json.dumps(rest, ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "surrogatepass"
        )
        event.save(update_fields=["body"])
    return 1


def parts_of(event: WebhookEvent, traits: Traits) -> list[object]:
    """What of a body is the person's; nothing when it cannot be read."""
    if not _may_hold(bytes(event.body), traits):
        return []
    try:
        body = tolerant_json.loads(bytes(event.body))
    except (tolerant_json.NotJson, tolerant_json.TooDeep):
        return []
    return cut(body, traits)[1]


def _may_hold(body: bytes, traits: Traits) -> bool:
    """A quick look, before a body is parsed: ids as they are, or written with escapes."""
    if traits.wamids or b"\\u00" in body:
        return True
    if any(one.encode() in body for one in traits.ids):
        return True
    return bool(traits.ids) and any(
        name in traits.ids for wamid in wamids_in(body) for name in named_in(wamid)
    )


def _exported_webhooks(person: Person) -> Iterator[dict[str, Any]]:
    """What is the person's in raw bodies."""
    at = 0
    while ids := _next_events(at):
        with transaction.atomic():
            events = list(WebhookEvent.objects.filter(pk__in=ids).order_by("pk"))
            theirs = wamids_of(person, events)
        for event in events:
            traits = Traits(person.ids, theirs & wamids_in(bytes(event.body)))
            if taken := parts_of(event, traits):
                yield {"id": event.pk, "received_at": event.received_at, "parts": taken}
        at = ids[-1]


# -- Statuses that came early, and counters -------------------------------------------------------


def _early(person: Person) -> list[int]:
    """A wamid says whom a message was for; the table is small, it is emptied by itself."""
    theirs = Message.objects.filter(conversation__contact__in=person.contacts)
    known = EarlyStatus.objects.filter(wamid__in=theirs.exclude(wamid=None).values("wamid"))
    found = set(known.values_list("pk", flat=True))
    ids = person.ids
    for pk, wamid in EarlyStatus.objects.values_list("pk", "wamid").iterator():
        if any(name in ids for name in named_in(wamid)):
            found.add(pk)
    return sorted(found)


def _count_early(person: Person) -> int:
    return len(_early(person))


def _erase_early(person: Person) -> Portion:
    gone = EarlyStatus.objects.filter(pk__in=_early(person)).delete()[0]
    return Portion(gone, gone)


def _nothing(_person: Person) -> int:
    return 0


def _forget_limits(person: Person) -> Portion:
    """Redis counts for contacts by their ids: what is counted stays counted, for nobody."""
    numbers = list(WhatsAppNumber.objects.values_list("pk", flat=True))
    limiter().forget_contacts([str(pk) for pk in person.contacts], numbers)
    return DONE
