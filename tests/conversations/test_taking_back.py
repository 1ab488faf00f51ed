"""An agent takes back what waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import Agent, Role
from conversations.errors import CannotTakeBack, NotAllowed
from conversations.models import (
    Conversation,
    Event,
    Lane,
    Message,
    MessageTemplate,
    Reason,
    Status,
)
from conversations.services.claim import claim_due
from conversations.services.waiting import take_back
from tests import factories
from tests.conversations.fakes import FakeGateway
from tests.conversations.waiting import (
    PARKED,
    pump,
    usable_template,
    write,
)
from tests.fixtures import Clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def template(conversation: Conversation) -> MessageTemplate:
    return usable_template(conversation)


@pytest.fixture
def message(conversation: Conversation, agent: Agent, template: MessageTemplate) -> Message:
    return write(conversation, agent, template)


def test_what_waits_can_be_taken_back(
    message: Message, agent: Agent, channel: FakeGateway, clock: Clock
) -> None:
    channel.answers = [PARKED]
    pump(channel)
    for _ in range(2):
        taken = take_back(message, agent)
        assert (taken.status, taken.status_reason) == (Status.BLOCKED, Reason.TAKEN_BACK)
    assert Event.objects.filter(name="message.status_changed", data__status="blocked").count() == 1
    clock.forward(timedelta(days=2))
    assert pump(channel) == []
    assert len(channel.sent) == 1


def test_what_is_on_its_way_cannot_be_taken_back(
    message: Message, agent: Agent, channel: FakeGateway
) -> None:
    claim_due(channel, Lane.REPLY, 1)
    with pytest.raises(CannotTakeBack):
        take_back(message, agent)


def test_who_may_not_write_may_not_take_back(message: Message) -> None:
    with pytest.raises(NotAllowed):
        take_back(message, factories.AgentFactory.create(role=Role.READ_ONLY))
