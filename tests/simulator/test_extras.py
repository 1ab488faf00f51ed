"""The smaller endpoints (section 9), coexistence and calls (6), moves (3.3), kinds of inbound."""

from typing import Any

import pytest

from tests.simulator.driver import LENA, NUMBER, Phone, eventually

Json = dict[str, Any]
QR = f"{NUMBER}/message_qrdls"


def code_of(response: Any) -> int:
    """The code of a refusal."""
    assert response.status_code >= 400, response.text
    return int(response.json()["error"]["code"])


def test_qr_codes_are_made_changed_listed_and_deleted(phone: Phone) -> None:
    made = phone.graph("POST", QR, json={"prefilled_message": "Moin", "generate_qr_image": "SVG"})
    code = made.json()["code"]
    assert len(code) == 14
    assert made.json()["deep_link_url"] == f"https://wa.me/message/{code}"
    phone.graph("POST", QR, json={"prefilled_message": "Hallo", "code": code})

    assert phone.graph("GET", f"{QR}/{code}").json()["data"][0]["prefilled_message"] == "Hallo"
    assert code_of(phone.graph("POST", QR, json={"prefilled_message": "x" * 141})) == 100
    assert phone.graph("DELETE", f"{QR}/{code}").json() == {"success": True}
    assert phone.graph("GET", QR).json()["data"] == []


def users(*rows: Json) -> Json:
    """The body of a block."""
    return {"messaging_product": "whatsapp", "block_users": list(rows)}


def test_who_wrote_within_a_day_can_be_blocked(phone: Phone) -> None:
    """Section 9; sending to a blocked user gives 130403."""
    path = f"{NUMBER}/block_users"
    assert code_of(phone.graph("POST", path, json=users({"user": f"+{LENA}"}))) == 139100
    phone.writes()

    rows = users({"user": f"+{LENA}"}, {"user_id": "DE.ENT.1"})
    found = phone.graph("POST", path, json=rows).json()["block_users"]

    assert found["added_users"] == [{"input": f"+{LENA}", "wa_id": LENA}]
    assert found["failed_users"][0]["errors"][0]["code"] == 139100
    assert phone.wait_for(phone.sent(), "failed")["errors"][0]["code"] == 130403
    assert (
        phone.client.post("/control/inbound", json={"from": LENA, "text": "?"}).status_code == 400
    )
    assert [each["wa_id"] for each in phone.graph("GET", path).json()["data"]] == [LENA]
    phone.graph("DELETE", path, json=users({"user": f"+{LENA}"}))
    assert phone.graph("GET", path).json()["data"] == []
    phone.writes()


def test_a_business_username_follows_the_rules(phone: Phone) -> None:
    """Section 5: 3 to 35 of a-z 0-9 . _, no www, no domain ending; 147001 and 147005."""
    path = f"{NUMBER}/username"
    for name in ("ab", "nordlicht..bahn", "www.bahn", "bahn.de", "1234", "Ä"):
        assert code_of(phone.graph("POST", path, json={"username": name})) == 147001
    assert phone.graph("POST", path, json={"username": "Nordlicht.Bahn"}).status_code == 200

    assert phone.graph("GET", path).json()["username"] == "nordlicht.bahn"
    change = eventually(lambda: phone.helpdesk.changes)[0]
    assert change["field"] == "business_username_updates"
    other = phone.control("numbers", {"verified_name": "Bus"})["id"]
    wanted = {"username": "nordlicht.bahn"}
    assert code_of(phone.graph("POST", f"{other}/username", json=wanted)) == 147005
    assert phone.graph("GET", f"{other}/username_suggestions").json()["data"]
    phone.graph("DELETE", path)
    assert phone.graph("GET", path).json() == {}


def test_a_number_is_registered_with_a_code_and_a_pin(phone: Phone) -> None:
    """Sections 9 and 12: 133006, 133005, 133010, 133016."""
    phone.writes()
    register, pin = f"{NUMBER}/register", {"messaging_product": "whatsapp", "pin": "123456"}
    phone.graph("POST", f"{NUMBER}/deregister")
    assert phone.code() == 133010
    asked = phone.graph(
        "POST", f"{NUMBER}/request_code", json={"code_method": "SMS", "language": "de"}
    )
    assert asked.json() == {"success": True}
    assert code_of(phone.graph("POST", register, json=pin)) == 133006
    assert code_of(phone.graph("POST", f"{NUMBER}/verify_code", json={"code": "000000"})) == 100
    phone.graph("POST", f"{NUMBER}/verify_code", json={"code": "123-456"})
    assert phone.graph("POST", register, json=pin).json() == {"success": True}
    phone.sent()

    assert code_of(phone.graph("POST", register, json=pin | {"pin": "654321"})) == 133005
    codes = [phone.graph("POST", register, json=pin).status_code for _ in range(8)]
    assert codes[-1] == 400
    assert code_of(phone.graph("POST", register, json=pin)) == 133016


