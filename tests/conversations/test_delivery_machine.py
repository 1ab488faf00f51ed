"""Anything may happen to a message, in any order: hypothesis plays pump, crashes and WhatsApp."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from conversations.delivery import may_follow
from conversations.errors import CannotSendAgain
from conversations.gateway import Accepted, NoAnswer, Refused, StatusUpdate, TryLater
from conversations.models import DeliveryAttempt, Lane, Message, Status
from conversations.services.claim import Claim, claim_due
from conversations.services.leases import LEASE, expire_leases, give_up_waiting
from conversations.services.reply import Draft, send_again, send_reply
from conversations.services.settle import Settled, settle_all
from conversations.services.statuses import apply_status
from conversations.window import SAFETY_MARGIN
from tests import factories
from tests.conversations.fakes import FakeGateway
from tests.fixtures import Clock

STATUSES = ["sent", "delivered", "read", "failed"]
SETTLED = (Status.BLOCKED, Status.FAILED)


class Delivery(RuleBasedStateMachine):
    """What happens on the wire is remembered apart from what the rows say."""

    def __init__(self) -> None:
        super().__init__()
        self.database = transaction.atomic()
        self.database.__enter__()
        self.clock = Clock()
        self.agent = factories.AgentFactory.create()
        self.threads = factories.ConversationFactory.create_batch(2)
        self.claims: list[Claim] = []  # their workers still live
        self.lost: list[Claim] = []  # overdue, and may yet wake up
        self.wire: dict[UUID, list[int]] = {}  # attempts that reached WhatsApp
        self.certainly_not: set[tuple[UUID, int]] = set()
        self.seen: dict[UUID, str] = {}
        self.doubted: set[UUID] = set()
        self.clock.at(timezone.now())

    def teardown(self) -> None:
        self.clock.stop()
        transaction.set_rollback(True)
        self.database.__exit__(None, None, None)

    @rule(thread=st.integers(0, 1))
    def write(self, thread: int) -> None:
        send_reply(self.threads[thread], Draft(uuid4(), text="Gern!"), self.agent)

    @rule(limit=st.integers(1, 3))
    def claim(self, limit: int) -> None:
        found = claim_due(FakeGateway(), Lane.REPLY, limit)
        for claim in found.claims:
            # In order, one at a time, within the window, never what anybody doubts.
            message = claim.message
            window = message.conversation.window
            assert window.is_open(timezone.now() + SAFETY_MARGIN)
            assert message.pk not in self.doubted
            waiting = Message.objects.filter(
                conversation=message.conversation, status__in=("queued", "sending")
            )
            assert not waiting.filter(created_at__lt=message.created_at).exists()
            self.wire.setdefault(message.pk, []).append(claim.attempt)
        self.claims += found.claims

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), kind=st.sampled_from(["yes", "no", "later", "silence"]))
    def answer(self, data: Any, kind: str) -> None:
        claim = self.claims.pop(data.draw(st.integers(0, len(self.claims) - 1)))
        self._settle(claim, kind)

    @precondition(lambda self: self.claims)
    @rule()
    def die(self) -> None:
        """The process is killed; some of its workers were only asleep."""
        self.lost += self.claims
        self.claims = []

    @precondition(lambda self: self.lost)
    @rule(data=st.data(), kind=st.sampled_from(["yes", "no", "later", "silence"]))
    def wake_up_late(self, data: Any, kind: str) -> None:
        claim = self.lost.pop(data.draw(st.integers(0, len(self.lost) - 1)))
        self._settle(claim, kind)

    @rule(seconds=st.sampled_from([1, 5, LEASE.total_seconds() + 1, 700]))
    def wait(self, seconds: float) -> None:
        self.clock.forward(timedelta(seconds=seconds))
        expire_leases()
        give_up_waiting()
        if seconds > LEASE.total_seconds():
            self.lost += self.claims
            self.claims = []

    @precondition(lambda self: self.wire)
    @rule(data=st.data(), status=st.sampled_from(STATUSES), known=st.booleans())
    def say(self, data: Any, status: str, known: bool) -> None:
        """A status, of what may have reached WhatsApp, by our id or by its own only."""
        pk = data.draw(st.sampled_from(list(self.wire)))
        if all((pk, attempt) in self.certainly_not for attempt in self.wire[pk]):
            return
        apply_status(
            StatusUpdate(
                business_number_id=Message.objects.get(pk=pk).business_number_id,
                wamid=f"wamid.{pk}",
                status=status,
                occurred_at=timezone.now(),
                message_id=str(pk) if known else "",
                reason="131026" if status == "failed" else "",
            )
        )

    @precondition(lambda self: Message.objects.exists())
    @rule(data=st.data())
    def ask_again(self, data: Any) -> None:
        message = data.draw(st.sampled_from(list(Message.objects.order_by("created_at", "pk"))))
        # Asked twice it is the same one, also when the first turned out to have left meanwhile.
        asked = Message.objects.filter(again_of=message).exists()
        try:
            again = send_again(message, self.agent)
        except CannotSendAgain:
            return
        assert asked or message.status in SETTLED or message.status_reason == "no_word"
        assert again.again_of_id == message.pk

    @invariant()
    def ticks_never_run_backwards(self) -> None:
        for pk, status in Message.objects.values_list("pk", "status"):
            before = self.seen.get(pk, status)
            platform = ("sent", "delivered", "read", "failed")
            if before != status and before in platform:
                assert may_follow(before, status), (before, status)
            self.seen[pk] = status
            if status == Status.UNCONFIRMED:
                self.doubted.add(pk)

    @invariant()
    def no_row_is_ever_sent_twice(self) -> None:
        """Of a row's attempts all but the last certainly did not leave."""
        for pk, attempts in self.wire.items():
            assert all((pk, attempt) in self.certainly_not for attempt in attempts[:-1])

    @invariant()
    def every_attempt_is_in_the_log(self) -> None:
        logged = set(DeliveryAttempt.objects.values_list("message_id", "number"))
        assert logged == {(pk, number) for pk, numbers in self.wire.items() for number in numbers}

    def _settle(self, claim: Claim, kind: str) -> None:
        pk = claim.message.pk
        outcome = {
            "yes": Accepted(f"wamid.{pk}"),
            "no": Refused("131026", "No."),
            "later": TryLater("131016", wait_s=4),
            "silence": NoAnswer(),
        }[kind]
        if kind in ("no", "later"):
            self.certainly_not.add((pk, claim.attempt))
        before = Message.objects.get(pk=pk).status
        assert settle_all([Settled(claim, outcome)]) == []
        after = Message.objects.get(pk=pk)
        if kind == "yes":
            assert after.wamid == f"wamid.{pk}"
            assert after.status not in ("queued", "sending", "unconfirmed", "blocked")
        elif before not in ("sending", "unconfirmed"):
            assert after.status == before  # WhatsApp knew better


TestDelivery = pytest.mark.django_db(Delivery.TestCase)
TestDelivery.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
