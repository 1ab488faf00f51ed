"""What `POST /messages` accepts and how it refuses the rest."""

from typing import Any

import pytest

from tests.simulator.driver import LENA, NUMBER, Phone

BODY = {"text": "Welche Strecke?"}
CARD = {"name": {"formatted_name": "Priya Nair", "first_name": "Priya"}, "phones": []}
PLACE = {"latitude": 54.31, "longitude": 10.13, "name": "Kiel Hbf"}


def buttons(*titles: str) -> dict[str, Any]:
    """An interactive message with reply buttons."""
    rows = [{"type": "reply", "reply": {"id": f"b{n}", "title": t}} for n, t in enumerate(titles)]
    return {"type": "button", "body": BODY, "action": {"buttons": rows}}


def choices(rows: int, **row: str) -> dict[str, Any]:
    """An interactive list of one section."""
    made = [{"id": f"r{n}", "title": f"RE {n}", **row} for n in range(rows)]
    action = {"button": "Auswählen", "sections": [{"title": "Linien", "rows": made}]}
    return {"type": "list", "body": BODY, "action": action}


def test_a_text_is_accepted_and_stands_in_the_outbox(phone: Phone) -> None:
    phone.writes()

    response = phone.send(biz_opaque_callback_data="zeile-7")

    body = response.json()
    assert response.status_code == 200
    assert body["messaging_product"] == "whatsapp"
    assert body["contacts"] == [{"input": f"+{LENA}", "wa_id": LENA}]
    wamid = body["messages"][0]["id"]
    assert wamid.startswith("wamid.")
    outbox = phone.look("outbox")
    assert outbox["counts"] == {"zeile-7": 1}
    message = outbox["messages"][0]
    assert (message["wamid"], message["to"], message["type"]) == (wamid, LENA, "text")
    assert message["payload"]["text"] == {"body": "Guten Tag"}


def test_there_is_no_idempotency_key(phone: Phone) -> None:
    phone.writes()
    phone.sent(biz_opaque_callback_data="zeile-7")
    phone.sent(biz_opaque_callback_data="zeile-7")

    assert phone.look("outbox")["counts"] == {"zeile-7": 2}


@pytest.mark.parametrize(
    "message",
    [
        {"type": "text", "text": {"body": "x" * 4096, "preview_url": True}},
        {"type": "image", "text": None, "image": {"link": "https://example.test/a.jpg"}},
        {"type": "location", "text": None, "location": PLACE},
        {"type": "contacts", "text": None, "contacts": [CARD]},
        {"type": "interactive", "text": None, "interactive": buttons("Ja", "Nein", "Später")},
        {"type": "interactive", "text": None, "interactive": choices(10)},
        {
            "type": "interactive",
            "text": None,
            "interactive": {
                "type": "cta_url",
                "body": BODY,
                "action": {
                    "name": "cta_url",
                    "parameters": {"display_text": "Fahrplan", "url": "https://example.test/"},
                },
            },
        },
        {
            "type": "interactive",
            "text": None,
            "interactive": {
                "type": "location_request_message",
                "body": BODY,
                "action": {"name": "send_location"},
            },
        },
        {"context": {"message_id": "wamid.X"}, "recipient_type": "individual"},
    ],
    ids=lambda message: next(iter(message.get("interactive", message))),
)
def test_every_type_of_the_reference_is_accepted(phone: Phone, message: dict[str, Any]) -> None:
    phone.writes()

    wamid = phone.sent(message)

    phone.wait_for(wamid, "delivered")


def test_a_reaction_shows_in_the_chat_and_only_sent_follows(phone: Phone) -> None:
    asked = phone.writes()["wamid"]

    wamid = phone.sent(type="reaction", text=None, reaction={"message_id": asked, "emoji": "👍"})

    phone.wait_for(wamid, "sent")
    later = phone.sent()
    phone.wait_for(later, "delivered")
    assert phone.helpdesk.status_names(wamid) == {"sent"}


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (100, {"messaging_product": None}),
        (100, {"colour": "green"}),
        (100, {"type": "hologram"}),
        (100, {"text": {"body": "x" * 4097}}),
        (100, {"biz_opaque_callback_data": "x" * 513}),
        (100, {"recipient_type": "business_scoped_user_id"}),
        (131008, {"text": None}),
        (131008, {"text": {}}),
        (131008, {"to": None}),
        (131009, {"to": "not a number"}),
        (131009, {"type": "location", "text": None, "location": {**PLACE, "latitude": 91}}),
        (131008, {"type": "location", "text": None, "location": {"latitude": 1}}),
        (131009, {"type": "contacts", "text": None, "contacts": [CARD] * 258}),
        (131008, {"type": "contacts", "text": None, "contacts": [{"phones": []}]}),
        (131009, {"type": "image", "text": None, "image": {"id": "123456789012345"}}),
        (131008, {"type": "image", "text": None, "image": {"caption": "ohne Bild"}}),
        (100, {"type": "audio", "text": None, "audio": {"id": "1", "caption": "nein"}}),
        (131009, {"type": "interactive", "text": None, "interactive": buttons(*"ABCD")}),
        (131009, {"type": "interactive", "text": None, "interactive": buttons("x" * 21)}),
        (131009, {"type": "interactive", "text": None, "interactive": buttons("Ja", "Ja")}),
        (131009, {"type": "interactive", "text": None, "interactive": choices(11)}),
        (
            131009,
            {"type": "interactive", "text": None, "interactive": choices(1, description="x" * 73)},
        ),
    ],
)
def test_what_is_malformed_is_refused_in_metas_shape(
    phone: Phone, code: int, message: dict[str, Any]
) -> None:
    phone.writes()

    response = phone.send(message)

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, code)
    assert error["type"] == "OAuthException"
    assert error["error_data"]["details"]
    assert error["fbtrace_id"]
    assert phone.look("outbox")["messages"] == []


@pytest.mark.parametrize("token", ["Bearer wrong", "Basic eDp5"])
def test_a_wrong_token_is_error_190(phone: Phone, token: str) -> None:
    response = phone.client.post(
        f"/v25.0/{NUMBER}/messages", json={}, headers={"Authorization": token}
    )

    assert response.status_code == 401
    assert response.json()["error"]["code"] == 190


def test_an_unknown_number_is_error_100_subcode_33(phone: Phone) -> None:
    response = phone.graph("POST", "999999999/messages", json={"messaging_product": "whatsapp"})

    error = response.json()["error"]
    assert (response.status_code, error["code"], error["error_subcode"]) == (400, 100, 33)
    assert error["type"] == "GraphMethodException"


def test_what_is_not_json_is_error_100(phone: Phone) -> None:
    response = phone.graph("POST", f"{NUMBER}/messages", content=b"{")

    assert response.json()["error"]["code"] == 100


def test_reading_and_typing_turn_the_ticks_and_are_no_messages(phone: Phone) -> None:
    wamid = phone.writes()["wamid"]
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}

    answers = [
        phone.graph("POST", f"{NUMBER}/messages", json=body)
        for body in (read, {**read, "typing_indicator": {"type": "text"}})
    ]
    wrong = phone.graph("POST", f"{NUMBER}/messages", json={**read, "message_id": "wamid.NO"})

    assert [each.json() for each in answers] == [{"success": True}] * 2
    assert wrong.json()["error"]["code"] == 131009
    assert phone.look("outbox")["messages"] == []
