"""Pair rate and throughput, and the answers that go wrong on purpose."""

from pathlib import Path

import pytest

from tests.simulator.driver import LENA, NUMBER, Phone


def test_a_burst_to_one_customer_ends_at_45(phone: Phone) -> None:
    phone.writes()
    phone.writes(sender="4915100000001")
    for _ in range(45):
        phone.sent()

    response = phone.send()

    assert (response.status_code, response.json()["error"]["code"]) == (400, 131056)
    phone.sent(to="+4915100000001")
    phone.control("clock", advance_s=6)
    phone.sent()
    assert phone.code() == 131056


def test_the_throughput_of_the_number_counts_both_directions(tmp_path: Path) -> None:
    with Phone(tmp_path, throughput_per_s=5) as phone:
        phone.control("inbound", {"from": LENA, "text": "Hallo", "repeat": 20})

        assert phone.code() == 130429

        phone.control("clock", advance_s=60)
        phone.sent()


def test_the_throughput_can_be_lifted(tmp_path: Path) -> None:
    with Phone(tmp_path, throughput_per_s=0) as phone:
        phone.writes()
        phone.control("faults", pair_rate=False)
        for _ in range(100):
            phone.sent()


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"http_status": 503}, 503, 131016),
        ({"http_status": 500}, 500, 131000),
        ({"http_status": 429}, 429, 130429),
        ({"error_code": 131056}, 400, 131056),
        ({"error_code": 190}, 401, 190),
        ({"error_code": 130429, "http_status": 429}, 429, 130429),
    ],
)
def test_sends_can_be_refused_so_many_times(
    phone: Phone, fault: dict[str, int], status: int, code: int
) -> None:
    phone.writes()
    phone.control("faults", {**fault, "count": 2})

    for _ in range(2):
        response = phone.send(biz_opaque_callback_data="zeile-7")
        assert (response.status_code, response.json()["error"]["code"]) == (status, code)

    phone.sent(biz_opaque_callback_data="zeile-7")
    assert phone.look("outbox")["counts"] == {"zeile-7": 1}


def test_reading_uses_up_no_fault(phone: Phone) -> None:
    wamid = phone.writes()["wamid"]
    phone.control("faults", http_status=503, count=1)
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}

    assert phone.graph("POST", f"{NUMBER}/messages", json=read).status_code == 200
    assert phone.send().status_code == 503


def test_a_late_answer_is_an_accepted_message(phone: Phone) -> None:
    phone.writes()
    phone.control("faults", delay_s=0.2, count=1)

    response = phone.send()

    assert response.elapsed.total_seconds() >= 0.2
    assert phone.accepted(response.json()["messages"][0]["id"])


@pytest.mark.parametrize("clear", [{"clear": True}, {}])
def test_faults_show_themselves_and_can_be_cleared(phone: Phone, clear: dict[str, bool]) -> None:
    phone.control("faults", error_code=131016, reorder=True)
    assert phone.look("faults")["error_code"] == 131016
    assert phone.look("faults")["shuffle"] is True

    phone.control("faults", clear)

    faults = phone.look("faults")
    assert (faults["error_code"], faults["shuffle"]) == (None, False)


def test_an_unknown_fault_is_named(phone: Phone) -> None:
    response = phone.client.post("/control/faults", json={"colour": "green"})

    assert response.status_code == 400
    assert "colour" in response.json()["error"]
