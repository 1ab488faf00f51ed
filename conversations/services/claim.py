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
from django.utils import timezone

from consent.gate import know_restrictions
from contacts.models import Contact, know_identities
from conversations.events import record_all
from conversations.gateway import Gateway, Turn
from conversations.models import (
    BusinessNumber,
    Conversation,
    DeliveryAttempt,
    Lane,
    Message,
    MessageTemplate,
    Reason,
    Status,
)
from conversations.policy import last_moment, may_leave
from conversations.refusals import count_refusal
from conversations.services.statuses import status_event
from conversations.sets import update_many

log = logging.getLogger(__name__)

# A row that waits longer for its turn than this says so to the agent.
WORTH_TELLING_S = 15.0
# A template is asked for again after so long at most. What its customer may not get for a day may
# leave at once when they write, and what is answered then stands behind it.
TEMPLATE_WAITS_S = 120.0

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
# The rest is written by hand too: it runs for every dozen messages, and composing a query takes
# Django longer than PostgreSQL takes to answer it.
_CONVERSATIONS = """
    SELECT * FROM conversations_conversation WHERE id = ANY(%s) FOR NO KEY UPDATE SKIP LOCKED
"""
_CONTACTS = "SELECT * FROM contacts_contact WHERE id = ANY(%s)"
_NUMBERS = "SELECT * FROM conversations_businessnumber WHERE id = ANY(%s)"
_HEADS = f"""
    SELECT m.* FROM conversations_message m
    WHERE m.conversation_id = ANY(%(conversations)s) AND {_TURN}
    FOR NO KEY UPDATE OF m SKIP LOCKED
"""  # noqa: S608 (our own text)
_TAKE = """
    WITH taken AS (
        UPDATE conversations_message
        SET status = 'sending', claimed_at = %(now)s, attempts = attempts + 1, updated_at = %(now)s
        WHERE id = ANY(%(ids)s) RETURNING id, attempts
    )
    INSERT INTO conversations_deliveryattempt
        (message_id, number, outcome, reason, detail, came_too_late, started_at)
    SELECT id, attempts, 'running', '', '', false, %(now)s FROM taken
    RETURNING id, message_id, number
"""


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
        candidates = _candidates(lane, now, limit, without_numbers)
        conversations = _lock(candidates)
        if candidates and not conversations:
            # All held by others: look behind them.
            candidates = _candidates(lane, now, 4 * limit, without_numbers)
            conversations = _lock(candidates)[:limit]
        found = _claim(channel, _lock_heads(conversations, lane, now), now)
    found.more = len(found.claims) < min(limit, len(candidates)) and not found.numbers
    return found


def claim_message(channel: Gateway, message_id: UUID) -> Claim | None:
    """Claim one row if it is due and its turn; None otherwise."""
    now = timezone.now()
    with transaction.atomic():
        row = Message.objects.filter(pk=message_id).values_list("conversation_id", "lane").first()
        if row is None:
            return None
        heads = _lock_heads(_lock([row[0]]), Lane(row[1]), now)
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


def _lock(ids: list[UUID]) -> list[Conversation]:
    """Those of these conversations that nobody else holds, with what policy reads of them."""
    if not ids:
        return []
    free = {row.pk: row for row in Conversation.objects.raw(_CONVERSATIONS, [ids])}
    found = [free[pk] for pk in ids if pk in free]
    contacts = {
        row.pk: row for row in Contact.objects.raw(_CONTACTS, [[c.contact_id for c in found]])
    }
    know_identities(contacts.values())
    know_restrictions(contacts.values())
    asked = list({c.business_number_id for c in found})
    numbers = {row.pk: row for row in BusinessNumber.objects.raw(_NUMBERS, [asked])}
    for conversation in found:
        conversation.contact = contacts[conversation.contact_id]
        conversation.business_number = numbers[conversation.business_number_id]
    return found


def _lock_heads(conversations: list[Conversation], lane: Lane, now: datetime) -> list[Message]:
    """Of each locked conversation the row whose turn it is, unless a status is being applied."""
    if not conversations:
        return []
    by_id = {row.pk: row for row in conversations}
    asked = {"conversations": list(by_id), "lane": lane, "now": now}
    messages = list(Message.objects.raw(_HEADS, asked))
    wanted = {row.template_id for row in messages if row.template_id}
    templates = MessageTemplate.objects.in_bulk(wanted) if wanted else {}
    for message in messages:
        message.conversation = by_id[message.conversation_id]
        if message.business_number_id == message.conversation.business_number_id:
            message.business_number = message.conversation.business_number
        if message.template_id:
            message.template = templates.get(message.template_id)
    place = {pk: at for at, pk in enumerate(by_id)}
    return sorted(messages, key=lambda row: place[row.conversation_id])


def _claim(channel: Gateway, messages: list[Message], now: datetime) -> Round:
    """Policy, then the channel's limits, then `sending`: all under lock."""
    found = Round()
    allowed, blocked = [], []
    for message in messages:
        verdict = may_leave(message, now)
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
    count_refusal(reason)


def _write_blocked(blocked: list[Message]) -> None:
    update_many(blocked, ("status", "status_reason", "status_detail"))
    record_all([event for row in blocked if (event := status_event(row))])


def _write_waiting(waiting: Sequence[tuple[Message, Turn]], now: datetime) -> None:
    """Not an attempt: the row stays queued until its turn; a long wait is told."""
    told = []
    for message, turn in waiting:
        wait_s = turn.wait_s if message.is_free_form else min(turn.wait_s, TEMPLATE_WAITS_S)
        message.retry_at = now + timedelta(seconds=wait_s)
        if turn.wait_s >= WORTH_TELLING_S and message.status_reason != turn.reason:
            message.status_reason, message.status_detail = turn.reason, turn.detail
            told.append(message)
    rows = [message for message, _turn in waiting]
    update_many(rows, ("retry_at", "status_reason", "status_detail"))
    record_all([event for row in told if (event := status_event(row))])


def _write_claimed(claimed: list[Message], now: datetime) -> list[Claim]:
    if not claimed:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"now": now, "ids": [row.pk for row in claimed]})
        logs = {message: (pk, number) for pk, message, number in cursor.fetchall()}
    claims = []
    for message in claimed:
        pk, message.attempts = logs[message.pk]
        message.status, message.claimed_at = Status.SENDING, now
        entry = DeliveryAttempt(pk=pk, message=message, number=message.attempts, started_at=now)
        claims.append(Claim(message, entry))
    return claims


def _waits_too_long(message: Message, turn: Turn, now: datetime) -> bool:
    """Whether a free-form message's turn would come after the window's end."""
    ends = last_moment(message)
    return ends is not None and now + timedelta(seconds=turn.wait_s) >= ends
