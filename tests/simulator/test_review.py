"""Templates: what Meta checks when they are made, and how it decides (sections 6, 7.1, 9, 12)."""

from typing import Any

import pytest

from tests.simulator.driver import ACCOUNT, LENA, Phone, eventually

Json = dict[str, Any]
LIST = f"{ACCOUNT}/message_templates"
BODY: Json = {
    "type": "BODY",
    "text": "Ihr Zug {{1}} fährt heute von Gleis {{2}} ab.",
    "example": {"body_text": [["RE 7", "4"]]},
}


def make(phone: Phone, *components: Json, **more: Any) -> Any:
    """Create a template; the response."""
    body: Json = {"name": "gleis", "language": "de", "category": "UTILITY"}
    body |= {"components": list(components) or [BODY], **more}
    return phone.graph("POST", LIST, json=body)


def subcode(response: Any) -> int:
    """`error_subcode` of a refused creation; its code where it has none."""
    error = response.json()["error"]
    assert response.status_code == 400, response.text
    return int(error.get("error_subcode", error["code"]))


def send(name: str, *components: Json, language: str = "de") -> Json:
    """A template message."""
    part = {"name": name, "language": {"code": language}, "components": list(components)}
    return {"type": "template", "text": None, "template": part}


def body(*texts: str, **named: str) -> Json:
    """A body component with these parameters."""
    rows: list[Json] = [{"type": "text", "text": text} for text in texts]
    rows += [{"type": "text", "parameter_name": k, "text": v} for k, v in named.items()]
    return {"type": "body", "parameters": rows}


def text(words: str, *examples: str) -> Json:
    """A BODY with examples."""
    found: Json = {"type": "BODY", "text": words}
    return found | {"example": {"body_text": [list(examples)]}} if examples else found


def buttons(*rows: Json) -> Json:
    """A BUTTONS component."""
    return {"type": "BUTTONS", "buttons": list(rows)}


REPLY = {"type": "QUICK_REPLY", "text": "Ja"}
LINK = {"type": "URL", "text": "Plan", "url": "https://nordlicht-bahn.example/plan"}


@pytest.mark.parametrize(
    ("code", "components"),
    [
        (2388040, [text("x" * 1025)]),
        (2388040, [BODY, {"type": "HEADER", "format": "TEXT", "text": "x" * 61}]),
        (2388040, [BODY, {"type": "FOOTER", "text": "x" * 61}]),
        (2388040, [BODY, buttons({"type": "QUICK_REPLY", "text": "x" * 26})]),
        (2388047, [BODY, {"type": "HEADER", "format": "TEXT", "text": "*fett*"}]),
        (2388047, [BODY, {"type": "HEADER", "format": "TEXT", "text": "{{1}} und {{2}}"}]),
        (2388043, [BODY, {"type": "HEADER", "format": "IMAGE"}]),
        (2388043, [text("Ihr Zug {{1}} fährt heute ab.")]),
        (2388043, [text("Ihr Zug {{1}} fährt heute von {{2}} ab.", "RE 7")]),
        (2388072, [text("Zu{{2}}erst {{1}} und dann das andere.", "a", "b")]),
        (2388072, [text("Viel\n\n\n\nPlatz dazwischen")]),
        (2388073, [BODY, {"type": "FOOTER", "text": "Ihr {{1}} Team"}]),
        (2388293, [text("Zug {{1}} {{2}} {{3}} {{4}} ab.", "a", "b", "c", "d")]),
        (2388299, [text("{{1}} fährt heute von Gleis vier ab.", "RE 7")]),
        (2388299, [text("Heute fährt von Gleis vier der {{1}}", "RE 7")]),
        (100, [BODY, BODY]),
        (100, [BODY, buttons(*[REPLY] * 11)]),
        (100, [BODY, buttons(LINK, REPLY, LINK)]),
        (100, [BODY, buttons(LINK, LINK, LINK)]),
        (100, [BODY, {"type": "CAROUSEL", "cards": [{}]}]),
        (100, [BODY, {"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Nur heute"}}]),
    ],
)
def test_what_breaks_a_rule_is_refused_with_its_code(
    phone: Phone, code: int, components: list[Json]
) -> None:
    assert subcode(make(phone, *components)) == code


