"""Seeded chaos: the same seed does the same harm, whatever the order (section 13)."""

import json
from collections import Counter
from typing import Any

import pytest

from simulator.chaos import RATES, Chaos
from tests.simulator.driver import Phone, eventually

QUIET = dict.fromkeys(RATES, 0.0)


def chaos(phone: Phone, **rates: float) -> Any:
    """Only these harms."""
    return phone.control("chaos", {"seed": 7, "rates": QUIET | rates})


def outcomes(seed: int, order: list[str]) -> dict[str, Any]:
    """What chaos does to these requests."""
    dice = Chaos()
    dice.change({"seed": seed, "level": 2})
    return {key: dice.request(key) for key in order}


def test_decisions_hang_on_seed_and_request_not_on_the_order() -> None:
    keys = [f"request {number}" for number in range(300)]

    assert outcomes(1, keys) == outcomes(1, keys[::-1])
    assert outcomes(1, keys) != outcomes(2, keys)


def test_a_repeated_request_rolls_the_dice_anew() -> None:
    dice = Chaos()
    dice.change({"seed": 3, "rates": QUIET | {"server_error": 0.5}})

    answers = [bool(dice.request("the same")) for _ in range(40)]

    assert set(answers) == {True, False}


def test_rates_are_kept() -> None:
    dice = Chaos()
    dice.change({"seed": 5, "rates": QUIET | {"throttle": 0.25}})

    struck = sum(bool(dice.request(f"request {number}")) for number in range(4000))

    assert 850 < struck < 1150


def test_an_answer_can_be_lost_after_the_message_was_accepted(phone: Phone) -> None:
    phone.writes()
    chaos(phone, drop_answer=1.0)

    with pytest.raises(Exception, match="close"):
        phone.send(biz_opaque_callback_data="a-1")

    assert phone.look("outbox")["counts"] == {"a-1": 1}


def test_a_request_can_be_lost_before_it_was_accepted(phone: Phone) -> None:
    phone.writes()
    chaos(phone, drop_request=1.0)

    with pytest.raises(Exception, match="close"):
        phone.send(biz_opaque_callback_data="a-1")

    assert phone.look("outbox")["total"] == 0


def test_errors_come_in_graphs_words_and_in_a_proxys(phone: Phone) -> None:
    phone.writes()
    chaos(phone, server_error=1.0)
    phone.control("faults", pair_rate=False)

    answers = [phone.send(text={"body": f"Nummer {number}"}) for number in range(30)]

    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) == {500, 502, 503}
    assert any("text/html" in answer.headers["content-type"] for answer in answers)
    assert phone.look("outbox")["total"] == 0


def test_throttling_comes_with_and_without_retry_after(phone: Phone) -> None:
    phone.writes()
    chaos(phone, throttle=1.0)

    answers = [phone.send(text={"body": f"Nummer {number}"}) for number in range(40)]

    assert {answer.status_code for answer in answers} == {400, 429}
    assert {"retry-after" in answer.headers for answer in answers} == {True, False}
    codes = {answer.json()["error"]["code"] for answer in answers}
    assert codes == {130429, 131056, 80007}


def test_a_status_can_come_before_the_answer(phone: Phone) -> None:
    """Section 2.4: a status before the HTTP response was stored."""
    phone.writes()
    chaos(phone, early_status=1.0)

    wamid = phone.sent()

    assert "sent" in phone.helpdesk.status_names(wamid)


def test_statuses_are_doubled_and_reordered_but_the_last_word_is_told(phone: Phone) -> None:
    phone.writes()
    chaos(phone, status_duplicate=1.0, status_drop=1.0)
    phone.control("faults", pair_rate=False)

    wamids = [phone.sent(text={"body": f"Nummer {number}"}) for number in range(12)]

    eventually(lambda: phone.look("outbox")["fates_open"] == 0)
    eventually(lambda: phone.look("outbox")["webhooks_on_the_way"] == 0)
    names = [frozenset(phone.helpdesk.status_names(wamid)) for wamid in wamids]
    assert set(names) == {frozenset({"sent"}), frozenset({"delivered"})}
    assert all(len(phone.helpdesk.statuses(wamid)) == 2 for wamid in wamids)


def test_webhooks_are_joined_and_delivered_again(phone: Phone) -> None:
    chaos(phone, merge=1.0, duplicate=1.0)

    rows = [{"from": "4915112345678", "text": "Hallo", "id": f"wamid.{n}"} for n in range(30)]
    answer = phone.control("inbound", {"messages": rows})

    assert answer["delivered"]
    eventually(lambda: phone.look("outbox")["webhooks_on_the_way"] == 0, 20)
    assert len(phone.helpdesk.bodies) > len(set(phone.helpdesk.bodies))
    seen = Counter(each["id"] for each in phone.helpdesk.messages())
    assert set(seen) == {f"wamid.{n}" for n in range(30)}
    assert max(seen.values()) > 1


def test_chaos_shows_what_it_did_and_ends(phone: Phone) -> None:
    phone.writes()
    chaos(phone, server_error=1.0)
    phone.send()
    assert phone.look("chaos")["struck"] == {"server_error": 1}

    phone.control("chaos", {"off": True})

    phone.sent()
    assert phone.look("chaos")["level"] == 0


@pytest.mark.parametrize(
    "body", [{"rates": {"rain": 1}}, {"rates": {"hang": 2}}, {"level": -1}, {"weather": 1}]
)
def test_unknown_chaos_is_refused(phone: Phone, body: dict[str, Any]) -> None:
    response = phone.client.post("/control/chaos", json=body)

    assert response.status_code == 400
    assert json.loads(response.text)["error"]
