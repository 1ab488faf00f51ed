"""The platform says what became of a message: ticks move forward, whatever order they come in."""

from __future__ import annotations

import logging
from uuid import UUID

from django.db import transaction

from conversations.delivery import may_follow
from conversations.events import record
from conversations.gateway import StatusUpdate
from conversations.models import Direction, EarlyStatus, EventName, Message, MessageType, Status
from conversations.services.locking import lock_message

log = logging.getLogger(__name__)


def apply_status(update: StatusUpdate) -> None:
    """Apply a status to its row, found by our id (echoed) or wamid; kept when neither is known."""
    with transaction.atomic():
        message = _find(update)
        if message is None:
            keep_for_later(update)
            return
        if message.wamid and update.wamid and message.wamid != update.wamid:
            log.warning("message.second_wamid message=%s", message.pk)
            return
        if not message.wamid and update.wamid:
            message.wamid = update.wamid
            message.save(update_fields=["wamid", "updated_at"])
        if update.pricing and message.payload.get("pricing") != update.pricing:
            message.payload = {**message.payload, "pricing": update.pricing}
            message.save(update_fields=["payload", "updated_at"])
        move_status(message, update.status, update.reason, update.detail)


def move_status(message: Message, status: str, reason: str = "", detail: str = "") -> None:
    """Move a locked row on to a platform status, if it may follow; announce it."""
    if not may_follow(message.status, status):
        return
    message.status = status
    failed = status == Status.FAILED
    message.status_reason = reason if failed else ""
    message.status_detail = detail if failed else ""
    message.save(update_fields=["status", "status_reason", "status_detail", "updated_at"])
    announce_status(message)


def announce_status(message: Message) -> None:
    if message.type == MessageType.REACTION:
        return  # no bubble has its ticks
    record(
        EventName.MESSAGE_STATUS_CHANGED,
        message.conversation,
        message=message,
        data={"status": message.status},
    )


def keep_for_later(update: StatusUpdate) -> None:
    """A status of a message nobody knows yet (it may be ours, about to store its wamid)."""
    if not update.wamid:
        return
    EarlyStatus.objects.bulk_create(
        [
            EarlyStatus(
                business_number_id=update.business_number_id,
                wamid=update.wamid[:255],
                status=update.status[:12],
                reason=update.reason[:40],
                detail=update.detail,
                occurred_at=update.occurred_at,
            )
        ],
        ignore_conflicts=True,
    )


def apply_early_statuses(message: Message) -> None:
    """What was said of this wamid before the (locked) row knew it."""
    early = EarlyStatus.objects.filter(
        business_number_id=message.business_number_id, wamid=message.wamid
    )
    for row in sorted(early, key=lambda row: row.status == Status.FAILED):
        move_status(message, row.status, row.reason, row.detail)
    early.delete()


def _find(update: StatusUpdate) -> Message | None:
    rows = Message.objects.filter(
        business_number_id=update.business_number_id, direction=Direction.OUTBOUND
    )
    if update.message_id:
        try:
            message = lock_message(rows.filter(pk=UUID(update.message_id)))
        except ValueError:
            message = None
        if message is not None:
            return message
    return lock_message(rows.filter(wamid=update.wamid)) if update.wamid else None