def test_named_variables_need_named_examples(phone: Phone) -> None:
    part: Json = {"type": "BODY", "text": "Guten Tag {{vorname}}, Ihr Zug fährt heute."}
    assert subcode(make(phone, part, parameter_format="NAMED")) == 2388043

    part["example"] = {"body_text_named_params": [{"param_name": "vorname", "example": "Lena"}]}
    assert make(phone, part, parameter_format="NAMED").json()["status"] == "PENDING"
    phone.control("templates", name="gleis", status="APPROVED")
    phone.writes()

    wamid = phone.sent(send("gleis", body(vorname="Lena")))
    assert phone.accepted(wamid)["type"] == "template"
    assert phone.code(send("gleis", body(name="Lena"))) == 132012


def test_an_authentication_template_is_written_by_meta(phone: Phone) -> None:
    parts = [
        {"type": "BODY", "add_security_recommendation": True},
        {"type": "FOOTER", "code_expiration_minutes": 5},
        buttons({"type": "OTP", "otp_type": "COPY_CODE", "text": "Code kopieren"}),
    ]
    made = make(phone, *parts, category="AUTHENTICATION").json()

    found = phone.graph("GET", made["id"]).json()
    assert found["components"][0]["text"].startswith("*{{1}}*")
    assert found["components"][2]["buttons"][0]["type"] == "URL"


def test_an_account_has_250_templates(phone: Phone) -> None:
    """Section 7.1; and 100 creations an hour."""
    codes = []
    free = 250 - len(phone.graph("GET", f"{LIST}?limit=100").json()["data"])
    for number in range(251):
        if number % 90 == 0:
            phone.control("clock", advance_s=3700)
        response = make(phone, name=f"vorlage_{number}")
        codes.append(0 if response.status_code == 200 else subcode(response))

    assert codes[:free] == [0] * free
    assert set(codes[free:]) == {2388019}


def test_an_approved_template_is_edited_once_a_day_and_ten_times_a_month(phone: Phone) -> None:
    template_id = make(phone).json()["id"]
    change = {"components": [BODY]}
    assert phone.graph("POST", template_id, json=change).status_code == 400  # pending
    for day in range(10):
        phone.control("templates", name="gleis", status="APPROVED")
        assert phone.graph("POST", template_id, json=change).json() == {"success": True}, day
        phone.control("templates", name="gleis", status="APPROVED")
        assert phone.graph("POST", template_id, json=change).status_code == 400
        phone.control("clock", advance_s=24 * 3600 + 1)
    assert phone.graph("POST", template_id, json=change).status_code == 400

    phone.control("templates", name="gleis", status="REJECTED", reason="INVALID_FORMAT")
    assert phone.graph("POST", template_id, json=change).json() == {"success": True}


@pytest.mark.parametrize("decision", ["APPROVED", "REJECTED"])
def test_a_review_can_decide_by_itself(phone: Phone, decision: str) -> None:
    phone.control("faults", auto_review=decision, review_s=0.05)

    template_id = make(phone).json()["id"]

    change = eventually(lambda: phone.helpdesk.changes)[0]
    assert change["field"] == "message_template_status_update"
    assert change["value"]["event"] == decision
    assert phone.graph("GET", template_id).json()["status"] == decision


