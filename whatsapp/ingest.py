"""Webhook events become rows: in order, exactly once, and no item stops its neighbours.

One process drains at a time, so that messages keep their order and locks are taken in one order;
everybody may try. The messages of a batch are stored as one set, then its statuses as another,
then the rest one by one; a set that fails is done one by one too. Everything can be done twice, so
a killed drainer leaves its events to be done again, with `attempts` counted before the work:
whoever kills the process every time is set aside in the end.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import psycopg
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Length
from django.utils import timezone

from whatsapp import tolerant_json
from whatsapp.echoes import mirror_set
from whatsapp.items import apply_set, fields_of, items_of, receive_set
from whatsapp.models import EventState, WebhookEvent, WhatsAppNumber
from whatsapp.traces import trace_of
from whatsapp.work import Item, Outcome, Result, Source

log = logging.getLogger(__name__)

# Events read at once, and items stored at once; an event may hold a thousand items.
BATCH = 250
# A history comes in bodies of megabytes; all of a batch are in memory at once, and taken apart.
BATCH_BYTES = 8 * 1024 * 1024
SET = 500
MAX_ATTEMPTS = 8
FIRST_WAIT_S = 3.0
WAIT_GROWS = 4  # eight attempts span half a day
_RETRIES = 3
_REASON_LENGTH = 2000

# Advisory lock numbers of this database: who drains, and who is next in line; the same for what
# is drained apart.
_LOCKS = {False: (0x57A0001, 0x57A0002), True: (0x57A0003, 0x57A0004)}

# The database asks to start the transaction again.
_TRANSIENT = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.LockNotAvailable,
)

_STATES = {
    Outcome.UNUSABLE: EventState.UNUSABLE,
    Outcome.KEPT: EventState.PROCESSED,
    Outcome.DONE: EventState.PROCESSED,
    Outcome.WAITING: EventState.WAITING,
    Outcome.UNKNOWN_NUMBER: EventState.UNKNOWN_NUMBER,
    Outcome.FAILED: EventState.FAILED,
}


def drain(max_s: float = 30.0, *, bulk: bool = False) -> int:
    """Process pending events until none is left, or for `max_s`; returns how many were taken.

    Those of a phone's history go by themselves (`bulk`), beside the others.

    Call outside a transaction. Returns at once when one process drains and another one already
    waits to be next: that one starts after now, so it sees whatever this caller was told of.
    """
    taken = 0
    end = time.monotonic() + max_s
    while time.monotonic() < end:
        with _turn(bulk) as mine:
            count = _drain_batch(bulk) if mine else 0
        if not count:
            break
        taken += count
    return taken


def wake_waiting(now: datetime | None = None) -> int:
    """Put events whose wait is over back in line."""
    due = WebhookEvent.objects.filter(state=EventState.WAITING, retry_at__lte=now or timezone.now())
    return due.update(state=EventState.PENDING)


def has_pending(*, bulk: bool = False) -> bool:
    return WebhookEvent.objects.filter(state=EventState.PENDING, is_bulk=bulk).exists()


@dataclass(frozen=True)
class _Verdict:
    """What an event ends as; `wait_s` seconds later it is looked at again."""

    state: EventState
    reason: str
    trace: str
    phone_number_id: str
    fields: str
    wait_s: float | None


@contextmanager
def _turn(bulk: bool) -> Iterator[bool]:
    """Wait for the turn to drain; False when somebody else is already waiting for it.

    Session locks: they outlive the transactions within, and end with a killed process.
    """
    draining, next_in_line = _LOCKS[bulk]
    if not _ask("pg_try_advisory_lock", next_in_line):
        yield False
        return
    try:
        _ask("pg_advisory_lock", draining)
    finally:
        _release(next_in_line)
    try:
        yield True
    finally:
        _release(draining)


def _ask(function: str, number: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [number])
        row = cursor.fetchone()
    return bool(row and row[0] is not False)


def _release(number: int) -> None:
    """Give a lock back; a broken connection has given it back already."""
    try:
        _ask("pg_advisory_unlock", number)
    except DatabaseError:
        log.warning("ingest.connection_lost")
        connection.close()


def _drain_batch(bulk: bool) -> int:
    """Claim and process one batch; how many events that were."""
    ids = _claim(bulk) if has_pending(bulk=bulk) else []
    if ids:
        _process_patiently(ids)
    return len(ids)


def _process_patiently(ids: list[int]) -> None:
    """Started anew when the database asks for it; what was done is then found done."""
    for attempt in range(1, _RETRIES + 1):
        try:
            _process(ids)
        except OperationalError as error:
            if attempt == _RETRIES or not isinstance(error.__cause__, _TRANSIENT):
                raise
            log.info("ingest.batch_again cause=%s", type(error.__cause__).__name__)
        else:
            return


def _claim(bulk: bool) -> list[int]:
    """The next events' ids, with this attempt counted and committed.

    One that was tried before goes alone: should it take the process down again, it takes no
    neighbour with it, and after `MAX_ATTEMPTS` it is set aside.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            # A lost count after a power cut does no harm.
            cursor.execute("SET LOCAL synchronous_commit = off")
        pending = WebhookEvent.objects.filter(state=EventState.PENDING, is_bulk=bulk)
        pending.filter(attempts__gte=MAX_ATTEMPTS).update(
            state=EventState.FAILED,
            reason=f"given up after {MAX_ATTEMPTS} attempts",
            processed_at=timezone.now(),
        )
        rows = (
            pending.order_by("id")
            .select_for_update(skip_locked=True)
            .values_list("pk", "attempts", Length("body"))[:BATCH]
        )
        ids: list[int] = []
        size = 0
        for pk, attempts, length in rows:
            size += length
            if ids and (attempts or size > BATCH_BYTES):
                break
            ids.append(pk)
            if attempts:
                break
        WebhookEvent.objects.filter(pk__in=ids).update(attempts=F("attempts") + 1)
    return ids


