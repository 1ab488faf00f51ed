"""The core on its own: a channel made of paper, tasks run by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from contacts.services import Person
from conversations.gateway import InboundMessage
from conversations.services import attention, media, pump
from tests.conversations.fakes import FakeGateway
from whatsapp.models import WhatsAppNumber

_numbers = count(1)
ANYBODY = Person(wa_id="4915112345678", bsuid="DE.111", name="Karla Kundin")


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    fake = FakeGateway()
    monkeypatch.setattr(attention, "gateway", lambda: fake)
    monkeypatch.setattr(media, "gateway", lambda: fake)
    monkeypatch.setattr(pump, "gateway", lambda: fake)
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
