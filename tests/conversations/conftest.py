"""The core on its own: a channel made of paper, tasks run by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.utils import timezone

from contacts.services import Person
from conversations.gateway import InboundMessage
from conversations.models import Conversation
from conversations.services import attention, media, pump, waiting
from conversations.services.receive import receive_message
from tests.conversations.fakes import FakeGateway
from tests.conversations.toms import ACCOUNT_ONLY, PHONE_ONLY
from whatsapp.models import WhatsAppNumber

_numbers = count(1)
ANYBODY = Person(wa_id="4915112345678", bsuid="DE.111", name="Karla Kundin")


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    fake = FakeGateway()
    monkeypatch.setattr(attention, "gateway", lambda: fake)
    monkeypatch.setattr(media, "gateway", lambda: fake)
    monkeypatch.setattr(pump, "gateway", lambda: fake)
    monkeypatch.setattr(waiting, "gateway", lambda: fake)
    return fake


@pytest.fixture
def inbound(number: WhatsAppNumber) -> Any:
    """Makes an inbound text of Karla's: `inbound(text="Hallo", sent_at=…)`."""

    def make(**fields: Any) -> InboundMessage:
        return InboundMessage(
            **{
                "business_number_id": number.pk,
                "person": ANYBODY,
                "wamid": f"wamid.in-{next(_numbers)}",
                "type": "text",
                "text": "Hallo",
                "sent_at": datetime.now(UTC),
                **fields,
            }
        )

    return make


@pytest.fixture
def two(inbound: Any) -> tuple[Conversation, Conversation]:
    """Tom by phone three hours ago, and a username two hours ago, on one number of ours."""
    now = timezone.now()
    older = receive_message(inbound(person=PHONE_ONLY, sent_at=now - timedelta(hours=3)))
    newer = receive_message(inbound(person=ACCOUNT_ONLY, sent_at=now - timedelta(hours=2)))
    assert older
    assert newer
    return older.conversation, newer.conversation
