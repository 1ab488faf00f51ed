"""Templates: list, create, delete, and what is checked when one is sent."""

from typing import Any

import pytest

from tests.simulator.driver import ACCOUNT, LENA, Phone

LIST = f"{ACCOUNT}/message_templates"
NEW: dict[str, Any] = {
    "name": "gleiswechsel",
    "language": "de",
    "category": "UTILITY",
    "components": [
        {
            "type": "BODY",
            "text": "Ihr Zug {{1}} fährt heute von Gleis {{2}} ab.",
            "example": {"body_text": [["RE 7", "4"]]},
        }
    ],
}


def words(*texts: str) -> list[dict[str, Any]]:
    """A body component with these parameters."""
    return [{"type": "body", "parameters": [{"type": "text", "text": text} for text in texts]}]


def template(name: str, language: str, components: list[dict[str, Any]]) -> dict[str, Any]:
    """A template message."""
    part = {"name": name, "language": {"code": language}, "components": components}
    return {"type": "template", "text": None, "template": part}


def test_the_list_comes_in_pages(phone: Phone) -> None:
    seen, query = [], "?limit=3"
    while query:
        body = phone.graph("GET", LIST + query).json()
        seen += [(each["name"], each["language"]) for each in body["data"]]
        assert body["paging"]["cursors"]["before"]
        after = body["paging"]["cursors"]["after"]
        query = f"?limit=3&after={after}" if "next" in body["paging"] else ""

    everything = phone.graph("GET", f"{LIST}?limit=100").json()["data"]
    assert seen == [(each["name"], each["language"]) for each in everything]
    assert {each["status"] for each in everything} == {"APPROVED", "PAUSED", "REJECTED"}
    assert {each["language"] for each in everything} >= {"de", "en"}


@pytest.mark.parametrize(
    ("query", "field", "value"),
    [
        ("status=PAUSED", "status", "PAUSED"),
        ("language=en", "language", "en"),
        ("category=MARKETING", "category", "MARKETING"),
        ("name=ersatzverkehr", "name", "ersatzverkehr"),
    ],
)
def test_the_list_can_be_narrowed(phone: Phone, query: str, field: str, value: str) -> None:
    found = phone.graph("GET", f"{LIST}?{query}").json()["data"]

    assert {each[field] for each in found} == {value}


def test_a_new_template_is_pending_until_meta_decides(phone: Phone) -> None:
    phone.writes()
    made = phone.graph("POST", LIST, json=NEW).json()
    send = template("gleiswechsel", "de", words("RE 7", "4"))

    assert made["status"] == "PENDING"
    assert phone.code(send) == 132001
    phone.control("templates", {"name": "gleiswechsel", "language": "de", "status": "APPROVED"})

    value = phone.helpdesk.changes[-1]["value"]
    assert phone.helpdesk.changes[-1]["field"] == "message_template_status_update"
    assert (value["event"], value["message_template_name"]) == ("APPROVED", "gleiswechsel")
    assert value["message_template_id"] == int(made["id"])
    phone.sent(send)


def test_a_deleted_template_cannot_be_sent(phone: Phone) -> None:
    phone.writes()

    assert phone.graph("DELETE", f"{LIST}?name=hello_world").json() == {"success": True}

    assert phone.code(template("hello_world", "en_US", [])) == 132001


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("name", "Mit Leerzeichen"),
        ("category", "FUN"),
        ("components", []),
        ("components", [{"type": "BODY", "text": "x" * 1025}]),
        ("components", [{"type": "BODY", "text": "{{1}} am Rand", "example": {}}]),
    ],
)
def test_a_malformed_template_is_not_created(phone: Phone, change: str, value: Any) -> None:
    response = phone.graph("POST", LIST, json={**NEW, change: value})

    assert (response.status_code, response.json()["error"]["code"]) == (400, 100)


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (404, 132001, template("gibt_es_nicht", "de", [])),
        (404, 132001, template("hello_world", "de", [])),
        (400, 132000, template("anliegen_antwort", "de", [])),
        (400, 132000, template("anliegen_antwort", "de", words("Lena", "NB-1", "zu viel"))),
        (400, 132015, template("zufriedenheit", "de", words("Lena"))),
        (404, 132001, template("gewinnspiel", "de", [])),
        (
            400,
            132012,
            template(
                "neuigkeiten_monat",
                "de",
                [
                    {"type": "header", "parameters": [{"type": "text", "text": "kein Bild"}]},
                    *words("Lena", "Mai"),
                ],
            ),
        ),
    ],
)
def test_what_does_not_fit_the_template_is_refused(
    phone: Phone, status: int, code: int, message: dict[str, Any]
) -> None:
    phone.writes()

    response = phone.send(message)

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


def test_a_template_answers_with_its_status_and_is_priced_by_category(phone: Phone) -> None:
    phone.control("customers", {"name": "Lena", "phone": LENA})

    response = phone.send(template("anliegen_antwort", "de", words("Lena", "NB-2207")))

    message = response.json()["messages"][0]
    assert message["message_status"] == "accepted"
    pricing = phone.wait_for(message["id"], "sent")["pricing"]
    assert (pricing["type"], pricing["category"]) == ("regular", "utility")
