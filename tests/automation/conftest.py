"""A desk with opening hours, and a way to have things happen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import Agent
from automation.follow import begin_here
from automation.models import BusinessCalendar, NumberHours, SlaClock, SlaPolicy
from automation.tasks import FOLLOWERS, follow_events
from contacts.services import Person
from conversations.dispatch import dispatch_events
from conversations.events import record
from conversations.gateway import InboundMessage
from conversations.models import Conversation, Event, EventName, Message, SlaTarget, Status
from conversations.services.receive import receive_message
from tests import factories
from tests.fixtures import Clock
from whatsapp.models import WhatsAppNumber

KARLA = Person(wa_id="4915112345678", bsuid="DE.111", name="Karla Kundin")
_wamids = count(1)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, 10, tzinfo=BERLIN)
Writes = Callable[..., Message]


@pytest.fixture(autouse=True)
def _begin(db: None) -> None:
    for follower in FOLLOWERS:
        begin_here(follower.name)


@pytest.fixture
def office(db: None) -> BusinessCalendar:
    """Monday to Friday from nine to five, in Schleswig-Holstein."""
    return BusinessCalendar.objects.create(name="Büro", country="DE", subdivision="SH")


@pytest.fixture
def policy(db: None, clock: Clock) -> SlaPolicy:
    """An hour for the first answer, two for the next, eight to resolve; warned at 80 percent."""
    clock.at(MONDAY - HOUR)
    made = SlaPolicy.objects.create(
        name="All", first_response_min=60, next_response_min=120, resolution_min=480
    )
    clock.at(MONDAY)
    return made


@pytest.fixture
def away(number: WhatsAppNumber, office: BusinessCalendar) -> NumberHours:
    return NumberHours.objects.create(
        business_number=number,
        calendar=office,
        is_active=True,
        away_de="Moin {{contact.first_name}}, wir sind {{opens_at}} wieder da.",
        away_en="Hello {{contact.first_name}}, we are back {{opens_at}}.",
    )


@pytest.fixture
def writes(number: WhatsAppNumber) -> Callable[..., Message]:
    """A customer writes, now unless said otherwise."""

    def write(text: str = "Hallo", **fields: Any) -> Message:
        inbound = InboundMessage(
            **{
                "business_number_id": number.pk,
                "person": KARLA,
                "wamid": f"wamid.automation-{next(_wamids)}",
                "type": "text",
                "text": text,
                "sent_at": timezone.now(),
                **fields,
            }
        )
        message = receive_message(inbound)
        assert message is not None
        return message

    return write


@pytest.fixture
def answers(agent: Agent) -> Callable[..., Message]:
    """An agent's answer that WhatsApp took."""

    def answer(conversation: Conversation, at: datetime | None = None, **fields: Any) -> Message:
        message = factories.MessageFactory.create(
            conversation=conversation,
            outbound=True,
            **{"author": agent, "status": Status.ACCEPTED, **fields},
        )
        Message.objects.filter(pk=message.pk).update(sent_at=at or timezone.now())
        event(EventName.MESSAGE_CREATED, message)
        message.refresh_from_db()
        return message

    return answer


def event(name: EventName, message: Message) -> None:
    record(name, message.conversation, message=message)


def happen() -> None:
    """What was committed is told, and followed."""
    dispatch_events()
    follow_events()


def clock_of(row: Conversation, target: SlaTarget) -> SlaClock:
    return SlaClock.objects.filter(conversation=row, target=target).latest("started_at", "pk")


def told(name: EventName) -> list[Event]:
    return list(Event.objects.filter(name=name).order_by("pk"))
