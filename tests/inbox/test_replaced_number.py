"""What agents see of a number that was replaced, and of what an admin must see to."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import Agent, Severity
from accounts.notices import raise_notice
from consent.our_numbers import OurNumbers
from conversations.models import Conversation, EventName
from conversations.services.receive import ARRIVED_AT
from conversations.services.replace_number import begin_replacement, move_threads
from inbox.cards import extras
from inbox.event_words import icon_of, sentence
from inbox.templatetags.inbox_ui import given_to
from tests import factories
from whatsapp.models import WhatsAppNumber

pytestmark = pytest.mark.django_db


@pytest.fixture
def heir(number: WhatsAppNumber) -> WhatsAppNumber:
    return factories.WhatsAppNumberFactory.create(name="Neue Nummer", phone_number="+4940999")


def test_the_thread_says_that_it_goes_on_elsewhere(
    client: Client, admin: Agent, conversation: Conversation, number: Any, heir: WhatsAppNumber
) -> None:
    factories.ConsentRecordFactory.create(
        contact=conversation.contact, business_number=number.phone_number
    )
    begin_replacement(number, heir)
    move_threads(10)
    event = conversation.events.get(name=EventName.CONVERSATION_MOVED)
    with translation.override("en"):
        assert "<b>Neue Nummer</b>" in sentence(event)
    assert icon_of(event) == "arrow-right"
    client.force_login(admin)
    page = client.get(reverse("inbox:conversation", args=[conversation.pk])).content.decode()
    assert "<b>Neue Nummer</b>" in page
    pane = client.get(reverse("inbox:contact", args=[conversation.pk])).content.decode()
    assert "+4940999" in pane


def test_a_consent_names_the_number_it_was_given_to(number: Any, heir: WhatsAppNumber) -> None:
    row = factories.ConsentRecordFactory.create(business_number=number.phone_number)
    assert given_to(row) == "+4930123456"
    begin_replacement(number, heir)
    with translation.override("en"):
        assert given_to(row) == "+4930123456 (replaced by +4940999)"
    assert OurNumbers.describe("") == ""
    assert OurNumbers.describe("+1") == "+1"


def test_a_late_message_says_where_it_arrived(conversation: Conversation) -> None:
    message = factories.MessageFactory.create(
        conversation=conversation, payload={ARRIVED_AT: "+4930123456"}
    )
    (origin,) = extras(message).origins
    assert "+4930123456" in origin.words


@pytest.mark.parametrize(
    ("role", "seen"), [("admin", True), ("lead", True), ("agent", False), ("read_only", False)]
)
def test_a_critical_notice_stands_over_the_list_for_those_in_charge(
    client: Client, role: str, seen: bool, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(role))
    raise_notice("b", "", Severity.WARNING, "Only a warning.")
    assert 'id="alarm"' not in client.get(reverse("inbox:inbox")).content.decode()
    raise_notice("a", "", Severity.CRITICAL, "The number is banned.")
    page = client.get(reverse("inbox:inbox")).content.decode()
    assert ("The number is banned." in page) is seen