@dataclass
class _Job:
    """One item of one event, and what became of it."""

    event: WebhookEvent
    item: Item
    result: Result | None = None


def _process(ids: list[int]) -> None:
    """Do all items of these events, and close the events."""
    events = WebhookEvent.objects.filter(state=EventState.PENDING).in_bulk(ids)
    numbers = dict(WhatsAppNumber.objects.values_list("phone_number_id", "pk"))
    jobs: dict[int, list[_Job]] = {}
    fields: dict[int, str] = {}
    for pk in sorted(events):
        items, fields[pk] = _open(events[pk], numbers)
        jobs[pk] = [_Job(events[pk], item) for item in items]
    for stretch in _stretches(job for pk in jobs for job in jobs[pk]):
        _do(stretch)
    verdicts: dict[_Verdict, list[int]] = defaultdict(list)
    for pk, event in events.items():
        done = [(job.item.path, job.result) for job in jobs[pk] if job.result is not None]
        verdicts[_judge(event, done, fields[pk])].append(pk)
    with transaction.atomic():
        for verdict, pks in verdicts.items():
            _close(verdict, pks)


def _open(event: WebhookEvent, numbers: dict[str, int]) -> tuple[list[Item], str]:
    """The items of an event, and the names of its fields."""
    try:
        body = tolerant_json.loads_storable(bytes(event.body))
    except (tolerant_json.NotJson, tolerant_json.TooDeep) as error:
        return [Item("body", partial(Result, Outcome.UNUSABLE, str(error)))], ""
    return list(items_of(body, Source(numbers, event.received_at))), fields_of(body)


def _stretches(jobs: Iterable[_Job]) -> Iterator[list[_Job]]:
    """Runs of jobs whose order among each other's kinds does not matter."""
    stretch: list[_Job] = []
    for job in jobs:
        if job.item.in_turn:
            yield stretch
            yield [job]
            stretch = []
        else:
            stretch.append(job)
    yield stretch


