"""Claiming: the right to send a row, given once, under lock, with policy asked one last time.

A claim is a set: of many conversations the message whose turn it is. Its transaction is committed
before anything is written to the wire, and each claimed row carries the number of its attempt.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from conversations.events import record_all
from conversations.gateway import Gateway, Turn
from conversations.models import Conversation, DeliveryAttempt, Lane, Message, Reason, Status
from conversations.policy import may_send
from conversations.services.sets import update_many
from conversations.services.statuses import status_event
from conversations.window import SAFETY_MARGIN

log = logging.getLogger(__name__)

# A row that waits longer for its turn than this says so to the agent.
WORTH_TELLING_S = 15.0

# Whose turn it is in a conversation: nothing of it is on its way, and nothing that was written
# earlier waits, not even for a later attempt. An agent's answer does not wait for bulk messages.
_TURN = """
    m.status = 'queued' AND m.lane = %(lane)s
    AND (m.retry_at IS NULL OR m.retry_at <= %(now)s)
    AND (m.scheduled_at IS NULL OR m.scheduled_at <= %(now)s)
    AND NOT EXISTS (
        SELECT 1 FROM conversations_message e
        WHERE e.conversation_id = m.conversation_id AND e.status IN ('queued', 'sending')
        AND (e.status = 'sending' OR (
            e.lane IN ('reply', %(lane)s)
            AND (e.scheduled_at IS NULL OR e.scheduled_at <= %(now)s)
            AND (e.created_at, e.id) < (m.created_at, m.id)
        ))
    )
"""
# As many of every number, the oldest first, so that no number waits for another's backlog.
_CANDIDATES = f"""
    SELECT due.conversation_id
    FROM conversations_businessnumber number
    CROSS JOIN LATERAL (
        SELECT found.*, row_number() OVER (ORDER BY found.created_at, found.id) AS place FROM (
            SELECT m.conversation_id, m.created_at, m.id FROM conversations_message m
            WHERE m.business_number_id = number.id AND {_TURN}
            ORDER BY m.created_at, m.id LIMIT %(limit)s
        ) found
    ) due
    WHERE number.id <> ALL(%(without)s)
    ORDER BY due.place, due.created_at LIMIT %(limit)s
"""  # noqa: S608 (our own text)
_HEADS = f"""
    SELECT m.id FROM conversations_message m
    WHERE m.conversation_id = ANY(%(conversations)s) AND {_TURN}
