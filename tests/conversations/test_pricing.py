"""Who came by an ad and was answered may be written to for three days at no cost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Agent
from conversations.gateway import Accepted, StatusUpdate
from conversations.models import Conversation, Message
from conversations.services.claim import claim_message
from conversations.services.pricing import FREE_ENTRY
from conversations.services.reply import Draft, send_reply
from conversations.services.settle import settle
from conversations.services.statuses import apply_status
from tests import factories
from tests.conversations.fakes import FakeGateway
from tests.fixtures import Clock

pytestmark = pytest.mark.django_db
UUID1, UUID2 = "0a6ba1f2-6a3c-4f0f-8f6c-0ad2d0b1f0aa", "0a6ba1f2-6a3c-4f0f-8f6c-0ad2d0b1f0ab"


def answer(conversation: Conversation, agent: Agent, client_uuid: str = UUID1) -> Message:
    message = send_reply(conversation, Draft(client_uuid, text="Gern!"), agent).message  # type: ignore[arg-type]
    claim = claim_message(FakeGateway(), message.pk)
    assert claim is not None
    settle(claim, Accepted(f"wamid.{client_uuid}"))
    conversation.refresh_from_db()
    return message


def test_answering_who_came_by_an_ad_opens_three_free_days(
    conversation: Conversation, agent: Agent, clock: Clock
) -> None:
    now = clock.at(timezone.now())
    factories.MessageFactory.create(
        conversation=conversation, payload={"referral": {"source_type": "ad"}}
    )
    answer(conversation, agent)
    assert conversation.free_entry_expires_at == now + FREE_ENTRY
    clock.forward(timedelta(hours=2))
    answer(conversation, agent, UUID2)  # once, not with every answer
    assert conversation.free_entry_expires_at == now + FREE_ENTRY


@pytest.mark.parametrize(("payload", "hours"), [({}, 0), ({"referral": {}}, 25)])
def test_without_an_ad_or_too_late_nothing_is_free(
    conversation: Conversation, agent: Agent, payload: dict[str, object], hours: int
) -> None:
    factories.MessageFactory.create(
        conversation=conversation,
        payload=payload,
        sent_at=timezone.now() - timedelta(hours=hours),
    )
    answer(conversation, agent)
    assert conversation.free_entry_expires_at is None


def test_whatsapp_s_own_word_on_its_end_counts(conversation: Conversation, agent: Agent) -> None:
    message = answer(conversation, agent)
    ends = timezone.now() + timedelta(hours=70)
    apply_status(
        StatusUpdate(
            message.business_number_id,
            f"wamid.{UUID1}",
            "sent",
            timezone.now(),
            pricing={"type": "free_entry_point", "category": "referral_conversion"},
            free_until=ends,
        )
    )
    conversation.refresh_from_db()
    message.refresh_from_db()
    assert conversation.free_entry_expires_at == ends
    assert (message.pricing_type, message.pricing_category) == (
        "free_entry_point",
        "referral_conversion",
    )
