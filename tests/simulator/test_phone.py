"""The phone in the browser: its page, what one does with it, and its live connection."""

from typing import Any

import pytest
from starlette.websockets import WebSocketDisconnect

from simulator.media_kinds import stand_in
from tests.simulator.driver import NUMBER, Phone, eventually

Json = dict[str, Any]
LENA = "lena"


def lenas_number(phone: Phone) -> str:
    """The phone number of the first preset customer."""
    customers = phone.look("customers")["customers"]
    return str(next(each["phone"] for each in customers if each["id"] == LENA))


def until(socket: Any, kind: str, **wanted: Any) -> Json:
    """The next event of that type with these values in its message or itself."""
    for _ in range(50):
        event: Json = socket.receive_json()
        inner = event.get("message", event)
        if event["type"] == kind and all(inner.get(k) == v for k, v in wanted.items()):
            return event
    raise AssertionError(f"no {kind} with {wanted}")


# --- the page ---


def test_the_page_belongs_to_the_customer_of_its_address(phone: Phone) -> None:
    page = phone.client.get("/?customer=fjordkind")

    assert page.status_code == 200
    assert "Telefon von Fjordkind" in page.text
    assert '<option value="fjordkind" selected>' in page.text


def test_the_page_speaks_german_unless_asked_for_english(phone: Phone) -> None:
    assert '<html lang="de"' in phone.client.get("/").text
    english = phone.client.get("/", headers={"Accept-Language": "en-GB,en;q=0.9,de;q=0.5"})
    assert '<html lang="en"' in english.text

    chosen = phone.client.get("/?lang=en")

    assert '<html lang="en"' in chosen.text
    assert chosen.cookies["simulator_lang"] == "en"


def test_an_unknown_customer_is_not_found_but_gets_a_phone(phone: Phone) -> None:
    assert phone.client.get("/?customer=nobody").status_code == 404


def test_the_page_allows_no_inline_code_and_has_none(phone: Phone) -> None:
    page = phone.client.get("/")

    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    assert " style=" not in page.text
    assert " onclick=" not in page.text


def test_a_name_with_markup_stays_text(phone: Phone) -> None:
    phone.control("customers", {"name": "</script><b>x", "phone": "+4915100000001"})

    page = phone.client.get("/?customer=4915100000001").text

    assert "<b>x" not in page


def test_its_scripts_and_styles_are_served(phone: Phone) -> None:
    for path in ("/phone-static/phone.js", "/phone-static/phone.css", "/static/css/app.css"):
        assert phone.client.get(path).status_code == 200


def test_pages_of_other_origins_cannot_write(phone: Phone) -> None:
    foreign = {"Origin": "https://elsewhere.example"}

    answer = phone.client.post("/phone/lena/messages", json={"text": "x"}, headers=foreign)

    assert answer.status_code == 403
    with pytest.raises(WebSocketDisconnect):
        phone.client.websocket_connect("/phone/ws?customer=lena", headers=foreign).__enter__()


# --- writing ---


def test_a_text_is_delivered_and_ticked(phone: Phone) -> None:
    answer = phone.client.post("/phone/lena/messages", json={"text": "START RE7"}).json()

    assert answer["delivered"] is True
    message = phone.helpdesk.messages()[-1]
    assert message["text"] == {"body": "START RE7"}
    with phone.client.websocket_connect("/phone/ws?customer=lena") as socket:
        shown = socket.receive_json()["messages"]
    assert [(each["wamid"], each["status"]) for each in shown] == [(answer["wamid"], "delivered")]


def test_a_picture_is_sent_with_its_bytes(phone: Phone) -> None:
    content, mime_type, _ = stand_in("image")

    phone.client.post(
        "/phone/lena/files",
        data={"kind": "image", "caption": "Gleis 3"},
        files={"file": ("gleis.png", content, mime_type)},
    )

    image = phone.helpdesk.messages()[-1]["image"]
    assert (image["caption"], image["mime_type"]) == ("Gleis 3", "image/png")
    meta = phone.graph("GET", image["id"]).json()
    assert phone.client.get(meta["url"]).content == content


