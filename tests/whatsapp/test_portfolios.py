"""The messaging limit is a business portfolio's: its accounts share it, others have their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.gateway import GO
from conversations.models import Lane
from tests import factories
from tests.fixtures import Clock
from tests.whatsapp.graph import Graph
from whatsapp import limits
from whatsapp.account_updates import update_account
from whatsapp.gateway import WhatsAppGateway
from whatsapp.health import check_account
from whatsapp.limits import Limiter, Tier
from whatsapp.models import WhatsAppAccount, WhatsAppNumber
from whatsapp.portfolios import business_of, learn_portfolio

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
WABAS = {"A1": "1001", "A2": "1002", "B": "2001", "X": "9001", "Y": "9002"}
PORTFOLIOS = {"A1": "555001", "A2": "555001", "B": "555002"}
LIMIT = 250


@pytest.fixture
def limiter(redis_client: redis.Redis) -> Limiter:
    return Limiter(redis_client)


@pytest.fixture(autouse=True)
def _standing_clock(clock: Clock) -> None:
    clock.at(START)


@pytest.fixture
def numbers() -> dict[str, WhatsAppNumber]:
    """A1 and A2 are two accounts of one portfolio, B is of another, X and Y of nobody knows which.

    Whoever asks once more reads them once more, as the channel does every second.
    """
    for name, portfolio in PORTFOLIOS.items():
        WhatsAppAccount.objects.create(waba_id=WABAS[name], portfolio_id=portfolio)
    WhatsAppAccount.objects.create(waba_id=WABAS["X"])  # Y has no row at all
    return {
        name: factories.WhatsAppNumberFactory.create(
            waba_id=waba, messaging_limit="TIER_250", throughput="HIGH"
        )
        for name, waba in WABAS.items()
    }


def ask(limiter: Limiter, number: WhatsAppNumber, count: int = 1, to: Any = None) -> int:
    """How many of `count` new customers may be written to first now."""
    fresh = WhatsAppNumber.objects.get(pk=number.pk)
    window = SimpleNamespace(is_open=lambda _now: False)
    asked: Any = [
        SimpleNamespace(
            pk=uuid4(),
            business_number_id=number.pk,
            conversation=SimpleNamespace(contact_id=to or uuid4(), window=window),
            lane=Lane.REPLY,
        )
        for _ in range(count)
    ]
    turns = limiter.take_turns(fresh, asked)[0]
    return sum(turn.reason != limits.TIER_REASON for turn in turns)


def wrote(number: WhatsAppNumber, count: int) -> None:
    """Our own record of customers written to first."""
    for _ in range(count):
        factories.MessageFactory.create(
            conversation=factories.ConversationFactory.create(business_number=number),
            outbound=True,
            type="template",
            sent_at=timezone.now() - timedelta(hours=1),
            claimed_at=timezone.now() - timedelta(hours=1),
        )


def test_one_that_is_used_up_holds_no_other(
    limiter: Limiter, numbers: dict[str, WhatsAppNumber]
) -> None:
    assert ask(limiter, numbers["A1"], LIMIT + 20) == LIMIT
    assert ask(limiter, numbers["A1"]) == 0
    assert ask(limiter, numbers["B"], LIMIT + 20) == LIMIT
    assert ask(limiter, numbers["X"], 5) == 5


def test_two_accounts_of_one_portfolio_share(
    limiter: Limiter, numbers: dict[str, WhatsAppNumber]
) -> None:
    assert ask(limiter, numbers["A1"], 200) == 200
    assert ask(limiter, numbers["A2"], 100) == 50
    assert ask(limiter, numbers["A1"]) == 0
    assert limiter.tier(numbers["A2"]) == Tier(LIMIT, LIMIT)
    assert limiter.tier(numbers["B"]) == Tier(0, LIMIT)


def test_a_customer_of_both_counts_once(
    limiter: Limiter, numbers: dict[str, WhatsAppNumber]
) -> None:
    karla = uuid4()
    assert ask(limiter, numbers["A1"], LIMIT - 1) == LIMIT - 1
    assert ask(limiter, numbers["A1"], to=karla) == 1
    assert ask(limiter, numbers["A2"], to=karla) == 1
    assert ask(limiter, numbers["A2"]) == 0


def test_accounts_nobody_knows_the_portfolio_of_count_as_one(
    limiter: Limiter, numbers: dict[str, WhatsAppNumber]
) -> None:
    """They may be one business: too few a day is mended by an entry, too many cost quality."""
    assert ask(limiter, numbers["X"], 200) == 200
    assert ask(limiter, numbers["Y"], 100) == 50


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    asked=st.lists(
        st.tuples(
            st.sampled_from(list(WABAS)), st.integers(1, 120), st.sampled_from([0, 60, 7 * 3600])
        ),
        max_size=20,
    )
)
def test_no_portfolio_ever_writes_to_more_than_its_limit_within_a_day(
    redis_client: redis.Redis,
    numbers: dict[str, WhatsAppNumber],
    asked: list[tuple[str, int, int]],
) -> None:
    redis_client.flushdb()
    limiter, clock = Limiter(redis_client), Clock()
    written: dict[str, list[datetime]] = {}
    now = clock.at(START)
    try:
        for name, count, gap in asked:
            now = clock.forward(timedelta(seconds=gap))
            mine = written.setdefault(PORTFOLIOS.get(name, "?"), [])
            mine += [now] * ask(limiter, numbers[name], count)
            within = [at for at in mine if at > now - timedelta(days=1)]
            assert len(within) <= LIMIT
    finally:
        clock.stop()


def test_after_redis_forgot_each_portfolio_is_counted_from_our_own_record(
    limiter: Limiter, numbers: dict[str, WhatsAppNumber]
) -> None:
    for name, count in (("A1", 3), ("A2", 2), ("B", 4), ("X", 1), ("Y", 1)):
        wrote(numbers[name], count)
    for name, used in (("A1", 5), ("B", 4), ("X", 2)):
        ask(limiter, numbers[name])
        assert limiter.tier(numbers[name]) == Tier(used + 1, LIMIT)


def test_an_account_that_joins_brings_along_what_it_used_up(
    redis_client: redis.Redis,
    numbers: dict[str, WhatsAppNumber],
    django_capture_on_commit_callbacks: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limiter = Limiter(redis_client)
    monkeypatch.setattr("whatsapp.portfolios.limiter", lambda: limiter)
    wrote(numbers["X"], 5)
    assert ask(limiter, numbers["B"], 10) == 10
    account = WhatsAppAccount.objects.get(waba_id=WABAS["X"])
    with django_capture_on_commit_callbacks(execute=True):
        learn_portfolio(account, "555002")
    ask(limiter, numbers["X"])
    assert limiter.tier(numbers["B"]) == Tier(10 + 5 + 1, LIMIT)
    assert ask(limiter, numbers["A1"], LIMIT) == LIMIT


def test_whatsapp_names_the_portfolio_with_the_health_of_an_account(
    graph: Graph, number: WhatsAppNumber
) -> None:
    entities = [
        {"entity_type": "WABA", "id": number.waba_id, "can_send_message": "AVAILABLE"},
        {"entity_type": "BUSINESS", "id": "555009", "can_send_message": "AVAILABLE"},
    ]
    health = {"can_send_message": "AVAILABLE", "entities": entities}
    graph.says(200, {"id": number.waba_id, "health_status": health})
    assert check_account(number.waba_id, number).portfolio_id == "555009"
    graph.says(200, {"id": number.waba_id})  # says nothing of it: nothing changes
    check_account(number.waba_id, number)
    assert WhatsAppAccount.objects.get().portfolio_id == "555009"


@pytest.mark.parametrize(
    "odd",
    [None, "x", {"entity_type": "BUSINESS"}, {"entity_type": "BUSINESS", "id": ["1"]},
     {"entity_type": "BUSINESS", "id": "1" * 60}, {"entity_type": None, "id": "1"}],
)  # fmt: skip
def test_a_strange_portfolio_is_none(odd: object) -> None:
    assert business_of([odd]) == ""
    assert business_of([{"entity_type": "business", "id": 42}]) == "42"


def test_an_account_update_names_the_owner(numbers: dict[str, WhatsAppNumber]) -> None:
    value = {
        "event": "PARTNER_ADDED",
        "waba_info": {"waba_id": WABAS["X"], "owner_business_id": "555003"},
    }
    assert update_account("account_update", WABAS["X"], value, START) == ""
    assert WhatsAppAccount.objects.get(waba_id=WABAS["X"]).portfolio_id == "555003"
    other = {**value, "waba_info": {"waba_id": WABAS["X"], "owner_business_id": "555004"}}
    update_account("account_update", WABAS["B"], other, START)  # of another account
    assert WhatsAppAccount.objects.get(waba_id=WABAS["B"]).portfolio_id == "555002"


def limits_now(numbers: dict[str, WhatsAppNumber]) -> list[str]:
    for number in numbers.values():
        number.refresh_from_db()
    return [number.messaging_limit for number in numbers.values()]


def test_a_new_limit_of_the_business_holds_for_all_its_accounts(
    numbers: dict[str, WhatsAppNumber],
) -> None:
    value = {"max_daily_conversations_per_business": 2000}
    update_account("business_capability_update", WABAS["A1"], value, START)
    assert limits_now(numbers) == ["TIER_2K", "TIER_2K", "TIER_250", "TIER_250", "TIER_250"]
    # An older word about the other account of the same portfolio.
    old = {"max_daily_conversations_per_business": 250}
    before = START - timedelta(minutes=1)
    update_account("business_capability_update", WABAS["A2"], old, before)
    assert limits_now(numbers)[0] == "TIER_2K"


def test_a_new_limit_told_of_a_number_is_its_business_s(
    numbers: dict[str, WhatsAppNumber],
) -> None:
    value = {
        "display_phone_number": numbers["A2"].phone_number,
        "event": "ONBOARDING",
        "max_daily_conversations_per_business": "TIER_10K",
    }
    update_account("phone_number_quality_update", WABAS["A2"], value, START)
    assert limits_now(numbers)[:3] == ["TIER_10K", "TIER_10K", "TIER_250"]
    # The deprecated field speaks of the number alone.
    value = {"display_phone_number": numbers["A2"].phone_number, "current_limit": "TIER_2K"}
    update_account("phone_number_quality_update", WABAS["A2"], value, START + timedelta(hours=1))
    assert limits_now(numbers)[:3] == ["TIER_10K", "TIER_2K", "TIER_250"]


def test_the_channel_reads_numbers_with_their_portfolio_at_once(
    numbers: dict[str, WhatsAppNumber], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        found = WhatsAppGateway()._numbers({number.pk for number in numbers.values()})
        assert {number.portfolio_id for number in found.values()} == {"555001", "555002", ""}


def test_turns_by_portfolio_through_the_channel(
    numbers: dict[str, WhatsAppNumber], limiter: Limiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whatsapp.gateway.limiter", lambda: limiter)
    assert ask(limiter, numbers["A1"], LIMIT) == LIMIT
    messages = [
        factories.MessageFactory.create(
            conversation=factories.ConversationFactory.create(
                business_number=numbers[name], closed=True
            ),
            outbound=True,
            status="queued",
            wamid=None,
        )
        for name in ("A2", "B")
    ]
    held, free = WhatsAppGateway().take_turns(messages)
    assert held.reason == limits.TIER_REASON
    assert free is GO