def test_low_quality_pauses_twice_and_then_disables(phone: Phone) -> None:
    """Section 9: 3 hours, 6 hours, for ever; 132015 and 132016 meanwhile."""
    phone.writes()
    message = send("hello_world", language="en_US")
    which = {"name": "hello_world", "language": "en_US"}
    for title, hours in (("FIRST_PAUSE", 3), ("SECOND_PAUSE", 6)):
        phone.control("templates", {**which, "status": "PAUSED"})
        assert phone.helpdesk.changes[-1]["value"]["other_info"]["title"] == title
        assert phone.code(message) == 132015
        phone.control("clock", advance_s=hours * 3600 - 60)
        assert phone.code(message) == 132015
        phone.control("clock", advance_s=120)
        phone.sent(message)
    told = eventually(
        lambda: (
            [
                c["value"]["other_info"]["title"]
                for c in phone.helpdesk.changes
                if c["field"] == "message_template_status_update" and "other_info" in c["value"]
            ].count("UNPAUSE")
            == 2
        )
    )
    assert told

    phone.control("templates", {**which, "status": "PAUSED"})
    value = phone.helpdesk.changes[-1]["value"]
    assert (value["event"], "disable_info" in value) == ("DISABLED", True)
    assert phone.code(message) == 132016


def test_category_and_quality_have_their_own_webhooks(phone: Phone) -> None:
    """Section 6."""
    which = {"name": "hello_world", "language": "en_US"}
    phone.control("templates", {**which, "category": "MARKETING", "announced": True})
    phone.control("templates", {**which, "category": "MARKETING"})
    found = phone.control("templates", {**which, "quality": "RED"})

    first, second, third = (change["value"] for change in phone.helpdesk.changes)
    assert (first["new_category"], first["correct_category"]) == ("UTILITY", "MARKETING")
    assert (second["previous_category"], second["new_category"]) == ("UTILITY", "MARKETING")
    assert (third["previous_quality_score"], third["new_quality_score"]) == ("GREEN", "RED")
    assert (found["status"], found["previous_category"]) == ("APPROVED", "UTILITY")


@pytest.mark.parametrize(("decision", "status"), [("send", "sent"), ("drop", "failed")])
def test_a_send_can_be_held_for_quality_assessment(
    phone: Phone, decision: str, status: str
) -> None:
    """Section 11: held, later sent, or dropped with 132015."""
    phone.writes()
    which = {"name": "hello_world", "language": "en_US"}
    phone.control("templates", {**which, "held": 1})
    message = phone.send(send("hello_world", language="en_US")).json()["messages"][0]
    assert message["message_status"] == "held_for_quality_assessment"
    assert phone.helpdesk.statuses(message["id"]) == []

    assert phone.control("templates", {**which, "release": decision})["released"] == 1

    told = phone.wait_for(message["id"], status)
    assert [e["code"] for e in told.get("errors", [])] == ([132015] if status == "failed" else [])


def test_a_language_is_deleted_by_its_id(phone: Phone) -> None:
    found = phone.graph("GET", f"{LIST}?name=ersatzverkehr").json()["data"]
    german = next(each for each in found if each["language"] == "de")

    phone.graph("DELETE", f"{LIST}?name=ersatzverkehr&hsm_id={german['id']}")

    left = phone.graph("GET", f"{LIST}?name=ersatzverkehr").json()["data"]
    assert [each["language"] for each in left] == ["en"]


