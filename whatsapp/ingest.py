"""Webhook events become rows: in order, exactly once, and no item stops its neighbours.

One process drains at a time, so that messages keep their order and locks are taken in one order;
everybody may try. A killed drainer leaves events as it found them, except for `attempts`, which
are counted before the work: whoever kills the process every time is set aside in the end.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from whatsapp import tolerant_json
from whatsapp.items import Item, Outcome, Result, Source, fields_of, items_of
from whatsapp.models import EventState, WebhookEvent, WhatsAppNumber

log = logging.getLogger(__name__)

BATCH = 50
BATCH_S = 0.2
MAX_ATTEMPTS = 8
FIRST_WAIT_S = 3.0
_RETRIES = 3
_REASON_LENGTH = 2000

# Advisory lock numbers of this database: who drains, and who is next in line.
_DRAINING, _NEXT = 0x57A0001, 0x57A0002

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


def drain(max_s: float = 30.0) -> int:
    """Process pending events until none is left, or for `max_s`; returns how many were taken.

    Call outside a transaction. Returns at once when one process drains and another one already
    waits to be next: that one starts after now, so it sees whatever this caller was told of.
    """
    taken = 0
    end = time.monotonic() + max_s
    while time.monotonic() < end:
        with _turn() as mine:
            count = _drain_batch() if mine else 0
        if not count:
            break
        taken += count
    return taken


def wake_waiting(now: datetime | None = None) -> int:
    """Put events whose wait is over back in line."""
    due = WebhookEvent.objects.filter(state=EventState.WAITING, retry_at__lte=now or timezone.now())
    return due.update(state=EventState.PENDING)


def has_pending() -> bool:
    return WebhookEvent.objects.filter(state=EventState.PENDING).exists()


@contextmanager
def _turn() -> Iterator[bool]:
    """Wait for the turn to drain; False when somebody else is already waiting for it.

    Session locks: they outlive the transactions within, and end with a killed process.
    """
    if not _ask("pg_try_advisory_lock", _NEXT):
        yield False
        return
    try:
        _ask("pg_advisory_lock", _DRAINING)
    finally:
        _release(_NEXT)
    try:
        yield True
    finally:
        _release(_DRAINING)


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


def _drain_batch() -> int:
    """Claim and process one batch, again when the database asks for it; how many were taken."""
    events = _claim() if has_pending() else []
    if not events:
        return 0
    for attempt in range(1, _RETRIES + 1):
        try:
            return _process(events)
        except OperationalError as error:
            if attempt == _RETRIES or not isinstance(error.__cause__, _TRANSIENT):
                raise
            log.info("ingest.batch_again cause=%s", type(error.__cause__).__name__)
    return 0


def _claim() -> list[int]:
    """The next events' ids, with this attempt counted and committed.

    One that was tried before goes alone: should it take the process down again, it takes no
    neighbour with it, and after `MAX_ATTEMPTS` it is set aside.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            # A lost count after a power cut does no harm.
            cursor.execute("SET LOCAL synchronous_commit = off")
        pending = WebhookEvent.objects.filter(state=EventState.PENDING)
        pending.filter(attempts__gte=MAX_ATTEMPTS).update(
            state=EventState.FAILED,
            reason=f"given up after {MAX_ATTEMPTS} attempts",
            processed_at=timezone.now(),
        )
        rows = list(
            pending.order_by("id")
            .select_for_update(skip_locked=True)
            .values_list("pk", "attempts")[:BATCH]
        )
        first_again = next((at for at, (_, attempts) in enumerate(rows) if attempts), len(rows))
        ids = [pk for pk, _ in rows[: max(first_again, 1)]]
        WebhookEvent.objects.filter(pk__in=ids).update(attempts=F("attempts") + 1)
    return ids


def _process(ids: list[int]) -> int:
    """One transaction over these events; those the time did not suffice for go back in line."""
    started = time.monotonic()
    done = 0
    with transaction.atomic():
        events = list(
            WebhookEvent.objects.select_for_update(skip_locked=True)
            .filter(pk__in=ids, state=EventState.PENDING)
            .order_by("id")
        )
        numbers = dict(WhatsAppNumber.objects.values_list("phone_number_id", "pk"))
        for event in events:
            if done and time.monotonic() - started > BATCH_S:
                break
            _process_event(event, numbers)
            done += 1
        untouched = [event.pk for event in events[done:]]
        WebhookEvent.objects.filter(pk__in=untouched).update(attempts=F("attempts") - 1)
    return done


def _process_event(event: WebhookEvent, numbers: dict[str, int]) -> None:
    """All items of one event, and its new state."""
    try:
        body = tolerant_json.storable(tolerant_json.loads(bytes(event.body)))
    except (tolerant_json.NotJson, tolerant_json.TooDeep) as error:
        _close(event, [("body", Result(Outcome.UNUSABLE, str(error)))])
        return
    event.fields = fields_of(body)
    items = list(items_of(body, Source(numbers, event.received_at)))
    _close(event, [(item.path, _run(event, item)) for item in items])


def _run(event: WebhookEvent, item: Item) -> Result:
    """One item in its own savepoint."""
    try:
        with transaction.atomic():
            return item.run()
    except Exception as error:
        if isinstance(error.__cause__, _TRANSIENT) or _connection_lost():
            # Not this item's fault: the whole batch starts anew.
            raise
        # Whatever an item does, its neighbours go on.
        # Ids and positions only: a database's message would quote what the customer wrote.
        log.error("ingest.item_failed event=%s at=%s error=%s", event.pk, item.path, _name(error))
        return Result(Outcome.FAILED, _name(error))


def _connection_lost() -> bool:
    raw = connection.connection
    return raw is None or raw.closed


def _name(error: Exception) -> str:
    cause = error.__cause__
    return type(cause if isinstance(cause, psycopg.Error) else error).__name__


@dataclass(frozen=True)
class _Verdict:
    state: EventState
    reason: str
    phone_number_id: str


def _close(event: WebhookEvent, results: list[tuple[str, Result]]) -> None:
    verdict = _judge(event, results)
    now = timezone.now()
    event.state = verdict.state
    event.reason = verdict.reason[:_REASON_LENGTH]
    event.phone_number_id = verdict.phone_number_id[:40]
    event.processed_at = now
    event.retry_at = None
    if verdict.state == EventState.WAITING:
        event.retry_at = now + timedelta(seconds=FIRST_WAIT_S * 2 ** (event.attempts - 1))
    event.save(
        update_fields=("state", "reason", "phone_number_id", "fields", "processed_at", "retry_at")
    )


def _judge(event: WebhookEvent, results: list[tuple[str, Result]]) -> _Verdict:
    """The state of an event: that of its worst item; reasons name where, and what."""
    outcome = max((result.outcome for _, result in results), default=Outcome.UNUSABLE)
    if outcome == Outcome.WAITING and event.attempts >= MAX_ATTEMPTS:
        outcome = Outcome.KEPT  # what it speaks of never came; the reason says so
    unknown = [r.reason for _, r in results if r.outcome == Outcome.UNKNOWN_NUMBER]
    told = [f"{path}: {result.reason}" for path, result in results if result.reason]
    return _Verdict(_STATES[outcome], "\n".join(told), unknown[0] if unknown else "")
