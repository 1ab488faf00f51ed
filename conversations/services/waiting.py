"""Messages that wait: what the platform withheld is put off as a new attempt, and an agent may
take back what has not left yet.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from uuid import uuid5

from django.db import transaction
from django.utils import timezone

from accounts.models import Agent
from conversations.errors import CannotTakeBack, NotAllowed
from conversations.events import record
from conversations.gateway import TryLater, gateway
from conversations.models import (
    Conversation,
    Direction,
    EventName,
    Message,
    Origin,
    Reason,
    Status,
    TemplateStatus,
)
from conversations.policy import may_send
from conversations.services.last_message import find_last_message
from conversations.services.locking import lock_message
from conversations.services.reply import AGAIN, copy_files

log = logging.getLogger(__name__)


def put_off_withheld(failed: Iterable[Message]) -> None:
    """Make a new attempt, for later, of each row that the platform withheld and says may come
    again. The (locked, unsaved) row then says so, too.

    Belongs in the transaction that notes the failure, so that there is one attempt or none.
    """
    for row in failed:
        if row.status != Status.FAILED or row.origin != Origin.LIVE:
            continue
        later = gateway().put_off(row, row.status_reason)
        if later is not None and _write_again(row, later):
            row.status_detail = later.detail


def _write_again(failed: Message, later: TryLater) -> bool:
    """Whether there is a new attempt of `failed` now: not when our own rules would stop it."""
    client_uuid = uuid5(failed.pk, AGAIN)  # an agent's "send again" is then the same one
    if Message.objects.filter(client_uuid=client_uuid).exists():
        return False
    now = timezone.now()
    again = Message(
        conversation=failed.conversation,
        business_number_id=failed.business_number_id,
        direction=Direction.OUTBOUND,
        type=failed.type,
        text=failed.text,
        client_uuid=client_uuid,
        author_id=failed.author_id,
        template_id=failed.template_id,
        context_wamid=failed.context_wamid,
        status=Status.QUEUED,
        status_reason=later.reason[:40],
        status_detail=later.detail,
        lane=failed.lane,
        again_of=failed,
        scheduled_at=now + timedelta(seconds=later.wait_s or 0.0),
        sent_at=now,
    )
    reason = may_send(again, now).reason
    if reason is not None and not (reason == Reason.TEMPLATE_NOT_APPROVED and _is_paused(failed)):
        return False
    again.payload, files = copy_files(failed, failed.author)
    again.save(force_insert=True)
    for media in files:
        media.message = again
        media.save(update_fields=["message"])
    record(EventName.MESSAGE_CREATED, failed.conversation, message=again)
    # Not before: a conversation may not be locked after its message.
    transaction.on_commit(partial(_show_in_list, failed, again), robust=True)
    log.info("message.put_off message=%s again=%s", failed.pk, again.pk)
    return True


def _show_in_list(failed: Message, again: Message) -> None:
    """The conversation's last message is the new attempt, in the same place: nobody wrote."""
    shown = Conversation.objects.filter(pk=failed.conversation_id, last_message=failed)
    with transaction.atomic():
        if shown.update(last_message=again, updated_at=timezone.now()):
            record(EventName.CONVERSATION_CHANGED, failed.conversation)


def _is_paused(message: Message) -> bool:
    """Whether its template may be usable again by the time it leaves; policy will know."""
    return message.template is not None and message.template.status == TemplateStatus.PAUSED


def take_back(message: Message, by: Agent) -> Message:
    """Not to be sent after all: what is still queued becomes `blocked`; asked twice, once. What its
    agent took back at once was never said: the thread and the list go on without it.

    Raises `NotAllowed`, and `CannotTakeBack` once a worker took it.
    """
    if not by.may_write:
        raise NotAllowed
    with transaction.atomic():
        held = lock_message(Message.objects.filter(pk=message.pk))
        assert held is not None
        if held.status_reason == Reason.TAKEN_BACK:
            return held
        if held.status != Status.QUEUED:
            raise CannotTakeBack
        held.status, held.status_reason = Status.BLOCKED, Reason.TAKEN_BACK
        held.status_detail, held.retry_at = "", None
        held.save(
            update_fields=["status", "status_reason", "status_detail", "retry_at", "updated_at"]
        )
        if held.is_undone and held.conversation.last_message_id == held.pk:
            fields = find_last_message(held.conversation)
            held.conversation.save(update_fields=[*fields, "updated_at"])
        record(
            EventName.MESSAGE_STATUS_CHANGED,
            held.conversation,
            message=held,
            by=by,
            data={"status": held.status},
        )
    return held
