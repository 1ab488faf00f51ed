"""Sending one message: claim under lock, ask policy again, call the channel outside, settle.

A worker may die between any two lines: a row left in `sending` becomes `unconfirmed` when its
lease ends, and is never sent again by itself.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from conversations.delivery import IN_FLIGHT, back_off_s
from conversations.events import nudge, record
from conversations.gateway import Accepted, NoAnswer, Refused, SendOutcome, TryLater
from conversations.models import EventName, Message, Reason, Status
from conversations.policy import may_send
from conversations.services.locking import lock_message
from conversations.services.reply import DELIVER_TASK, NO_WORD
from conversations.services.statuses import announce_status, apply_early_statuses
from conversations.window import WINDOW_LENGTH

log = logging.getLogger(__name__)

# Longer than the time-outs of one send (uploading a file first, then the message).
LEASE = timedelta(seconds=180)


@dataclass(frozen=True)
class Claim:
    """The right to send one row, once. `attempt` fences off a worker that wakes up late."""

    message: Message
    attempt: int


def claim_for_delivery(message_id: UUID, now: datetime | None = None) -> Claim | None:
    """queued → sending under lock, or None when there is nothing (or not yet something) to do."""
    with transaction.atomic():
        message = lock_message(Message.objects.filter(pk=message_id))
        now = now or timezone.now()
        if message is None or message.status != Status.QUEUED:
            return None
        if (message.retry_at and message.retry_at > now) or _earlier_one_waits(message):
            return None
        verdict = may_send(message, now)
        if verdict.reason is not None:
            _settle_as(message, Status.BLOCKED, verdict.reason)
            return None
        message.status = Status.SENDING
        message.claimed_at = now
        message.attempts += 1
        message.save(update_fields=["status", "claimed_at", "attempts", "updated_at"])
    return Claim(message, message.attempts)


def settle(claim: Claim, outcome: SendOutcome) -> None:
    """Write down what became of a claimed send, unless somebody else has settled it meanwhile."""
    with transaction.atomic():
        message = lock_message(Message.objects.filter(pk=claim.message.pk))
        if message is None or message.attempts != claim.attempt:
            return
        if isinstance(outcome, Accepted):
            _settle_as_accepted(message, outcome.wamid)
        elif message.status not in (Status.SENDING, Status.UNCONFIRMED):
            return  # a status webhook was faster and knows better
        elif isinstance(outcome, Refused):
            ours = outcome.reason in Reason.values
            status = Status.BLOCKED if ours else Status.FAILED
            _settle_as(message, status, outcome.reason, "" if ours else outcome.detail)
        elif isinstance(outcome, TryLater):
            _settle_as_waiting(message, outcome)
        elif isinstance(outcome, NoAnswer):
            _settle_as(message, Status.UNCONFIRMED)
    log.info(
        "message.settled message=%s attempt=%s outcome=%s",
        claim.message.pk,
        claim.attempt,
        type(outcome).__name__,
    )


def expire_leases(now: datetime | None = None) -> int:
    """Rows whose worker died while sending: nobody knows, so they become `unconfirmed`."""
    now = now or timezone.now()
    stale = Message.objects.filter(status=Status.SENDING, claimed_at__lt=now - LEASE)
    count = 0
    for pk in stale.values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            message = lock_message(Message.objects.filter(pk=pk))
            if message and message.status == Status.SENDING and message in stale:
                _settle_as(message, Status.UNCONFIRMED)
                count += 1
    return count


def give_up_waiting(now: datetime | None = None) -> int:
    """Unconfirmed for longer than the grace period: the agent is asked what to do."""
    now = now or timezone.now()
    silent = Message.objects.filter(
        status=Status.UNCONFIRMED,
        status_reason="",
        claimed_at__lt=now - settings.UNCONFIRMED_GRACE,
    )
    count = 0
    for pk in silent.values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            message = lock_message(Message.objects.filter(pk=pk))
            if message and message.status == Status.UNCONFIRMED and not message.status_reason:
                message.status_reason = NO_WORD
                message.save(update_fields=["status_reason", "updated_at"])
                record(EventName.MESSAGE_CHANGED, message.conversation, message=message)
                count += 1
    return count


def due_messages(now: datetime | None = None) -> list[UUID]:
    """Queued rows that nobody seems to be working on: their task was lost, or waits are over."""
    now = now or timezone.now()
    queued = Message.objects.filter(
        status=Status.QUEUED, updated_at__lt=now - timedelta(seconds=5)
    ).exclude(retry_at__gt=now)
    return list(queued.order_by("created_at").values_list("pk", flat=True)[:1000])


def _settle_as_accepted(message: Message, wamid: str) -> None:
    fields = ["updated_at"]
    if not message.wamid:
        message.wamid = wamid
        fields.append("wamid")
    if message.status in (Status.SENDING, Status.UNCONFIRMED):
        message.status = Status.ACCEPTED
        message.status_reason = message.status_detail = ""
        fields += ["status", "status_reason", "status_detail"]
    message.save(update_fields=fields)
    announce_status(message)
    apply_early_statuses(message)
    _nudge_next(message)


def _settle_as(message: Message, status: Status, reason: str = "", detail: str = "") -> None:
    message.status = status
    message.status_reason = reason
    message.status_detail = detail
    message.save(update_fields=["status", "status_reason", "status_detail", "updated_at"])
    announce_status(message)
    _nudge_next(message)


def _settle_as_waiting(message: Message, outcome: TryLater) -> None:
    """Back into the queue. Policy ends a free-form message's waiting; a day ends a template's."""
    now = timezone.now()
    if not message.is_free_form and now - message.created_at > WINDOW_LENGTH:
        _settle_as(message, Status.FAILED, outcome.reason, outcome.detail)
        return
    wait_s = back_off_s(message.attempts) if outcome.wait_s is None else outcome.wait_s
    message.status = Status.QUEUED
    message.retry_at = now + timedelta(seconds=wait_s)
    message.status_reason = outcome.reason
    message.status_detail = outcome.detail
    message.save(
        update_fields=["status", "retry_at", "status_reason", "status_detail", "updated_at"]
    )
    announce_status(message)
    transaction.on_commit(partial(nudge, DELIVER_TASK, str(message.pk), countdown=wait_s))


def _earlier_one_waits(message: Message) -> bool:
    """Messages leave in the order they were written; whoever settles one wakes the next."""
    return (
        Message.objects.filter(
            conversation_id=message.conversation_id,
            status__in=IN_FLIGHT,
            created_at__lte=message.created_at,
        )
        .exclude(pk=message.pk)
        .exists()
    )


def _nudge_next(message: Message) -> None:
    following = (
        Message.objects.filter(conversation_id=message.conversation_id, status=Status.QUEUED)
        .exclude(pk=message.pk)
        .order_by("created_at")
        .values_list("pk", flat=True)
        .first()
    )
    if following is not None:
        transaction.on_commit(partial(nudge, DELIVER_TASK, str(following)))
