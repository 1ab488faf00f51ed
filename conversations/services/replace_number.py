"""Another number of ours takes the place of one that was banned or given up.

`begin_replacement` says so: from then on nothing leaves from the old number, and what still
arrives at it lands in the threads of the new one (`locking.newest_conversations`). The threads
follow in chunks of customers, one transaction each (`move_threads`). What is left to do is what
still hangs on the old number, so it may be killed anywhere, run twice at once and run again; beat
looks every minute.

A thread moves with all that is in it. Where the customer has an open one on the new number too,
the newer goes on, as in a merge of contacts. The 24-hour window belongs to number and customer: it
stays behind, and a thread gets the one that the customer has on the new number, or none. What was
queued is blocked, for it would leave from another number than it was written on. Messages and
consents keep the number they were sent from and given to.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from consent.models import ConsentRecord
from contacts.family import lock_contacts
from conversations.errors import CannotReplace
from conversations.events import draft, nudge, record_all
from conversations.models import (
    BusinessNumber,
    Conversation,
    Event,
    EventName,
    Message,
    MessageTemplate,
    Reason,
    Status,
    TemplateStatus,
)
from conversations.services.joining import newer_first, resolve_into
from conversations.services.statuses import status_event
from conversations.sets import update_many

log = logging.getLogger(__name__)

MOVE_TASK = "conversations.move_threads"
# Customers of one transaction: few enough that none of them waits for long.
CHUNK = 50
_WINDOW = ("window_expires_at", "free_entry_expires_at")


@dataclass(frozen=True)
class Preview:
    """What replacing a number would do, in numbers."""

    contacts: int
    open_threads: int
    resolved_threads: int
    meeting: int  # customers with an open thread on both numbers
    queued: int
    on_their_way: int
    consents: int
    templates: int
    templates_missing: int  # approved ones that the new number's account lacks


def preview(old: BusinessNumber, new: BusinessNumber) -> Preview:
    """What `begin_replacement` would set going; changes nothing."""
    threads = Conversation.objects.filter(business_number=old)
    found = threads.aggregate(
        contacts=Count("contact", distinct=True),
        all=Count("pk"),
        resolved=Count("pk", filter=Q(status=Conversation.Status.RESOLVED)),
    )
    unresolved = ~Q(status=Conversation.Status.RESOLVED)
    there = Conversation.objects.filter(unresolved, business_number=new).values("contact")
    waiting = Message.objects.filter(business_number=old)
    approved = MessageTemplate.objects.filter(
        business_numbers=old, status=TemplateStatus.APPROVED
    ).values_list("name", "language")
    here = set(
        MessageTemplate.objects.filter(
            business_numbers=new, status=TemplateStatus.APPROVED
        ).values_list("name", "language")
    )
    wanted = set(approved)
    return Preview(
        contacts=found["contacts"],
        open_threads=found["all"] - found["resolved"],
        resolved_threads=found["resolved"],
        meeting=threads.filter(unresolved, contact__in=there).count(),
        queued=waiting.filter(status=Status.QUEUED).count(),
        on_their_way=waiting.filter(status__in=(Status.SENDING, Status.UNCONFIRMED)).count(),
        consents=ConsentRecord.objects.filter(business_number=old.phone_number).count()
        if old.phone_number
        else 0,
        templates=len(wanted),
        templates_missing=len(wanted - here),
    )


def begin_replacement(old: BusinessNumber, new: BusinessNumber) -> bool:
    """Let `new` take the place of `old`; its threads follow. False when it has it already.

    Raises `CannotReplace` when either has been replaced by another meanwhile, or `new` is off.
    """
    with transaction.atomic():
        rows = BusinessNumber.objects.filter(pk__in=(old.pk, new.pk)).order_by("pk")
        found = {row.pk: row for row in rows.select_for_update(of=("self",), no_key=True)}
        if len(found) != 2:
            raise CannotReplace
        row, heir = found[old.pk], found[new.pk]
        if row.replaced_by_id not in (None, heir.pk):
            raise CannotReplace
        if heir.replaced_by_id is not None or not heir.is_active:
            raise CannotReplace
        fresh = row.replaced_by_id is None
        if fresh:
            row.replaced_by, row.replaced_at, row.is_active = heir, timezone.now(), False
            row.save(update_fields=["replaced_by", "replaced_at", "is_active"])
            log.info("number.replaced number=%s by=%s", row.pk, heir.pk)
        transaction.on_commit(lambda: nudge(MOVE_TASK))
    return fresh


def threads_left(number: BusinessNumber) -> int:
    """How many threads of a replaced number have not moved yet."""
    return Conversation.objects.filter(business_number=number).count()


def replaced_numbers() -> QuerySet[BusinessNumber]:
    """Replaced numbers that still have something to hand over."""
    left = Q(conversations__isnull=False)
    return BusinessNumber.objects.filter(left, replaced_by__isnull=False).distinct().order_by("pk")


def move_threads(chunks: int) -> bool:
    """Move threads of replaced numbers, at most so many chunks; whether some are left."""
    for number in replaced_numbers():
        while chunks > 0 and _move_chunk(number.pk):
            chunks -= 1
    return chunks <= 0 and replaced_numbers().exists()


def _move_chunk(number_id: int) -> int:
    """Move the threads of some customers; how many customers these were."""
    with transaction.atomic():
        heir = BusinessNumber.objects.get(pk=number_id).replaced_by_id
        assert heir is not None
        here = Conversation.objects.filter(business_number=number_id).order_by("contact_id")
        chosen = list(here.values_list("contact_id", flat=True).distinct()[:CHUNK])
        # Whoever stores a message of theirs holds them too: no thread is opened meanwhile.
        lock_contacts(set(chosen))
        rows = list(
            Conversation.objects.filter(contact__in=chosen, business_number__in=(number_id, heir))
            .select_for_update(of=("self",), no_key=True)
            .order_by("pk")
        )
        _move(rows, number_id, heir)
    if chosen:
        log.info("number.threads_moved number=%s to=%s customers=%s", number_id, heir, len(chosen))
    return len(chosen)


def _move(rows: list[Conversation], old: int, new: int) -> None:
    """Move those of the locked `rows` that are on the number `old`."""
    moving = [row for row in rows if row.business_number_id == old]
    by_customer: dict[UUID, list[Conversation]] = defaultdict(list)
    for row in rows:
        by_customer[row.contact_id].append(row)
    now = timezone.now()
    events: list[Event] = []
    for row in moving:
        _take_window(row, by_customer[row.contact_id], new)
        if not row.is_resolved:
            data: dict[str, object] = {"from_number": old, "to_number": new}
            events.append(draft(EventName.CONVERSATION_MOVED, row, data=data))
    record_all(events)
    for found in by_customer.values():
        unresolved = [row for row in found if not row.is_resolved]
        if len(unresolved) == 2:
            winner, loser = newer_first(*unresolved)
            resolve_into(winner, loser, now, None)
    _block_queued(moving, old)
    for row in moving:
        row.business_number_id = new
    update_many(moving, ("business_number", *_WINDOW))


def _take_window(row: Conversation, all_of_them: list[Conversation], new: int) -> None:
    """The window that the customer has on the new number, if they ever wrote there."""
    there = [other for other in all_of_them if other.business_number_id == new]
    for field in _WINDOW:
        ends: list[datetime] = [at for other in there if (at := getattr(other, field))]
        setattr(row, field, max(ends, default=None))


def _block_queued(moving: list[Conversation], old: int) -> None:
    """What waits to leave from the old number never will. What is on its way is settled as usual,
    and blocked by policy should it be tried again."""
    by_id = {row.pk: row for row in moving}
    waiting = Message.objects.filter(
        conversation__in=list(by_id), business_number=old, status=Status.QUEUED
    )
    rows = list(waiting.select_for_update(of=("self",), no_key=True).order_by("pk"))
    for message in rows:
        message.conversation = by_id[message.conversation_id]
        message.status, message.retry_at = Status.BLOCKED, None
        message.status_reason, message.status_detail = Reason.NUMBER_UNAVAILABLE, ""
    update_many(rows, ("status", "status_reason", "status_detail", "retry_at"))
    record_all([event for row in rows if (event := status_event(row))])