def test_a_file_that_browsers_could_run_is_only_offered_for_download(phone: Phone) -> None:
    phone.client.post(
        "/phone/lena/files", files={"file": ("x.html", b"<script>1</script>", "text/html")}
    )
    media_id = phone.helpdesk.messages()[-1]["document"]["id"]

    shown = phone.client.get(f"/phone/media/{media_id}")

    assert shown.headers["content-disposition"].startswith("attachment")
    assert shown.headers["content-type"] == "application/octet-stream"


def test_a_place_does_not_rename_its_sender(phone: Phone) -> None:
    body = {"type": "location", "latitude": 54.3, "longitude": 10.1, "name": "Kiel Hbf"}

    phone.client.post("/phone/lena/messages", json=body)

    value = phone.helpdesk.values("messages")[-1]
    assert value["messages"][0]["location"]["name"] == "Kiel Hbf"
    assert value["contacts"][0]["profile"]["name"] == "Lena Brandt"


def test_a_reply_quotes_the_message_of_the_business(phone: Phone) -> None:
    phone.client.post("/phone/lena/messages", json={"text": "Moin"})
    wamid = phone.sent(to=f"+{lenas_number(phone)}")
    phone.wait_for(wamid, "delivered")

    phone.client.post("/phone/lena/messages", json={"text": "Danke", "reply_to": wamid})

    context = phone.helpdesk.messages()[-1]["context"]
    assert context == {"from": "4943139200100", "id": wamid}


def test_a_reaction_is_sent_and_can_be_taken_back(phone: Phone) -> None:
    phone.client.post("/phone/lena/messages", json={"text": "Moin"})
    wamid = phone.sent(to=f"+{lenas_number(phone)}")
    phone.wait_for(wamid, "delivered")

    for emoji in ("👍", ""):
        body = {"type": "reaction", "message_id": wamid, "emoji": emoji}
        phone.client.post("/phone/lena/messages", json=body)

    reactions = [each["reaction"] for each in phone.helpdesk.messages() if "reaction" in each]
    assert reactions == [{"message_id": wamid, "emoji": "👍"}, {"message_id": wamid}]


def test_nonsense_is_refused_with_a_sentence(phone: Phone) -> None:
    for path, body in (
        ("/phone/nobody/messages", {"text": "x"}),
        ("/phone/lena/messages", {"type": "text"}),
        ("/phone/lena/switches", {"name": True}),
        ("/phone/customers", {}),
    ):
        answer = phone.client.post(path, json=body)
        assert answer.status_code == 400
        assert answer.json()["error"]


# --- live ---


def test_what_the_business_sends_appears_and_is_read_while_somebody_looks(phone: Phone) -> None:
    phone.client.post("/phone/lena/messages", json={"text": "Moin"})
    phone.control("faults", skip_delivered=False, status_delay_s=0.01)
    with phone.client.websocket_connect("/phone/ws?customer=lena") as socket:
        assert socket.receive_json()["type"] == "snapshot"
        socket.send_json({"type": "visible", "on": True})

        wamid = phone.sent(to=f"+{lenas_number(phone)}", text={"body": "Gern!"})

        event = until(socket, "message", wamid=wamid)
        assert event["message"]["content"]["body"] == "Gern!"
        until(socket, "message", wamid=wamid, status="read")
    phone.wait_for(wamid, "read")


def test_opening_the_chat_reads_what_was_there(phone: Phone) -> None:
    phone.client.post("/phone/lena/messages", json={"text": "Moin"})
    wamid = phone.sent(to=f"+{lenas_number(phone)}")
    phone.wait_for(wamid, "delivered")
    assert "read" not in phone.helpdesk.status_names(wamid)

    with phone.client.websocket_connect("/phone/ws?customer=lena") as socket:
        socket.send_json({"type": "visible", "on": True})
        phone.wait_for(wamid, "read")


def test_a_phone_in_the_background_does_not_read(phone: Phone) -> None:
    phone.client.post("/phone/lena/messages", json={"text": "Moin"})
    with phone.client.websocket_connect("/phone/ws?customer=lena") as socket:
        socket.send_json({"type": "visible", "on": False})
        wamid = phone.sent(to=f"+{lenas_number(phone)}")
        until(socket, "message", wamid=wamid, status="delivered")

    assert "read" not in phone.helpdesk.status_names(wamid)


