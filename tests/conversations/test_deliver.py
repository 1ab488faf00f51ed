"""Sending: claim, ask again, call outside, settle; a worker may die anywhere in between."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Agent
from conversations import tasks
from conversations.errors import CannotSendAgain
from conversations.gateway import Accepted, NoAnswer, Refused, StatusUpdate, TryLater
from conversations.models import (
    Conversation,
    EarlyStatus,
    Lane,
    Message,
    Reason,
    Status,
)
from conversations.services.claim import Claim, claim_message
from conversations.services.leases import LEASE, expire_leases, give_up_waiting, has_due
from conversations.services.reply import Draft, send_again, send_reply
from conversations.services.settle import settle
from conversations.services.statuses import apply_status
from conversations.window import SAFETY_MARGIN
from tests.conversations.fakes import FakeGateway
from tests.fixtures import Clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(conversation: Conversation, agent: Agent) -> Message:
    return write(conversation, agent)


def write(conversation: Conversation, agent: Agent, text: str = "Gern!") -> Message:
    return send_reply(conversation, Draft(uuid4(), text=text), agent).message


def claim(message: Message) -> Claim | None:
    return claim_message(FakeGateway(), message.pk)


def deliver(message: Message, channel: FakeGateway) -> Message:
    """What a pump does with one row, in this thread."""
    claimed = claim_message(channel, message.pk)
    if claimed is not None:
        settle(claimed, channel.send(claimed.message))
    message.refresh_from_db()
    return message


def says(message: Message, status: str, **fields: str) -> None:
    apply_status(
        StatusUpdate(
            business_number_id=message.business_number_id,
            wamid=fields.pop("wamid", f"wamid.out-{message.pk}"),
            status=status,
            occurred_at=timezone.now(),
            **fields,  # type: ignore[arg-type]
        )
    )
    message.refresh_from_db()


def test_a_reply_is_accepted_and_its_ticks_come_back(
    message: Message, channel: FakeGateway
) -> None:
    deliver(message, channel)
    assert (message.status, message.wamid) == (Status.ACCEPTED, f"wamid.out-{message.pk}")
    for status in ("sent", "delivered", "read"):
        says(message, status)
        assert message.status == status


def test_a_task_delivered_five_times_sends_once(message: Message, channel: FakeGateway) -> None:
    for _ in range(5):
        deliver(message, channel)
    assert len(channel.sent) == 1


def test_a_reply_queued_in_time_but_claimed_too_late_is_blocked(
    conversation: Conversation, agent: Agent, channel: FakeGateway, clock: Clock
) -> None:
    ends = conversation.window.expires_at
    assert ends is not None
    clock.at(ends - SAFETY_MARGIN - timedelta(seconds=1))
    message = write(conversation, agent)
    clock.at(ends - SAFETY_MARGIN)
    deliver(message, channel)
    assert (message.status, message.status_reason) == (Status.BLOCKED, Reason.WINDOW_CLOSED)
    assert channel.sent == []


def test_in_the_last_safe_second_it_still_leaves(
    conversation: Conversation, agent: Agent, channel: FakeGateway, clock: Clock
) -> None:
    ends = conversation.window.expires_at
    assert ends is not None
    clock.at(ends - SAFETY_MARGIN - timedelta(seconds=1))
    assert deliver(write(conversation, agent), channel).status == Status.ACCEPTED


def test_a_clear_no_is_failed_with_its_words(message: Message, channel: FakeGateway) -> None:
    channel.answers = [Refused("131026", "The number is not on WhatsApp.")]
    deliver(message, channel)
    assert (message.status, message.status_reason) == (Status.FAILED, "131026")
    assert message.reason_words == "The number is not on WhatsApp."


def test_what_our_own_rules_refuse_at_the_last_moment_is_blocked(
    message: Message, channel: FakeGateway
) -> None:
    channel.answers = [Refused(Reason.WINDOW_CLOSED, "too late")]
    deliver(message, channel)
    assert (message.status, message.status_reason) == (Status.BLOCKED, Reason.WINDOW_CLOSED)


def test_throttled_it_waits_and_is_tried_again(
    message: Message, channel: FakeGateway, clock: Clock
) -> None:
    channel.answers = [TryLater("131056", wait_s=16)]
    deliver(message, channel)
    assert (message.status, message.attempts) == (Status.QUEUED, 1)
    deliver(message, channel)
    assert len(channel.sent) == 1  # not before its time
    clock.forward(timedelta(seconds=17))
    assert deliver(message, channel).status == Status.ACCEPTED


def test_no_answer_is_unconfirmed_and_never_sent_again_by_itself(
    message: Message, channel: FakeGateway, clock: Clock, agent: Agent
) -> None:
    channel.answers = [NoAnswer()]
    deliver(message, channel)
    assert message.status == Status.UNCONFIRMED
    clock.forward(timedelta(minutes=9))
    tasks.sweep_outbound()
    deliver(message, channel)
    with pytest.raises(CannotSendAgain):
        send_again(message, agent)
    clock.forward(timedelta(minutes=2))
    assert give_up_waiting() == 1
    assert give_up_waiting() == 0
    message.refresh_from_db()
    send_again(message, agent)
    assert len(channel.sent) == 1


def test_a_status_with_our_id_settles_what_nobody_answered(
    message: Message, channel: FakeGateway
) -> None:
    channel.answers = [NoAnswer()]
    deliver(message, channel)
    says(message, "delivered", wamid="wamid.found", message_id=str(message.pk))
    assert (message.status, message.wamid) == (Status.DELIVERED, "wamid.found")


def test_a_worker_killed_while_sending_leaves_an_unconfirmed_row(
    message: Message, channel: FakeGateway, clock: Clock
) -> None:
    claimed = claim(message)
    assert claimed is not None  # and here it dies
    clock.forward(LEASE - timedelta(seconds=1))
    assert expire_leases() == 0
    clock.forward(timedelta(seconds=2))
    assert expire_leases() == 1
    deliver(message, channel)
    assert message.status == Status.UNCONFIRMED
    assert channel.sent == []


def test_a_worker_that_wakes_up_late_still_tells_the_truth(
    message: Message, channel: FakeGateway, clock: Clock
) -> None:
    claimed = claim(message)
    assert claimed is not None
    clock.forward(LEASE + timedelta(seconds=1))
    expire_leases()
    settle(claimed, Accepted("wamid.late"))
    message.refresh_from_db()
    assert (message.status, message.wamid) == (Status.ACCEPTED, "wamid.late")


def test_a_status_that_comes_before_our_wamid_is_kept_and_applied(
    message: Message, channel: FakeGateway
) -> None:
    channel.before_answer = lambda sent: says(message, "delivered")
    deliver(message, channel)
    assert message.status == Status.DELIVERED
    assert not EarlyStatus.objects.exists()


def test_a_refusal_that_a_status_overtook_changes_nothing(
    message: Message, channel: FakeGateway
) -> None:
    channel.answers = [Refused("131000", "?")]
    channel.before_answer = lambda sent: says(message, "read", message_id=str(message.pk))
    assert deliver(message, channel).status == Status.READ


def test_messages_to_one_customer_leave_in_the_order_they_were_written(
    conversation: Conversation, agent: Agent, channel: FakeGateway, clock: Clock
) -> None:
    first = write(conversation, agent, "eins")
    second = write(conversation, agent, "zwei")
    channel.answers = [TryLater("130429", wait_s=5)]
    deliver(second, channel)  # not its turn
    assert channel.sent == []
    deliver(first, channel)
    deliver(second, channel)  # the first still waits
    assert [m.text for m in channel.sent] == ["eins"]
    clock.forward(timedelta(seconds=6))
    deliver(first, channel)
    deliver(second, channel)
    assert [m.text for m in channel.sent] == ["eins", "eins", "zwei"]
    assert second.status == Status.ACCEPTED


def test_a_lost_task_is_found_by_the_sweeper(message: Message, clock: Clock) -> None:
    assert has_due(Lane.REPLY)
    assert not has_due(Lane.BULK)
    Message.objects.update(retry_at=timezone.now() + timedelta(seconds=5))
    assert not has_due(Lane.REPLY)
    clock.forward(timedelta(seconds=6))
    assert has_due(Lane.REPLY)


@pytest.mark.django_db(transaction=True)
def test_ten_workers_at_once_claim_it_once(message: Message) -> None:
    barrier = Barrier(10)
    claims = []

    def race() -> None:
        barrier.wait()
        claims.append(claim(message))
        connection.close()

    threads = [Thread(target=race) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(found is not None for found in claims) == 1


def test_pricing_is_kept(message: Message, channel: FakeGateway) -> None:
    deliver(message, channel)
    apply_status(
        StatusUpdate(
            message.business_number_id,
            str(message.wamid),
            "sent",
            timezone.now(),
            pricing={"category": "service"},
        )
    )
    message.refresh_from_db()
    assert message.pricing_category == "service"
