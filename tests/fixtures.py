"""Fixtures that speak the product's words: people, a number, a conversation, a clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from accounts.models import Agent, Role, Team
from contacts.models import Contact
from conversations.models import Conversation
from tests import factories
from whatsapp.models import WhatsAppNumber


class Clock:
    """What Python believes the time to be. PostgreSQL's own clock goes on as it is."""

    def __init__(self) -> None:
        self._travel: time_machine.travel | None = None

    def at(self, moment: datetime) -> datetime:
        """Stand still at `moment` (aware)."""
        self.stop()
        self._travel = time_machine.travel(moment, tick=False)
        self._travel.start()
        return moment

    def forward(self, by: timedelta) -> datetime:
        """Stand still `by` later than now."""
        return self.at(timezone.now() + by)

    def stop(self) -> None:
        """Back to the real time."""
        if self._travel is not None:
            self._travel.stop()
            self._travel = None


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    yield clock
    clock.stop()


@pytest.fixture
def team(db: None) -> Team:
    return factories.TeamFactory.create(name="Fernverkehr")


@pytest.fixture
def agent(team: Team) -> Agent:
    """An agent of `team`."""
    return factories.AgentFactory.create(name="Anna Agent", teams=[team])


@pytest.fixture
def other_agent(db: None) -> Agent:
    """An agent of another team, who does not see what belongs to `team`."""
    elsewhere = factories.TeamFactory.create(name="Güterverkehr")
    return factories.AgentFactory.create(name="Otto Other", teams=[elsewhere])


@pytest.fixture
def lead(db: None) -> Agent:
    return factories.AgentFactory.create(name="Lena Lead", role=Role.LEAD)


@pytest.fixture
def admin(db: None) -> Agent:
    return factories.AgentFactory.create(name="Adam Admin", role=Role.ADMIN)


@pytest.fixture
def read_only(team: Team) -> Agent:
    """Of `team`, may look and not touch."""
    return factories.AgentFactory.create(name="Rita Read", role=Role.READ_ONLY, teams=[team])


@pytest.fixture
def number(db: None) -> WhatsAppNumber:
    """The number the development settings name."""
    return factories.WhatsAppNumberFactory.create(
        name="Kundenservice",
        phone_number="+4930123456",
        phone_number_id=settings.WHATSAPP_PHONE_NUMBER_ID,
        waba_id=settings.WHATSAPP_BUSINESS_ACCOUNT_ID,
    )


@pytest.fixture
def contact(db: None) -> Contact:
    return factories.ContactFactory.create(name="Karla Kundin", wa_id="4915112345678")


@pytest.fixture
def conversation(contact: Contact, number: WhatsAppNumber, team: Team) -> Conversation:
    """Open, of `team`, unassigned; the customer wrote an hour ago."""
    return factories.ConversationFactory.create(contact=contact, business_number=number, team=team)