def test_typing_and_reading_by_the_business_are_shown(phone: Phone) -> None:
    wamid = phone.client.post("/phone/lena/messages", json={"text": "Moin"}).json()["wamid"]
    with phone.client.websocket_connect("/phone/ws?customer=lena") as socket:
        socket.receive_json()
        body = {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": wamid,
            "typing_indicator": {"type": "text"},
        }
        assert phone.graph("POST", f"{NUMBER}/messages", json=body).json() == {"success": True}

        until(socket, "message", wamid=wamid, status="read")
        assert until(socket, "typing")["on"] is True


def test_a_phone_hears_nothing_of_other_chats(phone: Phone) -> None:
    with phone.client.websocket_connect("/phone/ws?customer=jonas") as socket:
        socket.receive_json()
        phone.client.post("/phone/lena/messages", json={"text": "geheim"})
        phone.client.post("/phone/jonas/messages", json={"text": "Moin"})

        event = until(socket, "message")

    assert event["message"]["content"]["body"] == "Moin"


def test_a_phone_that_is_off_gets_its_messages_later(phone: Phone) -> None:
    phone.client.post("/phone/lena/messages", json={"text": "Moin"})
    phone.client.post("/phone/lena/switches", json={"online": False})
    wamid = phone.sent(to=f"+{lenas_number(phone)}")
    phone.wait_for(wamid, "sent")
    with phone.client.websocket_connect("/phone/ws?customer=lena") as socket:
        shown = socket.receive_json()["messages"]
    assert wamid not in {each["wamid"] for each in shown}

    phone.client.post("/phone/lena/switches", json={"online": True})

    phone.wait_for(wamid, "delivered")


def test_stopping_marketing_tells_the_helpdesk(phone: Phone) -> None:
    phone.client.post("/phone/lena/switches", json={"stopped_marketing": True})

    change = eventually(lambda: phone.helpdesk.changes)[-1]
    assert change["field"] == "user_preferences"
    assert change["value"]["user_preferences"][0]["value"] == "stop"


def test_listening_to_a_voice_note_is_reported_once(phone: Phone) -> None:
    phone.client.post("/phone/lena/messages", json={"text": "Moin"})
    content, mime_type, name = stand_in("audio")
    upload = phone.graph(
        "POST",
        f"{NUMBER}/media",
        data={"messaging_product": "whatsapp", "type": mime_type},
        files={"file": (name, content, mime_type)},
    ).json()
    audio = {"id": upload["id"], "voice": True}
    wamid = phone.sent(to=f"+{lenas_number(phone)}", type="audio", text=None, audio=audio)
    phone.wait_for(wamid, "delivered")

    answers = [
        phone.client.post("/phone/lena/played", json={"wamid": wamid}).json()["played"]
        for _ in range(2)
    ]

    assert answers == [True, False]
    phone.wait_for(wamid, "played")


def test_a_new_person_with_a_username_only_writes_without_a_number(phone: Phone) -> None:
    made = phone.client.post(
        "/phone/customers", json={"name": "Ole Thies", "phone": "", "username": "ole.thies"}
    ).json()

    phone.client.post(f"/phone/{made['id']}/messages", json={"text": "Moin"})

    value = phone.helpdesk.values("messages")[-1]
    assert value["contacts"] == [
        {"profile": {"name": "Ole Thies", "username": "ole.thies"}, "user_id": made["user_id"]}
    ]
    assert "from" not in value["messages"][0]


# --- taking back, editing, moving, several numbers ---


def test_a_deleted_message_is_gone_and_only_coexistence_numbers_hear_of_it(phone: Phone) -> None:
    first = phone.control("inbound", {"customer": LENA, "text": "Upps"})["wamid"]
    answer = phone.client.post(f"/phone/{LENA}/revoke", json={"wamid": first}).json()
    assert answer == {"told": False}
    assert len(phone.helpdesk.messages()) == 1

    phone.control("numbers", {"id": NUMBER, "coexistence": True})
    second = phone.control("inbound", {"customer": LENA, "text": "Upps"})["wamid"]
    assert phone.client.post(f"/phone/{LENA}/revoke", json={"wamid": second}).json()["told"]
    assert phone.helpdesk.messages()[-1]["revoke"] == {"original_message_id": second}
    with phone.client.websocket_connect(f"/phone/ws?customer={LENA}") as socket:
        shown = socket.receive_json()["messages"]
        assert [each["revoked"] for each in shown] == [True, True]


