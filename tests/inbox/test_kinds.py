"""Behind the composer's "+": every kind becomes Meta's object; what is wrong is said by field."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Agent
from conversations.models import Conversation, Message, Status
from inbox.kinds import KINDS
from inbox.places import parse_place
from simulator.checks import check_message
from tests import factories
from tests.inbox.conftest import SignIn

FILLED: dict[str, dict[str, Any]] = {
    "location": {"place": "54.3148, 10.1319", "name": "Kiel Hbf", "address": "Sophienblatt 25"},
    "contact": {"name": "Jana Petersen", "phone": "+49 431 123456", "email": "j@example.org"},
    "buttons": {"body": "Which?", "button_1": "Refund", "button_3": "A person", "footer": "small"},
    "list": {
        "body": "Where to?",
        "button": "Choose",
        "section": ["North", "North", "South", ""],
        "row_title": ["Kiel", "Husum", "Ulm", ""],
        "row_description": ["", "by the sea", "", ""],
    },
    "link": {"body": "Look", "display_text": "Open", "url": "https://x.example/a?b=c"},
    "ask-location": {"body": "Where are you?"},
    "ask-contact": {"body": "May we call you?"},
    "flow": {"body": "A form", "flow_id": "1234567890", "flow_cta": "Begin", "screen": "START"},
}


@pytest.fixture
def browser(sign_in: SignIn, agent: Agent) -> Client:
    return sign_in(agent)


def send(browser: Client, conversation: Conversation, kind: str, **fields: Any) -> Any:
    data = {"client_uuid": str(uuid.uuid4()), "kind": kind, **fields}
    return browser.post(reverse("inbox:reply", args=[conversation.pk]), data)


def test_every_kind_has_an_example_here() -> None:
    assert set(FILLED) == set(KINDS)


@pytest.mark.parametrize("kind", FILLED)
def test_every_kind_is_queued_in_a_shape_the_platform_takes(
    browser: Client, conversation: Conversation, kind: str
) -> None:
    answer = send(browser, conversation, kind, **FILLED[kind])
    assert answer.status_code == 201, answer.content
    message = Message.objects.get()
    assert message.status == Status.QUEUED
    check_message({"type": message.type, message.type: message.payload[message.type]})
    assert f'id="message-{message.pk}"' in answer.content.decode()


def test_the_same_client_uuid_is_one_message(browser: Client, conversation: Conversation) -> None:
    data = {"client_uuid": str(uuid.uuid4()), **FILLED["flow"]}
    for _ in range(2):
        assert send(browser, conversation, "flow", **data).status_code == 201
    assert Message.objects.count() == 1


@pytest.mark.parametrize("kind", [*FILLED, "template"])
def test_every_form_can_be_fetched(browser: Client, conversation: Conversation, kind: str) -> None:
    answer = browser.get(reverse("inbox:kind", args=[conversation.pk, kind]))
    assert answer.status_code == 200
    assert 'id="kind-title"' in answer.content.decode()


def test_there_is_no_form_for_what_does_not_exist(
    browser: Client, conversation: Conversation
) -> None:
    assert browser.get(reverse("inbox:kind", args=[conversation.pk, "song"])).status_code == 404
    assert send(browser, conversation, "song").json()["errors"].keys() == {"kind"}


def test_buttons_without_words_are_left_out(browser: Client, conversation: Conversation) -> None:
    send(browser, conversation, "buttons", **FILLED["buttons"])
    interactive = Message.objects.get().payload["interactive"]
    titles = [button["reply"]["title"] for button in interactive["action"]["buttons"]]
    assert titles == ["Refund", "A person"]
    assert interactive["footer"] == {"text": "small"}


def test_rows_of_one_section_stand_together(browser: Client, conversation: Conversation) -> None:
    send(browser, conversation, "list", **FILLED["list"])
    sections = Message.objects.get().payload["interactive"]["action"]["sections"]
    assert [(part["title"], len(part["rows"])) for part in sections] == [("North", 2), ("South", 1)]
    assert sections[0]["rows"][1] == {"id": "row-2", "title": "Husum", "description": "by the sea"}


def test_a_text_that_quotes_stays_a_quote_as_buttons(
    browser: Client, conversation: Conversation
) -> None:
    asked = factories.MessageFactory.create(conversation=conversation)
    send(browser, conversation, "buttons", **FILLED["buttons"], context=asked.wamid)
    assert Message.objects.get(direction="outbound").context_wamid == asked.wamid


@pytest.mark.parametrize(
    ("kind", "wrong", "field"),
    [
        ("location", {"place": "somewhere"}, "place"),
        ("location", {"place": "91, 0"}, "place"),
        ("contact", {"phone": "call me"}, "phone"),
        ("contact", {"name": ""}, "name"),
        ("buttons", {"button_1": "x" * 21}, "button_1"),
        ("buttons", {"button_1": ""}, "button_1"),
        ("buttons", {"button_3": "Refund"}, "__all__"),
        ("buttons", {"body": "x" * 1025}, "body"),
        ("buttons", {"header": "x" * 61}, "header"),
        ("list", {"row_title": ["", "", "", ""]}, "row_title"),
        ("list", {"row_title": ["x" * 25, "", "", ""]}, "row_title"),
        ("list", {"row_description": ["x" * 73, "", "", ""]}, "row_description"),
        ("list", {"section": ["North", "", "South", ""]}, "section"),
        ("list", {"button": "x" * 21}, "button"),
        ("link", {"url": "x.example"}, "url"),
        ("link", {"display_text": "x" * 21}, "display_text"),
        ("flow", {"flow_id": "12a"}, "flow_id"),
        ("flow", {"flow_cta": "x" * 31}, "flow_cta"),
        ("ask-location", {"body": " "}, "body"),
    ],
)
def test_what_whatsapp_would_refuse_is_said_by_field(
    browser: Client, conversation: Conversation, kind: str, wrong: dict[str, Any], field: str
) -> None:
    answer = send(browser, conversation, kind, **{**FILLED[kind], **wrong})
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]
    assert answer.json()["detail"]
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("54.3148, 10.1319", (54.3148, 10.1319)),
        ("54,3148; 10,1319", (54.3148, 10.1319)),
        ("-34.6 -58.4", (-34.6, -58.4)),
        ("geo:54.3148,10.1319?z=17", (54.3148, 10.1319)),
        ("https://www.google.com/maps/@54.3148,10.1319,17z", (54.3148, 10.1319)),
        (
            "https://www.google.com/maps/place/Kiel/@54.3,10.1,12z/data=!3d54.3148!4d10.1319",
            (54.3148, 10.1319),
        ),
        ("https://maps.google.com/?q=54.3148,10.1319", (54.3148, 10.1319)),
        ("https://maps.apple.com/?ll=54.3148%2C10.1319&q=Kiel", (54.3148, 10.1319)),
        ("https://www.openstreetmap.org/#map=17/54.3148/10.1319", (54.3148, 10.1319)),
        ("https://www.openstreetmap.org/?mlat=54.3148&mlon=10.1319#map=9/1/1", (54.3148, 10.1319)),
        ("Kiel Hauptbahnhof", None),
        ("91.0, 10.0", None),
        ("54.3148, 181", None),
        ("", None),
    ],
)
def test_a_place_is_read_however_it_is_pasted(text: str, place: tuple[float, float] | None) -> None:
    found = parse_place(text)
    assert (found and (found.latitude, found.longitude)) == place


def test_people_are_found_by_name_and_number_for_a_card(
    browser: Client, conversation: Conversation
) -> None:
    address = reverse("inbox:people")
    number = conversation.contact.phone
    for words in (conversation.contact.name[:6], number[3:9]):
        assert number in browser.get(address, {"q": words}).content.decode()
    assert number not in browser.get(address, {"q": "Nobody"}).content.decode()
    assert number not in browser.get(address, {"q": "K"}).content.decode()


def test_people_of_other_teams_are_not_found(
    sign_in: SignIn, other_agent: Agent, conversation: Conversation
) -> None:
    page = sign_in(other_agent).get(reverse("inbox:people"), {"q": conversation.contact.name})
    assert conversation.contact.phone not in page.content.decode()


def test_the_read_only_role_gets_no_forms(
    sign_in: SignIn, read_only: Agent, conversation: Conversation
) -> None:
    client = sign_in(read_only)
    assert client.get(reverse("inbox:kind", args=[conversation.pk, "list"])).status_code == 403
    assert client.get(reverse("inbox:people"), {"q": "Karla"}).status_code == 403


def test_what_no_database_can_look_for_finds_nobody(agent: Agent, sign_in: SignIn) -> None:
    page = sign_in(agent).get(reverse("inbox:people"), {"q": "\x00\x00x"})
    assert page.status_code == 200


def test_the_composer_names_all_kinds(browser: Client, conversation: Conversation) -> None:
    page = browser.get(reverse("inbox:composer", args=[conversation.pk])).content.decode()
    for name in [*KINDS, "template"]:
        assert reverse("inbox:kind", args=[conversation.pk, name]) in page
