"""How much the pump claims at once: what the connections send in a moment, and no more."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.db import connection

from accounts.models import Agent
from conversations.gateway import Accepted, SendOutcome
from conversations.models import DeliveryAttempt, Lane, Message
from conversations.services import pump as pump_module
from conversations.services.claim import Round, claim_due
from conversations.services.pump import Pump
from tests.conversations.test_pump import (
    Wire,
    conversations,
    nudges,  # noqa: F401 (for every test here too)
    queue,
    states,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_set_is_as_large_as_the_answers_are_quick_and_two_are_claimed_at_most(
    number: Any, team: Any, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    for thread in conversations(90, number, team):
        queue(thread, agent, "eins")
    claimed: list[int] = []
    under_way: list[int] = []

    def claim(*asked: Any) -> Round:
        found = claim_due(*asked)
        claimed.append(len(found.claims))
        under_way.append(states()["sending"])
        return found

    monkeypatch.setattr(pump_module, "claim_due", claim)
    Pump(Lane.REPLY, 4, Wire()).run()
    assert states() == {"accepted": 90}
    assert claimed[0] == 4  # nobody knows yet how quick they are
    assert 4 < max(claimed) <= 4 * pump_module.LARGEST_SET
    assert max(under_way) <= pump_module.AHEAD * 4 * pump_module.LARGEST_SET


def test_slow_answers_keep_sets_as_small_as_there_are_connections(
    number: Any, team: Any, agent: Agent
) -> None:
    for thread in conversations(12, number, team):
        queue(thread, agent, "eins")
    wire = Wire(takes_s=2 * pump_module.SET_S)
    seen: list[int] = []

    def look(message: Message) -> SendOutcome:
        seen.append(states()["sending"])
        connection.close()
        return Accepted(f"wamid.{message.pk}")

    wire.outcome = look
    Pump(Lane.REPLY, 2, wire).run()
    assert states() == {"accepted": 12}
    assert max(seen) <= pump_module.AHEAD * 2


def test_what_no_connection_took_in_time_goes_back_unsent(
    number: Any, team: Any, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pump_module, "STALE_S", 0.05)
    for thread in conversations(3, number, team):
        queue(thread, agent, "eins")
    wire = Wire(takes_s=0.3)
    Pump(Lane.REPLY, 1, wire).run()
    assert states() == {"accepted": 3}
    assert len({message.pk for message in wire.sent}) == len(wire.sent) == 3
    outcomes = Counter(DeliveryAttempt.objects.values_list("outcome", flat=True))
    assert outcomes["accepted"] == 3
    assert outcomes["try_later"] >= 1