def test_a_message_can_be_deleted_for_two_days(phone: Phone) -> None:
    wamid = phone.control("inbound", {"customer": LENA, "text": "Alt"})["wamid"]
    phone.control("clock", advance_s=2 * 86400 + 60)

    assert phone.client.post(f"/phone/{LENA}/revoke", json={"wamid": wamid}).status_code == 400


def test_an_edited_message_shows_its_new_words_only(phone: Phone) -> None:
    wamid = phone.control("inbound", {"customer": LENA, "text": "fällt auss"})["wamid"]
    edit = {"type": "edit", "message_id": wamid, "text": "fällt aus"}
    assert phone.client.post(f"/phone/{LENA}/messages", json=edit).status_code == 200

    with phone.client.websocket_connect(f"/phone/ws?customer={LENA}") as socket:
        shown = socket.receive_json()["messages"]
    assert [(each["content"]["body"], each["edited"]) for each in shown] == [("fällt aus", True)]


def test_a_person_moves_to_another_number(phone: Phone) -> None:
    phone.control("inbound", {"customer": LENA, "text": "Moin"})

    moved = phone.client.post(f"/phone/{LENA}/move", json={"new_phone": "+49 151 000777"}).json()
    turned = phone.client.post(f"/phone/{LENA}/move", json={"rotate": True}).json()

    assert (moved["phone"], moved["user_id"] != turned["user_id"]) == ("49151000777", True)
    kinds = [each["system"]["type"] for each in phone.helpdesk.messages()[1:]]
    assert kinds == ["user_changed_number", "user_changed_user_id"]
    assert phone.client.post(f"/phone/{LENA}/move", json={"new_phone": "x"}).status_code == 400


def test_each_business_number_is_a_chat_of_its_own(phone: Phone) -> None:
    other = phone.control("numbers", {"verified_name": "Nordlicht Bus"})["id"]
    phone.client.post(f"/phone/{LENA}/messages", json={"text": "An die Bahn"})
    phone.client.post(
        f"/phone/{LENA}/messages", json={"text": "An den Bus", "phone_number_id": other}
    )

    assert "Nordlicht Bus" in phone.client.get(f"/?customer={LENA}&number={other}").text
    with phone.client.websocket_connect(f"/phone/ws?customer={LENA}&number={other}") as socket:
        snapshot = socket.receive_json()
    assert [each["content"]["body"] for each in snapshot["messages"]] == ["An den Bus"]
    assert set(snapshot["customer"]["windows"]) == {NUMBER, other}


def test_a_carousel_template_is_drawn_card_by_card(phone: Phone) -> None:
    image = {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::x"]}}
    text = {"type": "BODY", "text": "Nur {{1}} Euro heute", "example": {"body_text": [["29"]]}}
    buttons = {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Ja"}]}
    card = {"components": [image, text, buttons]}
    made = {
        "name": "karten", "language": "de", "category": "MARKETING",
        "components": [{"type": "BODY", "text": "Angebote"}, {"type": "CAROUSEL",
                                                              "cards": [card, card]}],
    }  # fmt: skip
    phone.graph("POST", "104996122399160/message_templates", json=made)
    phone.control("templates", name="karten")
    phone.control("inbound", {"customer": LENA, "text": "Moin"})
    picture = {"type": "image", "image": {"link": "https://nordlicht-bahn.example/a.png"}}
    parts = [
        {"type": "header", "parameters": [picture]},
        {"type": "body", "parameters": [{"type": "text", "text": "29"}]},
    ]
    cards = [{"card_index": index, "components": parts} for index in range(2)]
    template = {
        "name": "karten", "language": {"code": "de"},
        "components": [{"type": "carousel", "cards": cards}],
    }  # fmt: skip

    wamid = phone.sent(
        {"type": "template", "text": None, "template": template}, to=f"+{lenas_number(phone)}"
    )

    phone.wait_for(wamid, "delivered")
    with phone.client.websocket_connect(f"/phone/ws?customer={LENA}") as socket:
        view = socket.receive_json()["messages"][-1]["view"]
    assert [each["body"] for each in view["cards"]] == ["Nur 29 Euro heute"] * 2
