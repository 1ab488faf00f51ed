"""What tests may order: messages of customers, whole payloads, reset; and what survives."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.driver import ACCOUNT, LENA, NUMBER, Phone

SAMPLES = sorted((Path(__file__).parent.parent / "whatsapp" / "samples").glob("*.json"))


def test_a_text_needs_a_few_words_only(phone: Phone) -> None:
    answer = phone.control("inbound", {"from": f"+{LENA}", "name": "Lena", "text": "Hallo"})

    value = phone.helpdesk.values("messages")[0]
    message = value["messages"][0]
    assert (answer["delivered"], answer["status"]) == (True, 200)
    assert value["metadata"]["phone_number_id"] == NUMBER
    assert value["contacts"][0]["profile"] == {"name": "Lena"}
    assert value["contacts"][0]["wa_id"] == message["from"] == LENA
    assert (message["id"], message["text"]) == (answer["wamid"], {"body": "Hallo"})
    assert message["timestamp"].isdecimal()


@pytest.mark.parametrize(
    ("order", "kind", "part"),
    [
        (
            {"type": "location", "latitude": 54.3, "longitude": 10.1, "name": "Kiel"},
            "location",
            {"latitude": 54.3, "longitude": 10.1, "name": "Kiel"},
        ),
        (
            {"button_reply": {"id": "ja", "title": "Ja"}},
            "interactive",
            {"type": "button_reply", "button_reply": {"id": "ja", "title": "Ja"}},
        ),
        (
            {"list_reply": {"id": "r1", "title": "RE 7"}},
            "interactive",
            {"type": "list_reply", "list_reply": {"id": "r1", "title": "RE 7"}},
        ),
        (
            {"type": "button", "payload": "WEITER", "text": "Weiter"},
            "button",
            {"payload": "WEITER", "text": "Weiter"},
        ),
        (
            {"type": "reaction", "message_id": "wamid.A", "emoji": "❤️"},
            "reaction",
            {"message_id": "wamid.A", "emoji": "❤️"},
        ),
        (
            {"type": "reaction", "message_id": "wamid.A"},
            "reaction",
            {"message_id": "wamid.A"},
        ),
        (
            {"type": "contacts", "contacts": [{"name": {"formatted_name": "P"}}]},
            "contacts",
            [{"name": {"formatted_name": "P"}}],
        ),
    ],
)
def test_every_kind_of_message_can_be_ordered(
    phone: Phone, order: dict[str, Any], kind: str, part: Any
) -> None:
    phone.control("inbound", {"from": LENA, **order})

    message = phone.helpdesk.messages()[0]
    assert (message["type"], message[kind]) == (kind, part)


def test_an_answer_quotes(phone: Phone) -> None:
    phone.writes()
    wamid = phone.sent()

    phone.writes("Ja, gern", reply_to=wamid)

    assert phone.helpdesk.messages()[-1]["context"] == {"from": "4943139200100", "id": wamid}


def test_a_payload_is_delivered_as_it_is(phone: Phone) -> None:
    raw = b'{ "object":"whatsapp_business_account", "entry":[{"id":"1","changes":[]}],"x":1e2 }'

    response = phone.client.post("/control/inbound", content=raw)

    assert response.json()["delivered"]
    assert phone.helpdesk.bodies == [raw]


@pytest.mark.parametrize(
    "body", [{"entry": 7}, {"object": None}, {"entry": [{"changes": [{"value": []}]}]}]
)
def test_a_broken_payload_is_delivered_as_well(phone: Phone, body: dict[str, Any]) -> None:
    assert phone.control("inbound", body)["status"] == 200
    assert json.loads(phone.helpdesk.bodies[0]) == body


def test_all_samples_are_delivered(phone: Phone) -> None:
    for sample in SAMPLES:
        answer = phone.control("inbound", json.loads(sample.read_bytes()))
        assert answer["delivered"], sample.name
    assert len(phone.helpdesk.bodies) == len(SAMPLES) > 90


@pytest.mark.parametrize("body", [{}, {"from": "nobody", "text": "x"}, {"from": LENA, "text": 7}])
def test_an_order_without_sense_is_refused(phone: Phone, body: dict[str, Any]) -> None:
    response = phone.client.post("/control/inbound", json=body)

    assert response.status_code == 400
    assert response.json()["error"]


def test_reset_forgets_everything_but_the_presets(phone: Phone) -> None:
    phone.writes()
    phone.sent()
    phone.control("clock", advance_s=1000)
    phone.control("faults", error_code=131056)
    presets = 6

    phone.control("reset")

    outbox = phone.look("outbox")
    assert (outbox["messages"], outbox["counts"], outbox["outside_window"]) == ([], {}, 0)
    assert abs(phone.look("clock")["offset_s"]) < 1
    assert phone.look("faults")["error_code"] is None
    assert len(phone.look("customers")["customers"]) == presets
    phone.writes("Nach dem Zurücksetzen")


def test_chats_windows_and_clock_survive_a_restart(tmp_path: Path) -> None:
    with Phone(tmp_path) as phone:
        phone.writes()
        phone.control("clock", advance_s=3600)
        before = phone.sent(biz_opaque_callback_data="zeile-7")
        phone.wait_for(before, "delivered")

    with Phone(tmp_path) as phone:
        outbox = phone.look("outbox")
        assert [each["wamid"] for each in outbox["messages"]] == [before]
        assert outbox["counts"] == {"zeile-7": 1}
        assert phone.look("clock")["offset_s"] >= 3599
        phone.wait_for(phone.sent(), "delivered")


def test_a_damaged_snapshot_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"customers": [')

    with Phone(tmp_path) as phone:
        assert phone.writes()["delivered"]


def test_demo_customers_are_read_at_the_start_and_after_a_reset(tmp_path: Path) -> None:
    row = {"name": "Birte Hansen", "phone": LENA, "last_inbound_at": "2999-01-01T00:00:00Z"}
    (tmp_path / "customers.json").write_text(json.dumps({"customers": [row]}))

    with Phone(tmp_path) as phone:
        phone.wait_for(phone.sent(), "delivered")
        phone.control("reset")
        phone.wait_for(phone.sent(), "delivered")
        names = [each["name"] for each in phone.look("customers")["customers"]]
        assert names.count("Birte Hansen") == 1


def test_numbers_profile_and_subscription_can_be_asked_for(phone: Phone) -> None:
    number = phone.graph("GET", NUMBER).json()
    numbers = phone.graph("GET", f"{ACCOUNT}/phone_numbers").json()["data"]
    profile = phone.graph("GET", f"{NUMBER}/whatsapp_business_profile").json()["data"][0]
    apps = phone.graph("GET", f"{ACCOUNT}/subscribed_apps").json()["data"]

    assert number["verified_name"] == "Nordlicht Bahn"
    assert number["quality_rating"] == "GREEN"
    assert [each["id"] for each in numbers] == [NUMBER]
    assert profile["messaging_product"] == "whatsapp"
    assert apps[0]["whatsapp_business_api_data"]["id"]


def test_healthz_answers(phone: Phone) -> None:
    assert phone.client.get("/healthz").status_code == 200
