"""Settling: writing down what became of claimed sends, as sets.

An outcome belongs to the attempt that made it. One that comes after its lease ended still tells
the truth of an unconfirmed row; one that somebody else has overtaken changes nothing but the log.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from conversations.delivery import back_off_s
from conversations.events import record_all
from conversations.gateway import Accepted, NoAnswer, Refused, SendOutcome, TryLater
from conversations.models import (
    Conversation,
    DeliveryAttempt,
    Message,
    Reason,
    Status,
)
from conversations.policy import last_moment
from conversations.services.answers import note_answers
from conversations.services.claim import Claim
from conversations.services.pricing import open_free_entries
from conversations.services.statuses import apply_early_statuses, status_event
from conversations.sets import update_many
from conversations.window import WINDOW_LENGTH

log = logging.getLogger(__name__)

_Log = DeliveryAttempt.Outcome
_LOGGED: dict[type[SendOutcome], DeliveryAttempt.Outcome] = {
    Accepted: _Log.ACCEPTED,
    Refused: _Log.REFUSED,
    TryLater: _Log.TRY_LATER,
    NoAnswer: _Log.NO_ANSWER,
}
_LOG_FIELDS = ("outcome", "reason", "detail", "wait_s", "came_too_late", "ended_at")
# Before the window's end there is one attempt more, this long before it is too late.
LAST_TRY = timedelta(seconds=1)
_READ = (
    *("status", "status_reason", "status_detail", "wamid", "attempts", "retry_at", "scheduled_at"),
    *("conversation_id", "pricing_category", "pricing_type"),
)
_FIELDS = ("wamid", "status", "status_reason", "status_detail", "retry_at", "scheduled_at")
# By hand, as in `claim.py`: composing them takes Django longer than PostgreSQL answering them.
_ROWS = f"""
    SELECT id, {", ".join(_READ)} FROM conversations_message
    WHERE id = ANY(%s) FOR NO KEY UPDATE
"""  # noqa: S608 (our own names)
_EARLY = """
    SELECT DISTINCT business_number_id, wamid FROM conversations_earlystatus
    WHERE business_number_id = ANY(%s) AND wamid = ANY(%s)
"""


@dataclass(frozen=True)
class Settled:
    """A claim, and what the channel said."""

    claim: Claim
    outcome: SendOutcome

    @property
    def message_id(self) -> UUID:
        return self.claim.message.pk


def settle(claim: Claim, outcome: SendOutcome) -> None:
    """Settle one claim; waits for whoever holds the row."""
    settle_all([Settled(claim, outcome)], wait=True)


def settle_all(finished: Sequence[Settled], *, wait: bool = False) -> list[Settled]:
    """Settle finished sends in one transaction; those whose row somebody holds are given back.

    Nothing is waited for, so no deadlock can come of it, unless `wait` (for a single row).
    """
    now = timezone.now()
    with transaction.atomic():
        rows = _lock(finished, wait=wait)
        done = [one for one in finished if one.message_id in rows]
        changed, accepted, told = [], [], []
        for one in done:
            row = rows[one.message_id]
            before = (row.status, row.wamid)
            _log_attempt(one, row, now)
            if _take_over(row, one, now):
                changed.append(row)
                told += [row] if row.status != before[0] else []
                accepted += [row] if row.wamid != before[1] else []
        update_many(changed, _FIELDS)
        update_many([one.claim.log for one in done], _LOG_FIELDS)
        record_all([event for row in told if (event := status_event(row))])
        _apply_early(accepted)
        open_free_entries(accepted, now)
        note_answers(accepted)
    for one in done:
        _tell_log(one)
    return [] if wait else [one for one in finished if one.message_id not in rows]


def _lock(finished: Sequence[Settled], *, wait: bool) -> dict[UUID, Message]:
    """The claims' rows, locked, brought up to date in what a settlement reads and writes."""
    with connection.cursor() as cursor:
        cursor.execute(
            _ROWS if wait else f"{_ROWS} SKIP LOCKED", [[one.message_id for one in finished]]
        )
        found = {values[0]: values[1:] for values in cursor.fetchall()}
    rows = {}
    for one in finished:
        if one.message_id not in found:
            continue
        row = rows[one.message_id] = one.claim.message
        for name, value in zip(_READ, found[row.pk], strict=True):
            # Another conversation, when two were merged meanwhile: its object is read again.
            setattr(row, name, value)
    waiting = [one for one in finished if isinstance(one.outcome, TryLater)]
    if waiting:
        _look_at_windows([rows[one.message_id] for one in waiting if one.message_id in rows])
    return rows