CARD: Json = {
    "components": [
        {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::x"]}},
        text("Für {{1}} nur heute im Angebot", "Lena"),
        buttons(REPLY),
    ]
}


def card(index: int, words: str = "Lena") -> Json:
    """A card as it is sent."""
    image = {"type": "image", "image": {"link": "https://nordlicht-bahn.example/a.png"}}
    parts = [{"type": "header", "parameters": [image]}, body(words)]
    return {"card_index": index, "components": parts}


def test_a_carousel_is_sent_card_by_card(phone: Phone) -> None:
    phone.writes()
    made = make(
        phone, text("Unsere Angebote"), {"type": "CAROUSEL", "cards": [CARD, CARD]},
        category="MARKETING",
    )  # fmt: skip
    assert made.status_code == 200, made.text
    phone.control("templates", name="gleis")

    phone.sent(send("gleis", {"type": "carousel", "cards": [card(0), card(1)]}))
    assert phone.code(send("gleis", {"type": "carousel", "cards": [card(0)]})) == 132000
    assert phone.code(send("gleis", {"type": "carousel", "cards": [card(0), card(2)]})) == 132012
    long = card(1, "x" * 200)
    assert phone.code(send("gleis", {"type": "carousel", "cards": [card(0), long]})) == 132005


def test_a_limited_offer_says_when_it_ends(phone: Phone) -> None:
    phone.writes()
    offer = {"text": "Nur kurz", "has_expiration": True}
    part = {"type": "LIMITED_TIME_OFFER", "limited_time_offer": offer}
    assert make(phone, text("Unsere Angebote"), part, category="MARKETING").status_code == 200
    phone.control("templates", name="gleis")
    ends = {"type": "limited_time_offer", "limited_time_offer": {"expiration_time_ms": 1794000000}}

    assert phone.code(send("gleis")) == 131008
    phone.sent(send("gleis", {"type": "limited_time_offer", "parameters": [ends]}))


def test_an_authentication_template_needs_a_phone_number(phone: Phone) -> None:
    """Section 5: 131062."""
    phone.control("customers", {"phone": LENA, "user_id": "DE.77"})
    code = [{"type": "text", "text": "123456"}]
    parts = [
        body("123456"),
        {"type": "button", "sub_type": "url", "index": "0", "parameters": code},
    ]

    assert phone.code(send("anmeldung_code", *parts), to=None, recipient="DE.77") == 131062
    phone.sent(send("anmeldung_code", *parts))


def spoiled(place: int, part: Json | None) -> list[Json]:
    """The parts of a carousel whose second card has another part at `place`, or none there."""
    parts = list(CARD["components"])
    parts[place : place + 1] = [] if part is None else [part]
    return [text("Angebote"), {"type": "CAROUSEL", "cards": [CARD, {"components": parts}]}]


@pytest.mark.parametrize(
    "parts",
    [
        [text("Angebote"), {"type": "CAROUSEL", "cards": [CARD]}],
        [text("Angebote"), {"type": "CAROUSEL", "cards": [CARD] * 11}],
        [text("Angebote"), {"type": "CAROUSEL", "cards": [CARD] * 2}, buttons(REPLY)],
        spoiled(0, None),
        spoiled(0, {"type": "HEADER", "format": "TEXT", "text": "Neu"}),
        spoiled(0, {"type": "HEADER", "format": "IMAGE"}),
        spoiled(0, {**CARD["components"][0], "format": "VIDEO"}),
        spoiled(1, None),
        spoiled(1, text("x" * 161)),
        spoiled(1, {"type": "FOOTER", "text": "Neu"}),
        spoiled(2, None),
        spoiled(2, buttons(LINK)),
        spoiled(2, buttons(REPLY, REPLY, REPLY)),
        spoiled(2, buttons({"type": "COPY_CODE", "example": "X"})),
    ],
)
def test_a_carousel_that_breaks_a_rule_is_refused(phone: Phone, parts: list[Json]) -> None:
    assert make(phone, *parts, category="MARKETING").status_code == 400


def test_a_carousel_is_for_marketing(phone: Phone) -> None:
    parts = [text("Angebote"), {"type": "CAROUSEL", "cards": [CARD, CARD]}]
    assert subcode(make(phone, *parts)) == 100
    assert make(phone, *parts, category="MARKETING").json()["status"] == "PENDING"


def test_cards_may_be_without_text_and_buttons(phone: Phone) -> None:
    plain: Json = {"components": CARD["components"][:1]}
    parts = [text("Angebote"), {"type": "CAROUSEL", "cards": [plain, plain]}]
    assert make(phone, *parts, category="MARKETING").status_code == 200