def test_the_history_of_a_message_lists_its_events(phone: Phone) -> None:
    phone.writes()
    wamid = phone.sent()
    phone.wait_for(wamid, "delivered")

    found = phone.graph("GET", f"{NUMBER}/message_history?message_id={wamid}").json()["data"][0]

    assert [each["delivery_status"] for each in found["events"]["data"]] == [
        "ACCEPTED", "SENT", "DELIVERED",
    ]  # fmt: skip
    bad = phone.graph("GET", f"{NUMBER}/message_history?message_id=x")
    assert code_of(bad) == 131009


def test_examples_of_headers_are_uploaded_first(phone: Phone) -> None:
    query = "670843887433847/uploads?file_name=a.png&file_length=4&file_type=image/png"
    session = phone.graph("POST", query).json()["id"]

    assert session.startswith("upload:")
    assert phone.graph("POST", session, content=b"\x89PNG").json()["h"]


def test_the_bytes_may_come_with_metas_other_word_for_the_token(phone: Phone) -> None:
    """Meta's own example of an upload has `Authorization: OAuth …`."""
    session = phone.graph("POST", "670843887433847/uploads?file_type=image/png").json()["id"]
    token = phone.graph("GET", NUMBER).request.headers["Authorization"].partition(" ")[2]
    for word, status in (("OAuth", 200), ("Basic", 401)):
        headers = {"Authorization": f"{word} {token}"}
        assert phone.graph("POST", session, content=b"x", headers=headers).status_code == status


@pytest.mark.parametrize("fields", ["id,status", "quality_rating", "throughput{level}"])
def test_a_number_shows_the_fields_asked_for(phone: Phone, fields: str) -> None:
    found = phone.graph("GET", f"{NUMBER}?fields={fields}").json()

    assert set(found) == {"id", *(name.partition("{")[0] for name in fields.split(","))}


# --- coexistence and calls ---


def test_the_business_writes_edits_and_takes_back_in_its_app(phone: Phone) -> None:
    """Section 6: `smb_message_echoes`; they open no window and are no sends of ours."""
    phone.control("numbers", {"id": NUMBER, "coexistence": True})
    wamid = phone.control("echo", {"to": LENA, "text": "Vom Handy"})["wamid"]
    phone.control("echo", {"to": LENA, "edit": wamid, "text": "Vom Handy!"})
    phone.control("echo", {"to": LENA, "revoke": wamid})

    echoes = [v["message_echoes"][0] for v in phone.helpdesk.values("message_echoes")]
    assert [each["type"] for each in echoes] == ["text", "edit", "revoke"]
    assert echoes[0]["from"] == "4943139200100"
    assert echoes[1]["edit"]["original_message_id"] == wamid
    assert phone.look("outbox")["total"] == 0
    assert phone.wait_for(phone.sent(), "failed")["errors"][0]["code"] == 131047


def test_the_history_comes_in_chunks(phone: Phone) -> None:
    answer = phone.control("history", {"threads_per_chunk": 2})

    chunks = [v["history"][0] for v in phone.helpdesk.values("history")]
    assert len(chunks) == answer["chunks"] == 3
    assert {each["metadata"]["progress"] for each in chunks} == {33, 67, 100}
    message = chunks[0]["threads"][0]["messages"][0]
    assert message["history_context"]["status"] == "READ"

    phone.control("history", {"declined": True})
    assert phone.helpdesk.values("history")[-1]["history"][0]["errors"][0]["code"] == 2593109


def test_contacts_of_the_app_are_synchronised(phone: Phone) -> None:
    phone.control("state_sync", {"from": LENA, "name": "Lena Brandt"})
    phone.control("state_sync", {"from": LENA, "action": "remove"})

    first, second = (v["state_sync"][0] for v in phone.helpdesk.values("state_sync"))
    assert first["contact"]["full_name"] == "Lena Brandt"
    assert (second["action"], "full_name" in second["contact"]) == ("remove", False)


