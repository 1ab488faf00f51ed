"""Thousands at once: the inbound control, the outbox, rules of faults."""

import json
from typing import Any

import pytest

from tests.simulator.driver import LENA, NUMBER, Phone, eventually


def test_two_thousand_messages_are_taken_without_waiting(phone: Phone) -> None:
    rows = [
        {"from": f"4915111{n % 100:06}", "text": f"Nummer {n}", "id": f"wamid.{n}"}
        for n in range(2000)
    ]

    answer = phone.control("inbound", {"messages": rows, "wait": False, "per_webhook": 100})

    assert answer["accepted"] == 2000
    assert answer["wamids"][-1] == "wamid.1999"
    eventually(lambda: len(phone.helpdesk.messages()) == 2000, 20)
    assert len(phone.helpdesk.bodies) == 20


def test_a_bare_list_is_taken_too(phone: Phone) -> None:
    rows = [{"from": LENA, "text": str(n)} for n in range(3)]

    response = phone.client.post("/control/inbound?wait=false&per_webhook=3", json=rows)

    assert response.json()["accepted"] == 3
    eventually(lambda: len(phone.helpdesk.messages()) == 3)


def test_the_outbox_narrows_its_columns_and_its_rows(phone: Phone) -> None:
    phone.writes()
    wamids = [phone.sent(biz_opaque_callback_data=f"c-{n // 2}") for n in range(4)]

    box = phone.look("outbox?fields=wamid,status&after=1&limit=2")

    assert [each["wamid"] for each in box["messages"]] == wamids[1:3]
    assert set(box["messages"][0]) == {"wamid", "status"}
    assert (box["total"], box["more_than_once"]) == (4, {"c-0": 2, "c-1": 2})
    assert "messages" not in phone.look("outbox?messages=false")
    assert phone.client.get("/control/outbox?fields=colour").status_code == 400


def test_the_outbox_streams_line_by_line(phone: Phone) -> None:
    phone.writes()
    wamids = [phone.sent() for _ in range(3)]

    lines = phone.client.get("/control/outbox?fields=wamid&format=jsonl").text.splitlines()

    assert [json.loads(line)["wamid"] for line in lines] == wamids


def sends(phone: Phone, **more: Any) -> int:
    """Send; 0 when accepted, else the code."""
    response = phone.send(**more)
    return 0 if response.status_code == 200 else int(response.json()["error"]["code"])


def test_several_faults_stand_side_by_side(phone: Phone) -> None:
    other = "4915100000001"
    phone.writes()
    phone.writes(sender=other)
    phone.control(
        "faults",
        {
            "rules": [
                {"error_code": "rate_limit", "to": other, "count": 2, "retry_after_s": 9},
                {"error_code": 131009, "type": "location"},
                {"error_code": "token_expired", "number": "1"},
            ]
        },
    )

    answer = phone.send(to=f"+{other}")
    assert (answer.status_code, answer.headers["retry-after"]) == (400, "9")
    assert [sends(phone, to=f"+{other}") for _ in range(2)] == [130429, 0]
    assert sends(phone) == 0
    where = {"type": "location", "text": None, "location": {"latitude": 1, "longitude": 2}}
    assert [sends(phone, **where) for _ in range(3)] == [131009] * 3
    assert len(phone.look("faults")["rules"]) == 2


def test_a_rule_strikes_a_share_of_the_sends_and_the_same_ones_again(phone: Phone) -> None:
    phone.control("faults", pair_rate=False)
    struck: list[list[int]] = []
    for _ in range(2):
        phone.writes()
        phone.control("chaos", {"off": True})
        rule = {"http_status": 503, "probability": 0.5, "number": NUMBER}
        phone.control("faults", rules=[rule])
        struck.append([sends(phone, text={"body": f"Nummer {n}"}) for n in range(30)])

    assert struck[0] == struck[1]
    assert set(struck[0]) == {0, 131016}


@pytest.mark.parametrize(
    "rules", [7, [7], [{"colour": "red"}], [{"error_code": "no_such_name"}], [{"fail_after": "x"}]]
)
def test_a_rule_that_makes_no_sense_is_refused(phone: Phone, rules: Any) -> None:
    assert phone.client.post("/control/faults", json={"rules": rules}).status_code == 400


def test_a_message_can_fail_after_it_was_sent_or_delivered(phone: Phone) -> None:
    """Section 4: `failed` may come first, or after `sent`; failed after delivered is seen too."""
    phone.writes()
    phone.control("faults", fail_code=131000, fail_after="delivered")

    wamid = phone.sent()

    phone.wait_for(wamid, "failed")
    assert phone.helpdesk.status_names(wamid) == {"sent", "delivered", "failed"}


def test_an_error_can_come_as_value_errors(phone: Phone) -> None:
    """Section 12: errors come in `value.errors` too."""
    phone.writes()
    phone.control("faults", value_error_code="something_went_wrong", count=1)

    phone.sent()

    errors = eventually(lambda: phone.helpdesk.values("errors"))[0]
    assert errors["errors"][0]["code"] == 131000
    assert "statuses" not in errors
