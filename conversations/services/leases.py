"""What time settles: leases that end, and messages nobody ever hears of."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from conversations.delivery import NO_WORD
from conversations.events import draft, record_all
from conversations.models import DeliveryAttempt, EventName, Lane, Message, Status
from conversations.services.statuses import status_event
from conversations.sets import update_many

log = logging.getLogger(__name__)

# Longer than the time-outs of one send (uploading a file first, then the message).
LEASE: timedelta = settings.OUTBOUND_LEASE
_AT_ONCE = 500


def expire_leases(now: datetime | None = None) -> int:
    """Rows whose worker died while sending: nobody knows, so they become `unconfirmed`."""
    now = now or timezone.now()
    with transaction.atomic():
        rows = _lock(Message.objects.filter(status=Status.SENDING, claimed_at__lt=now - LEASE))
        for row in rows:
            row.status, row.status_reason, row.status_detail = Status.UNCONFIRMED, "", ""
            log.warning("message.lease_ended message=%s attempt=%s", row.pk, row.attempts)
        update_many(rows, ("status", "status_reason", "status_detail"))
        DeliveryAttempt.objects.filter(
            message__in=rows,
            number=F("message__attempts"),
            outcome=DeliveryAttempt.Outcome.RUNNING,
        ).update(outcome=DeliveryAttempt.Outcome.ABANDONED, ended_at=now)
        record_all([event for row in rows if (event := status_event(row))])
    return len(rows)


def give_up_waiting(now: datetime | None = None) -> int:
    """Unconfirmed for longer than the grace period: the agent is asked what to do."""
    now = now or timezone.now()
    with transaction.atomic():
        rows = _lock(
            Message.objects.filter(
                status=Status.UNCONFIRMED,
                status_reason="",
                claimed_at__lt=now - settings.UNCONFIRMED_GRACE,
            )
        )
        for row in rows:
            row.status_reason = NO_WORD
        update_many(rows, ("status_reason",))
        record_all(
            [draft(EventName.MESSAGE_CHANGED, row.conversation, message=row) for row in rows]
        )
    return len(rows)


def has_due(lane: Lane, now: datetime | None = None) -> bool:
    """Whether rows of `lane` could leave: their nudge may be lost, or their wait over."""
    now = now or timezone.now()
    queued = Message.objects.filter(status=Status.QUEUED, lane=lane)
    return queued.exclude(retry_at__gt=now).exclude(scheduled_at__gt=now).exists()


def next_due_at(lane: Lane, now: datetime) -> datetime | None:
    """When the next row of `lane` that waits for its time may leave."""
    queued = Message.objects.filter(status=Status.QUEUED, lane=lane)
    moments = [
        queued.filter(**{f"{name}__gt": now}).order_by(name).values_list(name, flat=True).first()
        for name in ("retry_at", "scheduled_at")
    ]
    return min((moment for moment in moments if moment is not None), default=None)


def _lock(rows: QuerySet[Message]) -> list[Message]:
    """Those of `rows` that nobody holds; the others have their turn at the next sweep."""
    free = rows.select_for_update(of=("self",), no_key=True, skip_locked=True)
    return list(free.select_related("conversation").order_by("pk")[:_AT_ONCE])
