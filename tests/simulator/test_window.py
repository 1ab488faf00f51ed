"""The 24-hour window per customer and number, by the simulator's own clock."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.simulator.driver import LENA, NUMBER, Phone

HELLO = {"name": "hello_world", "language": {"code": "en_US"}}


def test_inside_the_window_a_reply_arrives(phone: Phone) -> None:
    phone.writes()

    wamid = phone.sent()

    phone.wait_for(wamid, "delivered")
    assert phone.look("outbox")["outside_window"] == 0


def test_outside_a_reply_is_accepted_and_fails_with_131047(phone: Phone) -> None:
    phone.writes()
    phone.control("clock", advance_s=24 * 3600 + 1)

    wamid = phone.sent(biz_opaque_callback_data="zeile-7")

    status = phone.wait_for(wamid, "failed")
    error = status["errors"][0]
    assert (error["code"], error["title"]) == (131047, "Re-engagement message")
    assert error["message"] == error["title"]
    assert error["error_data"]["details"]
    assert status["biz_opaque_callback_data"] == "zeile-7"
    assert phone.look("outbox")["outside_window"] == 1
    assert phone.helpdesk.status_names(wamid) == {"failed"}


def test_outside_the_refusal_can_be_synchronous(phone: Phone) -> None:
    phone.writes()
    phone.control("clock", advance_s=24 * 3600 + 1)
    phone.control("faults", synchronous_131047=True)

    response = phone.send()

    assert (response.status_code, response.json()["error"]["code"]) == (400, 131047)
    assert phone.look("outbox")["messages"] == []


def test_a_template_arrives_outside_the_window(phone: Phone) -> None:
    phone.control("customers", {"name": "Lena", "phone": LENA})

    wamid = phone.sent(type="template", text=None, template=HELLO)

    phone.wait_for(wamid, "delivered")
    assert phone.look("outbox")["outside_window"] == 0


def test_every_message_of_the_customer_starts_the_window_again(phone: Phone) -> None:
    phone.writes()
    phone.control("clock", advance_s=23 * 3600)
    phone.control("inbound", {"from": LENA, "type": "request_welcome"})
    phone.control("clock", advance_s=23 * 3600)

    phone.wait_for(phone.sent(), "delivered")


def test_a_reaction_does_not_start_the_window(phone: Phone) -> None:
    asked = phone.writes()["wamid"]
    phone.control("clock", advance_s=23 * 3600)
    phone.control("inbound", {"from": LENA, "emoji": "👍", "message_id": asked})
    phone.control("clock", advance_s=2 * 3600)

    phone.wait_for(phone.sent(), "failed")


def test_the_window_of_one_number_is_not_that_of_another(phone: Phone) -> None:
    phone.writes(phone_number_id="222222222222222")

    phone.wait_for(phone.sent(), "failed")


def test_a_message_of_long_ago_opens_no_window(phone: Phone) -> None:
    phone.writes(age_s=25 * 3600)

    phone.wait_for(phone.sent(), "failed")


def test_windows_are_learned_from_whole_payloads(phone: Phone) -> None:
    entry = {"from": LENA, "id": "wamid.A", "type": "text", "text": {"body": "Moin"}}
    now = str(int(datetime.now(UTC).timestamp()))
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "4943139200100", "phone_number_id": NUMBER},
        "contacts": [{"profile": {"name": "Lena"}, "wa_id": LENA, "user_id": "DE.1"}],
        "messages": [{**entry, "timestamp": now}],
    }
    change = {"value": value, "field": "messages"}
    body = {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}

    answer = phone.control("inbound", body)

    assert (answer["delivered"], answer["status"], answer["wamids"]) == (True, 200, ["wamid.A"])
    phone.wait_for(phone.sent(), "delivered")


def test_windows_are_learned_from_demo_data_without_a_webhook(phone: Phone) -> None:
    hour = timedelta(hours=1)
    now = datetime.now(UTC)
    rows = [
        {
            "name": "Lena",
            "phone": LENA,
            "bsuid": "",
            "username": "",
            "language": "de",
            "last_inbound_at": (now - hour).isoformat(),
        },
        {"name": "Old", "phone": "4915100000001", "last_inbound_at": (now - 25 * hour).isoformat()},
        {"name": "Kind", "username": "nordkind", "bsuid": "DE.42", "last_inbound_at": None},
    ]

    phone.control("customers", {"customers": rows})

    assert phone.helpdesk.bodies == []
    phone.wait_for(phone.sent(), "delivered")
    phone.wait_for(phone.sent(to="+4915100000001"), "failed")
    customers = {each["name"]: each for each in phone.look("customers")["customers"]}
    assert customers["Kind"]["user_id"] == "DE.42"
    assert customers["Kind"]["phone"] is None


def test_demo_customers_are_updated_and_their_window_never_shrinks(phone: Phone) -> None:
    phone.writes()
    old = {"name": "Lena Brandt", "phone": LENA, "last_inbound_at": "2026-01-01T00:00:00+00:00"}

    phone.control("customers", {"customers": [old]})

    phone.wait_for(phone.sent(), "delivered")
    names = [each["name"] for each in phone.look("customers")["customers"]]
    assert names.count("Lena Brandt") == 2  # the preset of that name has another number
    assert "Lena" not in names


def test_the_clock_can_be_set_and_shows_itself(phone: Phone) -> None:
    shown = phone.control("clock", now="2027-03-01T08:00:00+00:00")
    phone.control("clock", offset_s=0)

    assert shown["now"].startswith("2027-03-01T08:00:0")
    assert abs(phone.look("clock")["offset_s"]) < 1


@pytest.mark.parametrize("body", [{}, {"offset_s": 1e300}, {"now": "soon"}, {"advance_s": "x"}])
def test_a_clock_without_sense_is_refused(phone: Phone, body: dict[str, Any]) -> None:
    assert phone.client.post("/control/clock", json=body).status_code == 400
    assert phone.writes()["delivered"]