def test_a_call_opens_the_window(phone: Phone) -> None:
    """Section 10: every user message or call."""
    phone.control("calls", {"from": LENA, "name": "Lena"})

    events = [v["calls"][0]["event"] for v in phone.helpdesk.values("calls")]
    assert events == ["connect", "terminate"]
    phone.wait_for(phone.sent(), "delivered")


# --- moves and kinds of inbound ---


def test_a_user_id_can_change_without_a_number(phone: Phone) -> None:
    """Section 3.3: `user_changed_user_id`, no `from`, no `contacts`."""
    phone.writes()
    before = phone.helpdesk.messages()[0]["from_user_id"]
    after = phone.control("customers", {"phone": LENA, "rotate_user_id": True})["user_id"]

    value = phone.helpdesk.values("messages")[-1]
    message = value["messages"][0]
    assert ("from" in message, "contacts" in value) == (False, False)
    assert message["system"]["type"] == "user_changed_user_id"
    assert (message["system"]["previous_user_id"], message["system"]["user_id"]) == (before, after)


def test_a_new_number_is_told_to_every_number_they_wrote_to(phone: Phone) -> None:
    other = phone.control("numbers", {"verified_name": "Bus"})["id"]
    phone.writes()
    phone.writes(phone_number_id=other)

    phone.control("customers", {"phone": LENA, "new_phone": "+49 151 000 777"})

    told = [
        v["metadata"]["phone_number_id"]
        for v in phone.helpdesk.values("messages")
        if v["messages"][0]["type"] == "system"
    ]
    assert sorted(told) == sorted([NUMBER, other])
    phone.wait_for(phone.sent(to="+49151000777"), "delivered")
    assert phone.wait_for(phone.sent(), "failed")["errors"][0]["code"] == 131026


@pytest.mark.parametrize(("coexistence", "kind"), [(True, "edit"), (False, "unsupported")])
def test_an_edit_is_told_by_what_the_number_is(phone: Phone, coexistence: bool, kind: str) -> None:
    """Section 3.1: on a pure Cloud API number an edit arrives as `unsupported`."""
    phone.control("numbers", {"id": NUMBER, "coexistence": coexistence})
    wamid = phone.writes("Mein Zug fällt auss")["wamid"]

    phone.control(
        "inbound", {"from": LENA, "type": "edit", "message_id": wamid, "text": "fällt aus"}
    )

    message = phone.helpdesk.messages()[-1]
    assert message["type"] == kind
    if coexistence:
        assert message["edit"]["original_message_id"] == wamid
        assert message["edit"]["message"]["text"]["body"] == "fällt aus"
    else:
        assert message["unsupported"]["type"] == "edit"
        assert message["errors"][0]["code"] == 131051


def test_a_message_is_edited_for_15_minutes(phone: Phone) -> None:
    wamid = phone.writes()["wamid"]
    phone.control("clock", advance_s=16 * 60)
    late = {"from": LENA, "type": "edit", "message_id": wamid, "text": "x"}

    assert phone.client.post("/control/inbound", json=late).status_code == 400


def test_an_order_a_revoke_and_a_group_have_their_objects(phone: Phone) -> None:
    wamid = phone.writes()["wamid"]
    phone.control("inbound", {"from": LENA, "type": "order"})
    phone.control("inbound", {"from": LENA, "type": "revoke", "message_id": wamid})
    phone.control("inbound", {"from": LENA, "text": "In der Gruppe", "group_id": "Z3JvdXA="})
    phone.control("inbound", {"from": LENA, "type": "unsupported"})

    order, revoke, group, unsupported = phone.helpdesk.messages()[1:]
    assert order["order"]["product_items"][0]["currency"] == "EUR"
    assert revoke["revoke"] == {"original_message_id": wamid}
    assert group["group_id"] == "Z3JvdXA="
    assert unsupported["errors"][0]["code"] == 131051


def test_a_group_message_opens_no_window(phone: Phone) -> None:
    phone.control("inbound", {"from": LENA, "text": "In der Gruppe", "group_id": "Z3JvdXA="})

    assert phone.wait_for(phone.sent(), "failed")["errors"][0]["code"] == 131047


def test_any_other_field_can_be_sent(phone: Phone) -> None:
    value = {"decision": "APPROVED"}

    phone.control("webhook", {"field": "account_review_update", "value": value})

    change = phone.helpdesk.changes[-1]
    assert (change["field"], change["value"]) == ("account_review_update", value)
    assert phone.client.post("/control/webhook", json={"field": "x"}).status_code == 400
