"""Law 2 under any history: customers write, webhooks come late, clocks differ, agents and the pump
do what they do; nothing leaves after the window's end by WhatsApp's clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contacts.services import Person
from conversations.errors import Refused
from conversations.gateway import Accepted, InboundMessage, TryLater
from conversations.models import Conversation, Lane, Message, Reason, Status
from conversations.services.claim import claim_due
from conversations.services.lifecycle import resolve_conversation
from conversations.services.receive import receive_messages
from conversations.services.reply import Draft, send_reply
from conversations.services.settle import Settled, settle_all
from conversations.window import SAFETY_MARGIN, WINDOW_LENGTH
from tests import factories
from tests.conversations.fakes import FakeGateway
from tests.fixtures import Clock

KARLA = Person(wa_id="4915112345678", name="Karla Kundin")
# Near the window's end a second counts; far from it nothing does.
STEPS = st.one_of(
    st.integers(0, 5).map(lambda s: timedelta(seconds=s)),
    st.integers(0, 30 * 60).map(lambda m: timedelta(minutes=m)),
    st.integers(-4, 4).map(lambda s: WINDOW_LENGTH + timedelta(seconds=s)),
)


class TheWindow(RuleBasedStateMachine):
    """`written`: when the customer wrote, as WhatsApp knows it, and whether we know it by now."""

    def __init__(self) -> None:
        super().__init__()
        self.database = transaction.atomic()
        self.database.__enter__()
        self.clock = Clock()
        self.clock.at(timezone.now().replace(microsecond=250_000))
        self.agent = factories.AgentFactory.create(role="lead")
        self.number = factories.WhatsAppNumberFactory.create()
        self.written: list[datetime] = []
        self.on_the_way: list[InboundMessage] = []
        self.claims: list[Any] = []
        self._deliver([self._new(timezone.now())])

    def teardown(self) -> None:
        self.clock.stop()
        transaction.set_rollback(True)
        self.database.__exit__(None, None, None)

    def _new(self, at: datetime) -> InboundMessage:
        return InboundMessage(
            business_number_id=self.number.pk,
            person=KARLA,
            wamid=f"wamid.{uuid4()}",
            type="text",
            text="Hallo",
            sent_at=at.replace(microsecond=0),  # WhatsApp's times are whole seconds
        )

    def _deliver(self, messages: list[InboundMessage]) -> None:
        receive_messages(messages)
        self.written += [message.sent_at for message in messages]

    @property
    def ends(self) -> datetime:
        """By what we were told; WhatsApp may know of more, never of less."""
        return max(self.written) + WINDOW_LENGTH

    @property
    def conversation(self) -> Conversation:
        newest = Conversation.objects.filter(business_number=self.number).order_by("created_at")
        found = newest.last()
        assert found is not None
        return found

    @rule(step=STEPS)
    def time_passes(self, step: timedelta) -> None:
        self.clock.forward(step)

    @rule()
    def time_goes_to_the_edge(self) -> None:
        """A moment around the last one in which something may leave."""
        edge = self.ends - SAFETY_MARGIN - timedelta(seconds=1)
        if edge > timezone.now():
            self.clock.at(edge)

    @rule(age=STEPS)
    def the_customer_writes(self, age: timedelta) -> None:
        """Its webhook is on the way for a while: it speaks of the past."""
        self.on_the_way.append(self._new(timezone.now() - age))

    @rule(skew=st.integers(0, 2))
    def whatsapps_clock_is_ahead(self, skew: int) -> None:
        self._deliver([self._new(timezone.now() + timedelta(seconds=skew))])

    @rule(data=st.data())
    def webhooks_come_in_any_order_and_twice(self, data: Any) -> None:
        waiting = data.draw(st.permutations(self.on_the_way))
        self._deliver([*waiting, *waiting[:1]])
        self.on_the_way.clear()

    @rule()
    def an_agent_writes(self) -> None:
        draft = Draft(uuid4(), text="Gern!")
        if timezone.now() < self.ends:
            sent = send_reply(self.conversation, draft, self.agent, refuse=True)
            assert sent.message.status == Status.QUEUED
            return
        with pytest.raises(Refused) as refused:
            send_reply(self.conversation, draft, self.agent, refuse=True)
        assert refused.value.reason == Reason.WINDOW_CLOSED

    @rule(later=st.sampled_from([None, 5.0, 3600.0, 90_000.0]))
    def the_pump_sends(self, later: float | None) -> None:
        found = claim_due(FakeGateway(), Lane.REPLY, 5)
        for _claim in found.claims:
            # Even when the request takes as long as the margin allows for.
            assert timezone.now() + SAFETY_MARGIN < self.ends
        outcome = (
            Accepted(f"wamid.out.{uuid4()}") if later is None else TryLater("131016", "", later)
        )
        settle_all([Settled(claim, outcome) for claim in found.claims])

    @rule()
    def the_conversation_is_resolved(self) -> None:
        resolve_conversation(self.conversation, self.agent)

    @invariant()
    def the_window_is_that_of_the_latest_message(self) -> None:
        known = Conversation.objects.filter(business_number=self.number)
        assert max(row.window_expires_at for row in known if row.window_expires_at) == self.ends

    @invariant()
    def what_was_too_late_says_so(self) -> None:
        blocked = Message.objects.filter(status=Status.BLOCKED)
        assert not blocked.exclude(status_reason=Reason.WINDOW_CLOSED).exists()

    @invariant()
    def nothing_waits_for_a_time_after_the_window(self) -> None:
        for row in Message.objects.filter(status=Status.QUEUED, retry_at__isnull=False):
            assert row.retry_at is not None
            assert row.retry_at < self.ends


@pytest.mark.django_db
def test_nothing_leaves_after_the_window() -> None:
    TheWindow.TestCase.settings = settings(
        max_examples=25,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    TheWindow.TestCase().runTest()
