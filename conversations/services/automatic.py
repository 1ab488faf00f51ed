"""Messages that leave by themselves, without an agent: inside the window only, and each once."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from conversations.delivery import PUMP_TASKS
from conversations.events import nudge_once, record
from conversations.models import (
    Conversation,
    Direction,
    EventName,
    Lane,
    Message,
    MessageType,
    Status,
)
from conversations.policy import may_send
from conversations.refusals import count_refusal
from conversations.services.last_message import move_last_message

log = logging.getLogger(__name__)


# A text whose link is not shown as a picture: nobody but the customer is to open it.
WITHOUT_PREVIEW: Mapping[str, object] = {"text": {"preview_url": False}}


def send_automatic(
    conversation: Conversation,
    text: str,
    client_uuid: UUID,
    payload: Mapping[str, object] | None = None,
    type: str = MessageType.TEXT,  # noqa: A002 (the message's own name for it)
) -> Message | None:
    """Queue `text` to the customer of a locked conversation; None where policy refuses it.

    What is not a text is in `payload`, as the platform has it; `text` are its words.

    It neither reopens a conversation nor counts as an agent's answer.
    """
    now = timezone.now()
    message = Message(
        conversation=conversation,
        business_number=conversation.business_number,
        direction=Direction.OUTBOUND,
        type=type,
        text=text,
        payload=dict(payload or {}),
        client_uuid=client_uuid,
        status=Status.QUEUED,
        lane=Lane.REPLY,
        # Never above what it answers, even where WhatsApp's clock is ahead of ours.
        sent_at=max(now, conversation.last_message_at or now),
    )
    verdict = may_send(message, now)
    if verdict.reason is not None:
        count_refusal(verdict.reason)
        log.info("message.not_automatic conversation=%s reason=%s", conversation.pk, verdict.reason)
        return None
    message.save(force_insert=True)
    conversation.save(update_fields=[*move_last_message(conversation, message), "updated_at"])
    record(EventName.MESSAGE_CREATED, conversation, message=message)
    transaction.on_commit(partial(nudge_once, PUMP_TASKS[Lane.REPLY]))
    return message
