"""Meta's limits, kept before Meta says so: whatever comes, in whatever order, never too fast."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AdminNotice
from conversations.gateway import GO, Turn
from conversations.models import Lane
from tests import factories
from tests.fixtures import Clock
from whatsapp import alarms, limits
from whatsapp.gateway import WhatsAppGateway
from whatsapp.limits import Limiter, Tier, per_second, tier_limit
from whatsapp.models import WhatsAppNumber

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def limiter(redis_client: redis.Redis) -> Limiter:
    return Limiter(redis_client)


@pytest.fixture(autouse=True)
def _standing_clock(clock: Clock) -> None:
    clock.at(START)


def number_of(**fields: Any) -> WhatsAppNumber:
    return WhatsAppNumber(pk=fields.pop("pk", 7), name="Service", **fields)


def message_to(
    contact: UUID | None = None, *, lane: Lane = Lane.REPLY, number: int = 7, is_open: bool = True
) -> Any:
    """As much of a message as limits look at."""
    window = SimpleNamespace(is_open=lambda _now: is_open)
    conversation = SimpleNamespace(contact_id=contact or uuid4(), window=window)
    return SimpleNamespace(
        pk=uuid4(), business_number_id=number, conversation=conversation, lane=lane
    )


def take(limiter: Limiter, number: WhatsAppNumber, *messages: Any) -> list[Turn]:
    return limiter.take_turns(number, messages)[0]


def granted(turns: list[Turn]) -> int:
    return sum(turn is GO for turn in turns)


@pytest.mark.parametrize(
    ("fields", "rate"),
    [
        ({}, 80),
        ({"throughput": "STANDARD"}, 80),
        ({"throughput": "HIGH"}, 1000),
        ({"throughput": "HIGH", "is_coexistent": True}, 20),
    ],
)
def test_what_meta_grants_a_number(fields: dict[str, Any], rate: float) -> None:
    assert per_second(number_of(**fields)) == rate


@pytest.mark.parametrize(
    ("word", "limit"),
    [
        ("TIER_250", 250),
        ("TIER_2K", 2000),
        ("TIER_100K", 100_000),
        ("TIER_UNLIMITED", 0),
        ("", 0),
        ("NOT_SET", 0),
        ("1000", 1000),
    ],
)
def test_how_many_customers_a_tier_is(word: str, limit: int) -> None:
    assert tier_limit(number_of(messaging_limit=word)) == limit


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(), rate=st.sampled_from(["STANDARD", "HIGH", "COEXISTENT"]))
def test_within_no_second_more_leaves_than_is_granted(
    redis_client: redis.Redis, seed: int, rate: str
) -> None:
    """Any mix of lanes and gaps, asked in sets of any size by two processes."""
    redis_client.flushdb()
    dice, clock = random.Random(seed), Clock()
    processes = [Limiter(redis_client), Limiter(redis_client)]
    number = number_of(throughput=rate, is_coexistent=rate == "COEXISTENT")
    left: deque[float] = deque()
    now = START
    try:
        for _ in range(60):
            now = clock.at(now + timedelta(milliseconds=dice.choice([0, 1, 20, 150, 900])))
            lane = dice.choice(list(Lane))
            asked = [message_to(lane=lane) for _ in range(dice.choice([1, 5, 40, 120]))]
            count = granted(take(dice.choice(processes), number, *asked))
            left.extend([now.timestamp()] * count)
            while left and left[0] <= now.timestamp() - 1:
                left.popleft()
            assert len(left) <= per_second(number)
    finally:
        clock.stop()


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(gaps=st.lists(st.sampled_from([0.0, 0.1, 1.0, 5.9, 6.0, 40.0]), min_size=60, max_size=90))
def test_to_one_customer_a_burst_borrows_from_the_future(
    redis_client: redis.Redis, gaps: list[float]
) -> None:
    """Never more than 45 at once, nor more than one in six seconds beyond that."""
    redis_client.flushdb()
    limiter, clock = Limiter(redis_client), Clock()
    number, contact = number_of(throughput="HIGH"), uuid4()
    now, tokens = START, 45.0
    try:
        for gap in gaps:
            now = clock.at(now + timedelta(seconds=gap))
            tokens = min(45.0, tokens + gap / 6)
            (turn,) = take(limiter, number, message_to(contact))
            if turn is GO:
                tokens -= 1
            assert tokens > -0.001
    finally:
        clock.stop()


def test_whoever_waits_for_a_customer_may_go_when_told(limiter: Limiter, clock: Clock) -> None:
    number, contact = number_of(throughput="HIGH"), uuid4()
    for _ in range(limits.PAIR_BURST):
        assert take(limiter, number, message_to(contact)) == [GO]
    (turn,) = take(limiter, number, message_to(contact))
    assert not turn.of_number
    assert 0 < turn.wait_s <= 6
    assert take(limiter, number, message_to()) == [GO]  # others are not concerned
    clock.forward(timedelta(seconds=turn.wait_s + 0.01))
    assert take(limiter, number, message_to(contact)) == [GO]


def test_replies_go_first_and_bulk_takes_what_is_left(limiter: Limiter, clock: Clock) -> None:
    number = number_of()
    bulk, replies = [], []
    for _ in range(100):
        clock.forward(timedelta(milliseconds=20))
        asked = [message_to(lane=Lane.BULK) for _ in range(50)]
        bulk.append(granted(take(limiter, number, *asked)))
        # An agent's answer after a flood of bulk leaves at once, always.
        replies.append(granted(take(limiter, number, message_to())))
    assert sum(replies) == 100
    assert 0 < sum(bulk) <= 2 * 72 - 100 + 10
    flooded = [message_to() for _ in range(100)]
    take(limiter, number, *flooded)
    clock.forward(timedelta(milliseconds=30))
    assert granted(take(limiter, number, message_to(lane=Lane.BULK))) == 0


def test_customers_messages_use_up_throughput_too(limiter: Limiter, clock: Clock) -> None:
    number = number_of()
    assert take(limiter, number, message_to()) == [GO]
    limiter.note_inbound({number.pk: 60})
    (turn,) = take(limiter, number, message_to())
    assert turn.of_number
    clock.forward(timedelta(seconds=1))
    assert take(limiter, number, message_to()) == [GO]


def test_a_hold_is_shared_and_grows_when_it_goes_on(
    redis_client: redis.Redis, clock: Clock
) -> None:
    one, other = Limiter(redis_client), Limiter(redis_client)
    number = number_of()
    waits = []
    for _ in range(4):
        one.hold(number.pk, 1)
        one.hold(number.pk, 1)  # refused together: counted once
        (turn,) = take(other, number, message_to())
        assert turn.of_number
        waits.append(round(turn.wait_s))
        assert not take(other, number_of(pk=8), message_to(number=8))[0].of_number
        clock.forward(timedelta(seconds=turn.wait_s + 0.1))
        assert take(other, number, message_to()) == [GO]
    assert waits == [1, 2, 4, 8]
    clock.forward(timedelta(hours=1))
    redis_client.flushdb()
    one.hold(number.pk, 1)
    assert round(take(other, number, message_to())[0].wait_s) == 1


def test_holds_are_short_again_once_whatsapp_took_a_message(
    redis_client: redis.Redis, clock: Clock
) -> None:
    one, other, number = Limiter(redis_client), Limiter(redis_client), number_of()
    for _ in range(3):
        one.hold(number.pk, 1)
        one.note_accepted(number.pk)  # was on its way when the other was refused
        (turn,) = take(other, number, message_to())
        clock.forward(timedelta(seconds=turn.wait_s + 0.1))
    assert round(turn.wait_s) == 4
    one.note_accepted(number.pk)
    other.hold(number.pk, 1)
    assert round(take(one, number, message_to())[0].wait_s) == 1


def test_a_pair_that_meta_refused_waits_as_long_as_meta_wants(
    limiter: Limiter, clock: Clock
) -> None:
    number, message = number_of(), message_to()
    limiter.hold_pair(message, 16)
    (turn,) = take(limiter, number, message)
    assert 15.9 < turn.wait_s < 16.1
    clock.forward(timedelta(seconds=16.1))
    assert take(limiter, number, message) == [GO]


def test_the_messaging_limit_counts_each_customer_once_outside_of_windows(
    limiter: Limiter, clock: Clock
) -> None:
    number = number_of(messaging_limit="TIER_250", throughput="HIGH")
    customers = [uuid4() for _ in range(250)]
    for customer in customers:
        clock.forward(timedelta(milliseconds=10))
        turns, tier = limiter.take_turns(number, [message_to(customer, is_open=False)])
        assert turns == [GO]
    assert tier == Tier(250, 250)
    clock.forward(timedelta(seconds=10))
    turns, tier = limiter.take_turns(
        number, [message_to(customers[0], is_open=False), message_to(is_open=False), message_to()]
    )
    # Known today, one too many, and one whose window is open.
    assert turns[0] is turns[2] is GO
    assert (turns[1].reason, turns[1].of_number) == (limits.TIER_REASON, False)
    assert turns[1].wait_s > 23 * 3600
    clock.forward(timedelta(hours=24, seconds=-9))
    assert take(limiter, number, message_to(is_open=False)) == [GO]


def test_after_redis_forgot_the_messaging_limit_is_counted_from_our_own_record(
    limiter: Limiter, number: WhatsAppNumber
) -> None:
    number.messaging_limit = "TIER_250"
    for hours in (1, 23, 25):
        factories.MessageFactory.create(
            conversation=factories.ConversationFactory.create(business_number=number),
            outbound=True,
            type="template",
            sent_at=timezone.now() - timedelta(hours=hours),
            claimed_at=timezone.now() - timedelta(hours=hours),
        )
    _turns, tier = limiter.take_turns(number, [message_to(number=number.pk, is_open=False)])
    assert tier == Tier(3, 250)


def test_admins_are_told_before_the_messaging_limit_is_reached(
    number: WhatsAppNumber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarms, "_BOARD", alarms._Board())
    alarms.tell_of_tier(number, Tier(199, 250))
    assert not AdminNotice.objects.exists()
    alarms.tell_of_tier(number, Tier(200, 250))
    alarms.tell_of_tier(number, Tier(210, 250))
    assert "80 %" in AdminNotice.objects.get().words
    alarms.tell_of_tier(number, Tier(250, 250))
    assert set(AdminNotice.objects.values_list("kind", flat=True)) == {
        "tier_nearly_full",
        "tier_full",
    }
    alarms.tell_of_tier(number, Tier(100, 250))
    assert not AdminNotice.objects.filter(settled_at=None).exists()


@pytest.fixture
def alone(tmp_path: Any) -> Iterator[Limiter]:
    """Redis is gone."""
    client = redis.Redis.from_url(f"unix://{tmp_path}/nobody.sock")
    yield Limiter(client)
    client.close()


def test_without_redis_it_is_slow(
    alone: Limiter, number: WhatsAppNumber, conversation: Any, clock: Clock
) -> None:
    messages = [
        factories.MessageFactory.create(
            conversation=factories.ConversationFactory.create(business_number=number),
            outbound=True,
            status="queued",
            wamid=None,
        )
        for _ in range(5)
    ]
    sent = 0
    for _ in range(30):
        sent += granted(take(alone, number, *messages))
        clock.forward(timedelta(milliseconds=100))
    assert 3 <= sent <= 4
    bulk = messages[0]
    bulk.lane = Lane.BULK
    clock.forward(timedelta(minutes=1))
    (turn,) = take(alone, number, bulk)
    assert turn.of_number


def test_without_redis_two_to_one_customer_are_six_seconds_apart(
    alone: Limiter, number: WhatsAppNumber, conversation: Any, clock: Clock
) -> None:
    factories.MessageFactory.create(
        conversation=conversation, outbound=True, claimed_at=timezone.now()
    )
    following = factories.MessageFactory.create(
        conversation=conversation, outbound=True, status="queued", wamid=None
    )
    clock.forward(timedelta(seconds=2))
    (turn,) = take(alone, number, following)
    assert not turn.of_number
    assert 3.9 < turn.wait_s < 4.1
    clock.forward(timedelta(seconds=4.1))
    assert take(alone, number, following) == [GO]


def test_without_redis_nothing_is_raised(alone: Limiter, number: WhatsAppNumber) -> None:
    alone.note_inbound({number.pk: 3})
    alone.hold(number.pk, 5)
    alone.hold_pair(message_to(), 5)
    number.messaging_limit = "TIER_250"
    assert alone.tier(number) is None
    assert take(alone, number, message_to())[0].of_number  # it remembers the hold itself


def test_the_channel_asks_for_each_number_by_itself(conversation: Any, agent: Any) -> None:
    other = factories.ConversationFactory.create()
    messages = [
        factories.MessageFactory.create(
            conversation=one, outbound=True, status="queued", wamid=None
        )
        for one in (conversation, other, conversation)
    ]
    assert WhatsAppGateway().take_turns(messages) == [GO, GO, GO]
    assert isinstance(messages[0].business_number, WhatsAppNumber)