def _do(stretch: list[_Job]) -> None:
    """Messages, then those that did not pass through us, then statuses, then what speaks of
    messages and people."""
    messages = [job for job in stretch if job.item.message is not None]
    for some in _chunks(messages):
        _do_set(some, lambda jobs: receive_set([j.item.message for j in jobs if j.item.message]))
    mirrored = [job for job in stretch if job.item.mirrored is not None]
    for some in _chunks(mirrored):
        _do_set(some, lambda jobs: mirror_set([j.item.mirrored for j in jobs if j.item.mirrored]))
    reports = [job for job in stretch if job.item.report is not None]
    for some in _chunks(reports):
        _do_set(some, lambda jobs: apply_set([j.item.report for j in jobs if j.item.report]))
    _do_apart([job for job in stretch if job.result is None])


def _chunks(jobs: list[_Job]) -> Iterator[list[_Job]]:
    for start in range(0, len(jobs), SET):
        yield jobs[start : start + SET]


def _do_set(jobs: list[_Job], act: Callable[[list[_Job]], Sequence[Result]]) -> None:
    """All of one kind in one transaction; one by one when any of them does not let it pass."""
    try:
        with transaction.atomic():
            results = act(jobs)
    except Exception as error:
        if _not_its_fault(error):
            raise
        log.info("ingest.set_apart items=%s error=%s", len(jobs), _name(error))
        _do_apart(jobs)
    else:
        for job, result in zip(jobs, results, strict=True):
            job.result = result


def _do_apart(jobs: list[_Job]) -> None:
    """Each in its own savepoint."""
    if jobs:
        with transaction.atomic():
            for job in jobs:
                job.result = _run(job.event, job.item)


def _run(event: WebhookEvent, item: Item) -> Result:
    try:
        with transaction.atomic():
            return item.run()
    except Exception as error:
        if _not_its_fault(error):
            raise
        # Whatever an item does, its neighbours go on.
        # Ids and positions only: a database's message would quote what the customer wrote.
        log.error("ingest.item_failed event=%s at=%s error=%s", event.pk, item.path, _name(error))
        return Result(Outcome.FAILED, _name(error), trace_of(error))


def _not_its_fault(error: Exception) -> bool:
    """The database asks to start anew, or is gone: the whole batch is done again."""
    return isinstance(error.__cause__, _TRANSIENT) or _connection_lost()


def _connection_lost() -> bool:
    raw = connection.connection
    return raw is None or raw.closed


def _name(error: Exception) -> str:
    cause = error.__cause__
    return type(cause if isinstance(cause, psycopg.Error) else error).__name__


def _judge(event: WebhookEvent, results: list[tuple[str, Result]], fields: str) -> _Verdict:
    """The state of an event: that of its worst item; reasons name where, and what."""
    outcome = max((result.outcome for _, result in results), default=Outcome.UNUSABLE)
    if outcome == Outcome.WAITING and event.attempts >= MAX_ATTEMPTS:
        outcome = Outcome.KEPT  # what it speaks of never came; the reason says so
    unknown = [r.reason for _, r in results if r.outcome == Outcome.UNKNOWN_NUMBER]
    told = [f"{path}: {result.reason}" for path, result in results if result.reason]
    wait_s = (
        FIRST_WAIT_S * WAIT_GROWS ** (event.attempts - 1) if outcome == Outcome.WAITING else None
    )
    return _Verdict(
        state=_STATES[outcome],
        reason="\n".join(told)[:_REASON_LENGTH],
        trace=next((result.trace for _, result in results if result.trace), ""),
        phone_number_id=unknown[0] if unknown else "",
        fields=fields,
        wait_s=wait_s,
    )


def _close(verdict: _Verdict, pks: list[int]) -> None:
    """Write one verdict to all events it is true of; usually that is the whole batch."""
    now = timezone.now()
    WebhookEvent.objects.filter(pk__in=pks).update(
        state=verdict.state,
        reason=verdict.reason,
        trace=verdict.trace,
        phone_number_id=verdict.phone_number_id,
        fields=verdict.fields,
        processed_at=now,
        retry_at=None if verdict.wait_s is None else now + timedelta(seconds=verdict.wait_s),
    )
