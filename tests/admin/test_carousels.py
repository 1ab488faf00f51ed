"""Templates with cards in the admin: what is entered, what goes to Meta, what is wrong where."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from conversations.models import MessageTemplate
from tests import factories
from tests.whatsapp.graph import Graph, reply, running_graph
from whatsapp.models import WhatsAppNumber

ADD = "admin:conversations_messagetemplate_add"
WRITE = "admin:whatsapp_template_write"


@pytest.fixture
def graph(settings: LazySettings) -> Iterator[Graph]:
    """Meta: takes everything, and gives every file a handle that says what was in it."""

    def answer(seen: Any, handler: Any) -> None:
        body: dict[str, Any] = {"id": "4711", "status": "PENDING", "category": "MARKETING"}
        if "/uploads" in seen.path:
            body = {"id": "upload:abc"}
        elif "/upload:" in seen.path:
            body = {"h": f"4::{seen.body.decode()}"}
        reply(handler, 200, json.dumps({**body, "success": True}).encode())

    with running_graph() as graph:
        settings.WHATSAPP_GRAPH_URL = graph.url
        settings.WHATSAPP_TIMEOUT_S = 1
        graph.answer = answer
        yield graph


def picture(words: str, kind: str = "image/png") -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{words}.png", words.encode(), content_type=kind)


def card(number: int, **changes: Any) -> dict[str, Any]:
    values = {
        "file": picture(f"card{number}"),
        "body": f"Angebot {number} für {{{{1}}}} und Freunde",
        "sample-1": "Lena",
        "button1_text": "Buchen",
        "button1_value": "https://bahn.example/{{1}}",
        "button1_sample": f"https://bahn.example/{number}",
        "button2_text": "Mehr davon",
        "position": str(number + 1),
        **changes,
    }
    return {f"cards-{number}-{name}": value for name, value in values.items() if value is not None}


def fields(number: WhatsAppNumber, *cards: dict[str, Any], **changes: Any) -> dict[str, Any]:
    found = {
        "account": number.waba_id,
        "name": "winter_offers",
        "language": "de",
        "category": "marketing",
        "variables_are": "positional",
        "header": "",
        "body": "Unsere Angebote im Winter",
        "footer": "",
        "buttons-TOTAL_FORMS": "10",
        "buttons-INITIAL_FORMS": "0",
        "card_header": "IMAGE",
        "card_button_1": "URL",
        "card_button_2": "QUICK_REPLY",
        "cards-TOTAL_FORMS": "10",
        "cards-INITIAL_FORMS": "0",
    }
    for each in cards or (card(0), card(1)):
        found |= each
    return {**found, **changes}


def handed_in(graph: Graph) -> list[dict[str, Any]]:
    """The cards of the template that was posted last."""
    components: list[dict[str, Any]] = graph.requests[-1].json["components"]
    cards: list[dict[str, Any]] = components[-1]["cards"]
    return cards


def test_a_carousel_is_handed_in_with_a_handle_for_each_picture(
    browser: Client, graph: Graph, number: WhatsAppNumber
) -> None:
    response = browser.post(reverse(ADD), fields(number))
    assert response.status_code == 302
    assert [seen.path.partition("?")[0][-12:] for seen in graph.requests].count("/app/uploads") == 2
    first, second = handed_in(graph)
    assert first["components"] == [
        {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::card0"]}},
        {
            "type": "BODY",
            "text": "Angebot 0 für {{1}} und Freunde",
            "example": {"body_text": [["Lena"]]},
        },
        {
            "type": "BUTTONS",
            "buttons": [
                {
                    "type": "URL",
                    "text": "Buchen",
                    "url": "https://bahn.example/{{1}}",
                    "example": ["https://bahn.example/0"],
                },
                {"type": "QUICK_REPLY", "text": "Mehr davon"},
            ],
        },
    ]
    assert second["components"][0]["example"] == {"header_handle": ["4::card1"]}
    assert MessageTemplate.objects.get().component("CAROUSEL")["cards"] == [first, second]


def test_cards_go_by_their_position_and_empty_rows_are_none(
    browser: Client, graph: Graph, number: WhatsAppNumber
) -> None:
    cards = [card(0, position="3"), card(4, position="1"), card(7, position=None)]
    browser.post(reverse(ADD), fields(number, *cards))
    texts = [each["components"][1]["text"][:9] for each in handed_in(graph)]
    assert texts == ["Angebot 4", "Angebot 0", "Angebot 7"]


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"category": "utility"}, "category"),
        ({"header": "LOCATION"}, "header"),
        ({"footer": "Nordlicht"}, "footer"),
        ({"cards-2-body": "Nur eine dritte"}, None),
    ],
)
def test_what_does_not_go_with_cards_is_said_and_nothing_is_uploaded(
    browser: Client, graph: Graph, number: WhatsAppNumber, changes: dict[str, Any], at: str | None
) -> None:
    page = browser.post(reverse(ADD), fields(number, **changes))
    if at is None:
        assert "file" in page.context["card_rows"][2].errors
    else:
        assert at in page.context["form"].errors
    assert graph.requests == []


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"file": None}, "file"),
        ({"file": picture("x", "image/webp")}, "file"),
        ({"body": "x" * 161}, "body"),
        ({"body": ""}, "body"),
        ({"sample-1": ""}, "sample-1"),
        ({"button1_text": ""}, "button1_text"),
        ({"button1_value": "nirgends"}, "button1_value"),
        ({"button1_sample": ""}, "button1_sample"),
        ({"button2_text": "x" * 26}, "button2_text"),
    ],
)
def test_a_cards_problem_stands_at_the_card(
    browser: Client, graph: Graph, number: WhatsAppNumber, changes: dict[str, Any], at: str
) -> None:
    moved = card(5, position="1", **changes)
    page = browser.post(reverse(ADD), fields(number, card(0, position="2"), moved))
    rows = page.context["card_rows"]
    assert rows[0].prefix == "cards-5"
    assert list(rows[0].errors) == [at]
    assert rows[1].errors == {}
    assert graph.requests == []


def test_one_card_is_too_few(browser: Client, graph: Graph, number: WhatsAppNumber) -> None:
    page = browser.post(reverse(ADD), fields(number, card(0)))
    assert "card_header" in page.context["form"].errors


def test_without_cards_the_rows_are_left_out(
    browser: Client, graph: Graph, number: WhatsAppNumber
) -> None:
    assert browser.post(reverse(ADD), fields(number, card_header="")).status_code == 302
    (body,) = graph.requests[-1].json["components"]
    assert body["type"] == "BODY"


def test_metas_refusal_of_a_file_stands_at_its_card(
    browser: Client, graph: Graph, number: WhatsAppNumber
) -> None:
    graph.says(200, {"id": "../me"})
    page = browser.post(reverse(ADD), fields(number))
    assert list(page.context["card_rows"][0].errors) == ["file"]
    assert not MessageTemplate.objects.exists()


def test_one_that_exists_is_changed(browser: Client, graph: Graph, number: WhatsAppNumber) -> None:
    browser.post(reverse(ADD), fields(number))
    row = MessageTemplate.objects.get()
    MessageTemplate.objects.update(status="approved")
    path = reverse(WRITE, args=[row.pk])
    page = browser.get(path)
    first = page.context["card_rows"][0]
    assert first["body"].value() == "Angebot 0 für {{1}} und Freunde"
    assert first["sample-1"].value() == "Lena"
    assert first["button1_sample"].value() == "https://bahn.example/0"
    assert page.context["form"]["card_button_2"].value() == "QUICK_REPLY"

    cards = [card(0, position="2"), card(1, position="1"), card(2)]
    given = fields(number, *cards, **{"cards-INITIAL_FORMS": "2"})
    assert browser.post(path, given).status_code == 302
    texts = [each["components"][1]["text"][:9] for each in handed_in(graph)]
    assert texts == ["Angebot 1", "Angebot 0", "Angebot 2"]
    row.refresh_from_db()
    assert row.status == "pending"


def test_a_script_is_told_where_to_go(
    browser: Client, graph: Graph, number: WhatsAppNumber
) -> None:
    headers = {"X-Requested-With": "fetch"}
    answer = browser.post(reverse(ADD), fields(number), headers=headers)
    row = MessageTemplate.objects.get()
    page = reverse("admin:conversations_messagetemplate_change", args=[row.pk])
    assert (answer.status_code, answer["HX-Redirect"]) == (204, page)


def test_one_with_other_cards_is_left_to_whatsapp_manager(
    browser: Client, number: WhatsAppNumber
) -> None:
    parts = [{"type": "HEADER", "format": "PRODUCT"}]
    row = factories.MessageTemplateFactory.create(
        components=[
            {"type": "BODY", "text": "Hallo"},
            {"type": "CAROUSEL", "cards": [{"components": parts}] * 2},
        ]
    )
    assert browser.get(reverse(WRITE, args=[row.pk])).status_code == 302
