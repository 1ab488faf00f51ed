"""Each try to send a message can be read on the message's page."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Agent
from conversations.gateway import Accepted, TryLater
from conversations.models import Conversation, Message
from conversations.services.claim import claim_message
from conversations.services.reply import Draft, send_reply
from conversations.services.settle import settle
from tests.conversations.fakes import FakeGateway
from whatsapp.error_table import MEANINGS
from whatsapp.errors import waiting_words_of

BUSY = waiting_words_of(MEANINGS[131016])


@pytest.mark.django_db
def test_the_log_of_attempts_is_on_the_message_s_page(
    browser: Client, admin: Agent, conversation: Conversation
) -> None:
    client_uuid = "0a6ba1f2-6a3c-4f0f-8f6c-0ad2d0b1f0aa"
    message = send_reply(conversation, Draft(client_uuid, text="Gern!"), admin).message  # type: ignore[arg-type]
    for outcome in (TryLater("131016", BUSY, wait_s=0), Accepted("wamid.1")):
        Message.objects.update(retry_at=None)
        claim = claim_message(FakeGateway(), message.pk)
        assert claim is not None
        settle(claim, outcome)
    page = browser.get(reverse("admin:conversations_message_change", args=[message.pk]))
    text = page.content.decode()
    assert page.status_code == 200
    assert "WhatsApp is busy" in text or "WhatsApp ist" in text
    assert text.count("131016") >= 1
