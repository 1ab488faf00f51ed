"""What the tests of the own page share: a customer who wrote, and the link they were sent."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from consent.models import OwnPageLink, Topic
from consent.own_page import token_of
from contacts.models import Contact
from contacts.services import Person
from conversations.gateway import InboundMessage
from conversations.models import Message, MessageType
from conversations.services.receive import receive_message
from tests.rights.conftest import _folders  # noqa: F401 (files of exports in a folder of the test)
from whatsapp.models import WhatsAppNumber

WA_ID = "4915112345678"


class Customer:
    """Somebody with a phone and a browser."""

    def __init__(self, number: WhatsAppNumber, wa_id: str = WA_ID) -> None:
        self.number, self.wa_id = number, wa_id
        self.client = Client(headers={"accept-language": "en"})
        self.written = 0

    def says(self, text: str, at: datetime | None = None) -> Message:
        """Each a moment after the one before: WhatsApp's clock has whole seconds."""
        self.written += 1
        moment = at or timezone.now() - timedelta(seconds=60 - self.written)
        message = receive_message(
            InboundMessage(
                business_number_id=self.number.pk,
                person=Person(wa_id=self.wa_id, name="Karla"),
                wamid=f"wamid.{self.wa_id}.{self.written}",
                type=MessageType.TEXT,
                sent_at=moment,
                text=text,
            )
        )
        assert message is not None
        return message

    @property
    def contact(self) -> Contact:
        return Contact.objects.get(identities__value=self.wa_id, identities__kind="wa_id")

    @property
    def link(self) -> OwnPageLink:
        """The newest."""
        return OwnPageLink.objects.filter(contact=self.contact).latest("created_at")

    @property
    def path(self) -> str:
        return f"/my/{token_of(self.link.pk)}/"


@pytest.fixture
def customer(number: WhatsAppNumber) -> Customer:
    """Subscribed to news, and with a link in hand."""
    Topic.objects.create(key="line-s1", name_de="Linie S1", name_en="Line S1")
    karla = Customer(number)
    karla.says("START")
    Contact.objects.update(language="en")
    karla.says("EINSTELLUNGEN")
    return karla
