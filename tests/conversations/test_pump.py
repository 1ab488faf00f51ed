"""The pump with real threads and real locks: sets, order, lanes, limits, and two at once."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Agent
from conversations.delivery import PUMP_TASKS
from conversations.gateway import Accepted, SendOutcome, TryLater, Turn
from conversations.models import (
    Conversation,
    DeliveryAttempt,
    Event,
    Lane,
    Message,
    Reason,
    Status,
)
from conversations.services import pump as pump_module
from conversations.services.claim import claim_due
from conversations.services.pump import Pump
from conversations.services.reply import Draft, send_reply
from conversations.services.settle import Settled, settle_all
from tests import factories
from tests.conversations.fakes import FakeGateway

pytestmark = pytest.mark.django_db(transaction=True)


class Wire(FakeGateway):
    """A channel that many threads use: who was on the wire when, and how many at once."""

    def __init__(self, takes_s: float = 0.0) -> None:
        super().__init__()
        self.takes_s = takes_s
        self.lock = threading.Lock()
        self.order: dict[Any, list[str]] = defaultdict(list)
        self.at_once = self.most_at_once = 0
        self.outcome: Callable[[Message], SendOutcome] = lambda m: Accepted(f"wamid.{m.pk}")

    def send(self, message: Message) -> SendOutcome:
        with self.lock:
            self.sent.append(message)
            self.order[message.conversation_id].append(message.text)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(self.takes_s)
        with self.lock:
            self.at_once -= 1
        return self.outcome(message)


@pytest.fixture(autouse=True)
def nudges(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    """What the pump asks for later: task and countdown."""
    found: list[tuple[str, float]] = []

    def note(task: str, *, countdown: float = 0) -> bool:
        found.append((task, countdown))
        return True

    monkeypatch.setattr(pump_module, "nudge", note)
    monkeypatch.setattr(pump_module, "nudge_once", note)
    return found


def queue(
    conversation: Conversation, agent: Agent, *texts: str, lane: Lane = Lane.REPLY, **fields: Any
) -> list[Message]:
    return [
        send_reply(conversation, Draft(uuid4(), text=text, lane=lane, **fields), agent).message
        for text in texts
    ]


def conversations(count: int, number: Any, team: Any) -> list[Conversation]:
    return [
        factories.ConversationFactory.create(business_number=number, team=team)
        for _ in range(count)
    ]


def states() -> Counter[str]:
    return Counter(Message.objects.filter(direction="outbound").values_list("status", flat=True))


def test_a_set_leaves_over_many_connections_each_row_once_each_conversation_in_order(
    number: Any, team: Any, agent: Agent
) -> None:
    threads = conversations(12, number, team)
    for at in range(4):
        for thread in threads:
            queue(thread, agent, str(at))
    wire = Wire(takes_s=0.01)
    Pump(Lane.REPLY, 8, wire).run()
    assert states() == {"accepted": 48}
    assert all(texts == ["0", "1", "2", "3"] for texts in wire.order.values())
    assert 4 <= wire.most_at_once <= 8
    assert Counter(DeliveryAttempt.objects.values_list("outcome", flat=True)) == {"accepted": 48}
    assert not DeliveryAttempt.objects.filter(ended_at=None).exists()


def test_two_pumps_side_by_side_send_each_row_once_and_in_order(
    number: Any, team: Any, agent: Agent
) -> None:
    threads = conversations(15, number, team)
    for at in range(4):
        for thread in threads:
            queue(thread, agent, str(at))
    wire = Wire(takes_s=0.003)
    pumps = [Pump(Lane.REPLY, 5, wire) for _ in range(2)]

    def work(pump: Pump) -> None:
        deadline = time.monotonic() + 60
        while states()["accepted"] < 60 and time.monotonic() < deadline:
            pump.run()
        connection.close()

    workers = [threading.Thread(target=work, args=(pump,)) for pump in pumps]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert states() == {"accepted": 60}
    assert len({message.pk for message in wire.sent}) == len(wire.sent) == 60
    assert all(texts == ["0", "1", "2", "3"] for texts in wire.order.values())


def test_the_order_holds_while_an_earlier_one_is_tried_again(
    conversation: Conversation, agent: Agent
) -> None:
    queue(conversation, agent, "eins", "zwei", "drei")
    wire = Wire()
    failures = iter([TryLater("131016", wait_s=0.2), TryLater("131016", wait_s=0.2)])
    wire.outcome = lambda m: next(failures, None) or Accepted(f"wamid.{m.pk}")
    pump = Pump(Lane.REPLY, 4, wire)
    deadline = time.monotonic() + 30
    while states()["accepted"] < 3 and time.monotonic() < deadline:
        pump.run()
        time.sleep(0.05)
    assert wire.order[conversation.pk] == ["eins", "eins", "eins", "zwei", "drei"]


def test_a_wait_sets_an_alarm(
    conversation: Conversation, agent: Agent, nudges: list[tuple[str, float]]
) -> None:
    queue(conversation, agent, "eins")
    wire = Wire()
    wire.outcome = lambda m: TryLater("130429", wait_s=16)
    Pump(Lane.REPLY, 4, wire).run()
    ((task, countdown),) = nudges
    assert task == PUMP_TASKS[Lane.REPLY]
    assert 14 < countdown <= 16


def test_a_reply_overtakes_bulk_that_waits_for_the_same_customer(
    conversation: Conversation, agent: Agent
) -> None:
    queue(conversation, agent, "newsletter", lane=Lane.BULK)
    queue(conversation, agent, "answer")
    wire = Wire()
    Pump(Lane.REPLY, 4, wire).run()
    assert wire.order[conversation.pk] == ["answer"]
    Pump(Lane.BULK, 4, wire).run()
    assert wire.order[conversation.pk] == ["answer", "newsletter"]


def test_bulk_waits_for_a_reply_and_wakes_the_replies_it_kept_waiting(
    conversation: Conversation, agent: Agent, nudges: list[tuple[str, float]]
) -> None:
    queue(conversation, agent, "answer")
    queue(conversation, agent, "newsletter", lane=Lane.BULK)
    wire = Wire()
    Pump(Lane.BULK, 4, wire).run()
    assert wire.sent == []
    Pump(Lane.REPLY, 4, wire).run()
    # While bulk is on the wire an agent writes.
    wire.outcome = lambda m: (queue(conversation, agent, "too"), Accepted(f"wamid.{m.pk}"))[1]
    Pump(Lane.BULK, 4, wire).run()
    assert wire.order[conversation.pk] == ["answer", "newsletter"]
    assert (PUMP_TASKS[Lane.REPLY], 0) in nudges


def test_what_is_scheduled_waits_for_its_time_and_keeps_nobody_waiting(
    conversation: Conversation, agent: Agent
) -> None:
    later = timezone.now() + timedelta(hours=1)
    (scheduled,) = queue(conversation, agent, "in an hour", scheduled_at=later)
    queue(conversation, agent, "now")
    wire = Wire()
    Pump(Lane.REPLY, 4, wire).run()
    assert wire.order[conversation.pk] == ["now"]
    Message.objects.filter(pk=scheduled.pk).update(scheduled_at=timezone.now())
    Pump(Lane.REPLY, 4, wire).run()
    assert wire.order[conversation.pk] == ["now", "in an hour"]


def test_what_is_scheduled_beyond_the_window_is_blocked_at_once(
    conversation: Conversation, agent: Agent
) -> None:
    ends = conversation.window_expires_at
    assert ends is not None
    (message,) = queue(conversation, agent, "tomorrow", scheduled_at=ends + timedelta(minutes=1))
    assert (message.status, message.status_reason) == (Status.BLOCKED, Reason.WINDOW_CLOSED)


def test_one_number_s_backlog_keeps_no_other_number_waiting(
    number: Any, team: Any, agent: Agent
) -> None:
    for thread in conversations(20, number, team):
        queue(thread, agent, "backlog")
    other = factories.WhatsAppNumberFactory.create()
    (alone,) = conversations(1, other, team)
    queue(alone, agent, "alone")
    found = claim_due(FakeGateway(), Lane.REPLY, 4)
    assert "alone" in {claim.message.text for claim in found.claims}
    assert len(found.claims) == 4


def test_a_number_that_must_wait_stops_nobody_else(number: Any, team: Any, agent: Agent) -> None:
    other = factories.WhatsAppNumberFactory.create()
    (slow,), (quick,) = conversations(1, number, team), conversations(1, other, team)
    (waiting,) = queue(slow, agent, "waits")
    queue(quick, agent, "goes")
    wire = Wire()
    wire.turns = {waiting.pk: Turn(30, of_number=True)}
    Pump(Lane.REPLY, 4, wire).run()
    assert [message.text for message in wire.sent] == ["goes"]
    waiting.refresh_from_db()
    assert (waiting.status, waiting.attempts, waiting.retry_at) == (Status.QUEUED, 0, None)


def test_a_long_wait_is_told_and_is_no_attempt(conversation: Conversation, agent: Agent) -> None:
    (message,) = queue(conversation, agent, "waits")
    wire = Wire()
    wire.turns = {message.pk: Turn(600, reason="messaging_limit", detail="Full.")}
    Pump(Lane.REPLY, 4, wire).run()
    message.refresh_from_db()
    assert (message.status, message.attempts) == (Status.QUEUED, 0)
    assert (message.status_reason, message.status_detail) == ("messaging_limit", "Full.")
    assert Event.objects.filter(name="message.status_changed", message=message).count() == 1


def test_a_turn_after_the_window_s_end_never_comes(
    conversation: Conversation, agent: Agent
) -> None:
    conversation.window_expires_at = timezone.now() + timedelta(seconds=60)
    conversation.save()
    (message,) = queue(conversation, agent, "waits")
    wire = Wire()
    wire.turns = {message.pk: Turn(90, reason="131056")}
    Pump(Lane.REPLY, 4, wire).run()
    message.refresh_from_db()
    assert (message.status, message.status_reason) == (Status.BLOCKED, Reason.WINDOW_CLOSED)
    assert wire.sent == []


def test_a_row_that_is_held_by_others_is_settled_when_it_is_free(
    conversation: Conversation, agent: Agent
) -> None:
    (message,) = queue(conversation, agent, "eins")
    (claim,) = claim_due(FakeGateway(), Lane.REPLY, 4).claims
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Message.objects.select_for_update().get(pk=message.pk)
            held.set()
            release.wait(20)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(20)
    finished = [Settled(claim, Accepted("wamid.1"))]
    assert settle_all(finished) == finished
    release.set()
    holder.join()
    assert settle_all(finished) == []
    assert states() == {"accepted": 1}


def test_a_channel_that_breaks_leaves_an_unconfirmed_row(
    conversation: Conversation, agent: Agent
) -> None:
    queue(conversation, agent, "eins")

    def break_down(message: Message) -> SendOutcome:
        raise RuntimeError("a bug")

    wire = Wire()
    wire.outcome = break_down
    Pump(Lane.REPLY, 4, wire).run()
    assert states() == {"unconfirmed": 1}


def test_a_connection_whose_send_breaks_takes_the_next_one(
    number: Any, team: Any, agent: Agent
) -> None:
    for thread in conversations(7, number, team):
        queue(thread, agent, "eins")
    breaks = iter([True, False] * 4)

    def break_down(message: Message) -> SendOutcome:
        if next(breaks):
            raise RuntimeError("a bug")
        return Accepted(f"wamid.{message.pk}")

    wire = Wire()
    wire.outcome = break_down
    Pump(Lane.REPLY, 1, wire).run()
    assert states() == {"unconfirmed": 4, "accepted": 3}


def test_a_stopped_pump_settles_what_is_under_way_and_claims_nothing_more(
    number: Any, team: Any, agent: Agent
) -> None:
    for thread in conversations(30, number, team):
        queue(thread, agent, "eins")
    wire = Wire(takes_s=0.02)
    pump = Pump(Lane.REPLY, 2, wire)
    wire.outcome = lambda m: (pump.stop(), Accepted(f"wamid.{m.pk}"))[1]
    pump.run()
    after = states()
    assert set(after) == {"accepted", "queued"}
    assert after["accepted"] <= 6
    pump.run()
    assert states() == after


def test_a_database_that_is_away_for_a_moment_costs_no_outcome(
    conversation: Conversation, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pump_module, "DATABASE_PAUSE_S", 0.01)
    queue(conversation, agent, "eins")
    pids: list[int] = []

    def cut(message: Message) -> SendOutcome:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            pids.extend(row[0] for row in cursor.fetchall())
        return Accepted("wamid.1")

    wire = Wire()
    wire.outcome = cut
    Pump(Lane.REPLY, 4, wire).run()
    assert pids
    assert states() == {"accepted": 1}
    assert len(wire.sent) == 1
