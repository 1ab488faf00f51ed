"""Whatever happens to what waits: never before its time, never two at once, never for nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Agent
from conversations.gateway import Accepted, SendOutcome, TryLater
from conversations.models import (
    Conversation,
    Lane,
    Message,
    MessageTemplate,
    Status,
)
from conversations.services.claim import claim_due
from conversations.services.settle import Settled, settle_all
from tests.conversations.fakes import FakeGateway
from tests.conversations.waiting import (
    DAY_S,
    PARKED,
    WITHHELD,
    says,
    usable_template,
    write,
)
from tests.fixtures import Clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def template(conversation: Conversation) -> MessageTemplate:
    return usable_template(conversation)


# What is answered, what WhatsApp says of it then, how long it takes, and late words of any attempt.
ROUND = st.tuples(
    st.sampled_from(["taken", "taken", "withheld", "busy"]),
    st.sampled_from(["withheld", "withheld", "sent", "delivered", ""]),
    st.sampled_from([10.0, DAY_S - 1, DAY_S, DAY_S]),
    st.sampled_from(["", "", "delivered", "withheld"]),
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rounds=st.lists(ROUND, min_size=2, max_size=5), data=st.data())
def test_never_before_its_time_never_two_at_once_never_after_it_arrived(
    rounds: list[tuple[str, str, float, str]],
    data: st.DataObject,
    conversation: Conversation,
    agent: Agent,
    template: MessageTemplate,
    channel: FakeGateway,
) -> None:
    clock = Clock()
    clock.at(timezone.now())
    channel.put_offs = {WITHHELD: PARKED}
    write(conversation, agent, template)
    play = Play(conversation)
    try:
        for answer, said, wait_s, late in rounds:
            for claim in claim_due(channel, Lane.REPLY, 5).claims:
                play.leaves(claim.message)
                settle_all([Settled(claim, play.answers(claim.message, answer))])
            if said and play.taken:
                play.says(play.taken[-1], said)
            clock.forward(timedelta(seconds=wait_s))
            if late and play.taken:
                play.says(data.draw(st.sampled_from(play.taken)), late)
            waiting = conversation.messages.filter(status__in=("queued", "sending"))
            assert waiting.count() <= 1
    finally:
        clock.stop()
        conversation.messages.update(again_of=None)
        Conversation.objects.filter(pk=conversation.pk).update(last_message=None)
        conversation.messages.all().delete()


class Play:
    """What is known outside: what left, what was withheld when, and whether one arrived."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self.not_before = timezone.now()
        self.taken: list[Message] = []
        self.withheld: set[Any] = set()
        self.arrived = False

    def leaves(self, message: Message) -> None:
        assert timezone.now() >= self.not_before
        assert not self.arrived
        # WhatsApp has no other attempt that it did not withhold.
        assert {row.pk for row in self.taken} == self.withheld

    def answers(self, message: Message, answer: str) -> SendOutcome:
        if answer == "busy":
            return TryLater("131016", wait_s=4)
        if answer == "withheld":
            self._wait()
            return PARKED
        self.taken.append(message)
        return Accepted(f"wamid.out-{message.pk}")

    def says(self, message: Message, status: str) -> None:
        message.refresh_from_db()
        counts = message.status in (Status.ACCEPTED, Status.SENT)
        if status == "withheld":
            says(message, "failed", WITHHELD)
            if counts:
                self.withheld.add(message.pk)
                self._wait()
        else:
            says(message, status)
            self.arrived = self.arrived or status == "delivered"

    def _wait(self) -> None:
        self.not_before = timezone.now() + timedelta(days=1)