def _look_at_windows(rows: Sequence[Message]) -> None:
    """The customer may have written since."""
    ids = {row.conversation_id for row in rows}
    ends = dict(Conversation.objects.filter(pk__in=ids).values_list("pk", "window_expires_at"))
    for row in rows:
        row.conversation.window_expires_at = ends[row.conversation_id]


def _take_over(row: Message, one: Settled, now: datetime) -> bool:
    """Change the (locked, unsaved) row by the outcome; False when it changes nothing."""
    outcome = one.outcome
    if one.claim.log.came_too_late:
        return False
    if isinstance(outcome, Accepted):
        return _accept(row, outcome.wamid)
    if row.status == Status.UNCONFIRMED and not isinstance(outcome, NoAnswer):
        # The lease ended and the agent may have sent it again by now: it certainly did not
        # leave, but it is never tried again by itself.
        words = outcome.detail if isinstance(outcome, Refused) else outcome.last_words
        return _move(row, Status.FAILED, outcome.reason, words)
    if row.status != Status.SENDING:
        return False  # a status webhook was faster and knows better
    if isinstance(outcome, Refused):
        ours = outcome.reason in Reason.values
        status = Status.BLOCKED if ours else Status.FAILED
        return _move(row, status, outcome.reason, "" if ours else outcome.detail)
    if isinstance(outcome, TryLater):
        return _wait(row, outcome, now)
    return _move(row, Status.UNCONFIRMED)


def _accept(row: Message, wamid: str) -> bool:
    if row.wamid and row.wamid != wamid:
        log.warning("message.second_wamid message=%s", row.pk)
        return False
    before = (row.wamid, row.status)
    row.wamid = wamid
    if row.status in (Status.SENDING, Status.UNCONFIRMED):
        _move(row, Status.ACCEPTED)
    return before != (row.wamid, row.status)


def _move(row: Message, status: Status, reason: str = "", detail: str = "") -> bool:
    row.status, row.status_reason, row.status_detail = status, reason[:40], detail
    return True


def _wait(row: Message, outcome: TryLater, now: datetime) -> bool:
    """Back into the queue, unless it was tried often enough or could only leave too late."""
    if outcome.is_parked and not row.is_free_form:
        # Like what was written for later: it is not this row's turn, and others need not wait.
        row.scheduled_at, row.retry_at = now + timedelta(seconds=outcome.wait_s or 0.0), None
        return _move(row, Status.QUEUED, outcome.reason, outcome.detail)
    used_up = outcome.tries is not None and row.attempts >= outcome.tries
    since = max(row.created_at, row.scheduled_at or row.created_at)
    if used_up or (not row.is_free_form and now - since > WINDOW_LENGTH):
        return _move(row, Status.FAILED, outcome.reason, outcome.last_words)
    wait_s = back_off_s(row.attempts) if outcome.wait_s is None else outcome.wait_s
    retry_at = now + timedelta(seconds=wait_s)
    ends = last_moment(row)
    if ends is not None and retry_at >= ends:
        # Our own back-off is cut short for a last attempt; a wait we were told to keep is not.
        last = ends - LAST_TRY
        if outcome.wait_s is not None or last <= now + LAST_TRY:
            return _move(row, Status.BLOCKED, Reason.WINDOW_CLOSED)
        retry_at = last
    row.retry_at = retry_at
    return _move(row, Status.QUEUED, outcome.reason, outcome.detail)


def _log_attempt(one: Settled, row: Message, now: datetime) -> None:
    entry, outcome = one.claim.log, one.outcome
    entry.outcome, entry.ended_at = _LOGGED[type(outcome)], now
    entry.came_too_late = row.attempts != one.claim.attempt
    if isinstance(outcome, Refused | TryLater):
        entry.reason, entry.detail = outcome.reason[:40], outcome.detail
    if isinstance(outcome, TryLater):
        entry.wait_s = outcome.wait_s
    if isinstance(outcome, NoAnswer):
        entry.detail = outcome.detail


def _apply_early(accepted: Iterable[Message]) -> None:
    """What was said of their wamids before the rows knew them."""
    by_wamid = {(row.business_number_id, row.wamid): row for row in accepted}
    if not by_wamid:
        return
    numbers = list({number for number, _wamid in by_wamid})
    with connection.cursor() as cursor:
        cursor.execute(_EARLY, [numbers, [wamid for _number, wamid in by_wamid]])
        early = cursor.fetchall()
    for key in early:
        if key in by_wamid:
            apply_early_statuses(by_wamid[key])


def _tell_log(one: Settled) -> None:
    log.info(
        "message.settled message=%s attempt=%s outcome=%s%s",
        one.message_id,
        one.claim.attempt,
        type(one.outcome).__name__,
        " came_too_late=1" if one.claim.log.came_too_late else "",
    )