"""  # noqa: S608 (our own text)


@dataclass(frozen=True)
class Claim:
    """The right to send one row, once.

    The number of its attempt fences off a worker that wakes up late; `log` is the attempt's entry.
    """

    message: Message
    log: DeliveryAttempt

    @property
    def attempt(self) -> int:
        return self.log.number


@dataclass
class Round:
    """What one look at the queue gave.

    `claims` may be sent; `numbers` (by id) must wait that many seconds. `more` says that another
    look may find something at once: rows were held by others, or settled without being sent.
    """

    claims: list[Claim] = field(default_factory=list)
    numbers: dict[int, float] = field(default_factory=dict)
    more: bool = False


def claim_due(
    channel: Gateway, lane: Lane, limit: int, without_numbers: Collection[int] = ()
) -> Round:
    """Claim up to `limit` due rows of different conversations, in one transaction.

    What another process holds is skipped. Rows of `without_numbers` are left alone.
    """
    now = timezone.now()
    with transaction.atomic():
        # Some will be held by others, or blocked: look at more than are wanted.
        candidates = _candidates(lane, now, 2 * limit, without_numbers)
        messages = _lock_heads(_lock(candidates, limit), lane, now)
        found = _claim(channel, messages, now)
    found.more = len(found.claims) < min(limit, len(candidates)) and not found.numbers
    return found


def claim_message(channel: Gateway, message_id: UUID) -> Claim | None:
    """Claim one row if it is due and its turn; None otherwise."""
    now = timezone.now()
    with transaction.atomic():
        row = Message.objects.filter(pk=message_id).values_list("conversation_id", "lane").first()
        if row is None:
            return None
        heads = _lock_heads(_lock([row[0]], 1), Lane(row[1]), now)
        claims = _claim(channel, [m for m in heads if m.pk == message_id], now).claims
    return claims[0] if claims else None


def _candidates(
    lane: Lane, now: datetime, limit: int, without_numbers: Collection[int]
) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            _CANDIDATES,
            {"lane": lane, "now": now, "limit": limit, "without": list(without_numbers)},
        )
        return [row[0] for row in cursor.fetchall()]


def _lock(ids: list[UUID], limit: int) -> list[Conversation]:
    """The first `limit` of these conversations that nobody else holds."""
    if not ids:
        return []
    free = (
        Conversation.objects.filter(pk__in=ids)
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .select_related("contact", "business_number")
        .prefetch_related("contact__identities")
    )
    place = {pk: at for at, pk in enumerate(ids)}
    return sorted(free, key=lambda row: place[row.pk])[:limit]


def _lock_heads(conversations: list[Conversation], lane: Lane, now: datetime) -> list[Message]:
    """Of each locked conversation the row whose turn it is, unless a status is being applied."""
    if not conversations:
        return []
    by_id = {row.pk: row for row in conversations}
    with connection.cursor() as cursor:
        cursor.execute(_HEADS, {"conversations": list(by_id), "lane": lane, "now": now})
        ids = [row[0] for row in cursor.fetchall()]
    found = (
        Message.objects.filter(pk__in=ids, status=Status.QUEUED)
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .select_related("template")
    )
    messages = list(found)
    for message in messages:
        message.conversation = by_id[message.conversation_id]
        message.business_number = message.conversation.business_number
    place = {pk: at for at, pk in enumerate(by_id)}
    return sorted(messages, key=lambda row: place[row.conversation_id])


def _claim(channel: Gateway, messages: list[Message], now: datetime) -> Round:
    """Policy, then the channel's limits, then `sending`: all under lock."""
    found = Round()
    allowed, blocked = [], []
    for message in messages:
        verdict = may_send(message, now + SAFETY_MARGIN)
        if verdict.reason is None:
            allowed.append(message)
        else:
            _block(message, verdict.reason)
            blocked.append(message)
    turns = channel.take_turns(allowed) if allowed else []
    claimed, waiting = [], []
    for message, turn in zip(allowed, turns, strict=True):
        if turn.wait_s <= 0:
            claimed.append(message)
        elif turn.of_number:
            number = message.business_number_id
            found.numbers[number] = max(turn.wait_s, found.numbers.get(number, 0.0))
        elif _waits_too_long(message, turn, now):
            _block(message, Reason.WINDOW_CLOSED)
            blocked.append(message)
        else:
            waiting.append((message, turn))
    _write_blocked(blocked)
    _write_waiting(waiting, now)
    found.claims = _write_claimed(claimed, now)
    return found


def _block(message: Message, reason: Reason) -> None:
    message.status, message.status_reason, message.status_detail = Status.BLOCKED, reason, ""
    log.info("message.blocked message=%s reason=%s", message.pk, reason)


def _write_blocked(blocked: list[Message]) -> None:
    update_many(blocked, ("status", "status_reason", "status_detail"))
    record_all([event for row in blocked if (event := status_event(row))])


def _write_waiting(waiting: Sequence[tuple[Message, Turn]], now: datetime) -> None:
    """Not an attempt: the row stays queued until its turn; a long wait is told."""
    told = []
    for message, turn in waiting:
        message.retry_at = now + timedelta(seconds=turn.wait_s)
        if turn.wait_s >= WORTH_TELLING_S and message.status_reason != turn.reason:
            message.status_reason, message.status_detail = turn.reason, turn.detail
            told.append(message)
    rows = [message for message, _turn in waiting]
    update_many(rows, ("retry_at", "status_reason", "status_detail"))
    record_all([event for row in told if (event := status_event(row))])


def _write_claimed(claimed: list[Message], now: datetime) -> list[Claim]:
    if not claimed:
        return []
    Message.objects.filter(pk__in=[row.pk for row in claimed]).update(
        status=Status.SENDING, claimed_at=now, attempts=F("attempts") + 1, updated_at=now
    )
    for message in claimed:
        message.status, message.claimed_at = Status.SENDING, now
        message.attempts += 1
    logs = DeliveryAttempt.objects.bulk_create(
        DeliveryAttempt(message=row, number=row.attempts, started_at=now) for row in claimed
    )
    return [Claim(row, entry) for row, entry in zip(claimed, logs, strict=True)]


def _waits_too_long(message: Message, turn: Turn, now: datetime) -> bool:
    """Whether a free-form message's turn would come after the window's end."""
    then = now + timedelta(seconds=turn.wait_s)
    return message.is_free_form and not message.conversation.window.is_open(then + SAFETY_MARGIN)
