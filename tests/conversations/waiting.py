"""What the tests of waiting messages share: writing, one round of a pump, WhatsApp's word."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.models import Agent
from consent.services import record_inbound_message
from conversations.gateway import StatusUpdate, TryLater
from conversations.models import Conversation, Lane, Message, MessageTemplate
from conversations.services.claim import claim_due
from conversations.services.reply import Draft, send_reply
from conversations.services.settle import Settled, settle_all
from conversations.services.statuses import apply_status
from tests import factories
from tests.conversations.fakes import FakeGateway

DAY_S = 24 * 3600.0
WITHHELD = "131049"
WAITING = "WhatsApp withheld it."
PARKED = TryLater(WITHHELD, WAITING, DAY_S, given_up="It was withheld.", is_parked=True)


def usable_template(conversation: Conversation) -> MessageTemplate:
    """One that its customer may get."""
    record_inbound_message(conversation.contact, "Hallo", "wamid.hello", timezone.now())
    found: MessageTemplate = factories.MessageTemplateFactory.create(
        business_numbers=[conversation.business_number]
    )
    return found


def write(
    conversation: Conversation, agent: Agent, template: MessageTemplate | None, **fields: Any
) -> Message:
    if template is None:
        draft = Draft(uuid4(), text="Gern!", **fields)
    else:
        body = {"type": "body", "parameters": [{"type": "text", "text": "4711"}]}
        payload: dict[str, object] = {"template": {"components": [body]}}
        draft = Draft(uuid4(), type="template", template=template, payload=payload, **fields)
    return send_reply(conversation, draft, agent).message


def pump(channel: FakeGateway, lane: Lane = Lane.REPLY) -> list[Message]:
    """One round: what left."""
    claims = claim_due(channel, lane, 20).claims
    assert settle_all([Settled(one, channel.send(one.message)) for one in claims]) == []
    return [one.message for one in claims]


def says(message: Message, status: str, reason: str = "", at: str = "") -> None:
    apply_status(
        StatusUpdate(
            business_number_id=message.business_number_id,
            wamid=at or f"wamid.out-{message.pk}",
            status=status,
            occurred_at=timezone.now(),
            message_id=str(message.pk),
            reason=reason,
            detail="It was withheld." if reason else "",
        )
    )
    message.refresh_from_db()


def again_of(message: Message) -> Message:
    return Message.objects.get(again_of=message)
