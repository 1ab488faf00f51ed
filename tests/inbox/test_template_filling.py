"""Every part of a template can be filled in the picker: files, places, cards, buttons, offers."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Agent
from contacts.attribute_models import AttributeDefinition
from contacts.attributes import set_attribute
from contacts.models import Identity
from conversations.models import Conversation, Media, Message, MessageTemplate, TemplateStatus
from tests import factories
from tests.inbox.conftest import SignIn

BODY = {"type": "BODY", "text": "Hello"}
CARD = {
    "components": [
        {"type": "HEADER", "format": "IMAGE"},
        {"type": "BODY", "text": "{{1}} is new"},
        {
            "type": "BUTTONS",
            "buttons": [{"type": "URL", "text": "Open", "url": "https://x.example/{{1}}"}],
        },
    ]
}


@pytest.fixture(autouse=True)
def _media_folder(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def browser(sign_in: SignIn, agent: Agent, conversation: Conversation) -> Client:
    factories.ConsentRecordFactory.create(contact=conversation.contact)
    return sign_in(agent)


def template(
    conversation: Conversation, *components: dict[str, Any], **more: Any
) -> MessageTemplate:
    return factories.MessageTemplateFactory.create(
        business_numbers=[conversation.business_number], components=list(components), **more
    )


def upload(agent: Agent, kind: str = "image") -> str:
    return str(factories.MediaFactory.create(message=None, uploaded_by=agent, kind=kind).pk)


def send(
    browser: Client, conversation: Conversation, asked: MessageTemplate, **values: str
) -> HttpResponse:
    url = reverse("inbox:template", args=[conversation.pk, asked.pk])
    return browser.post(url, {"client_uuid": str(uuid.uuid4()), **values})


def sent() -> list[dict[str, Any]]:
    components: list[dict[str, Any]] = Message.objects.get().payload["template"]["components"]
    return components


def form(browser: Client, conversation: Conversation, asked: MessageTemplate) -> str:
    return browser.get(reverse("inbox:picked", args=[conversation.pk, asked.pk])).content.decode()


def test_without_an_id_of_the_page_s_nothing_is_sent(
    browser: Client, conversation: Conversation
) -> None:
    """Else a double click would be two messages."""
    asked = template(conversation, {"type": "BODY", "text": "Hello"})
    assert send(browser, conversation, asked, client_uuid="").status_code == 422
    assert not Message.objects.exists()


@pytest.mark.parametrize("kind", ["image", "video", "document"])
def test_a_file_at_its_top_is_asked_for_and_goes_along(
    browser: Client, conversation: Conversation, agent: Agent, kind: str
) -> None:
    asked = template(conversation, {"type": "HEADER", "format": kind.upper()}, BODY)
    page = form(browser, conversation, asked)
    assert f'data-kind="{kind}"' in page
    assert 'name="header_file"' in page
    missing = send(browser, conversation, asked)
    assert (missing.status_code, list(missing.json()["errors"])) == (422, ["header_file"])

    file = upload(agent, kind)
    assert send(browser, conversation, asked, header_file=file).status_code == 201

    assert sent() == [{"type": "header", "parameters": [{"type": kind, kind: {"media": file}}]}]
    assert Media.objects.get().message == Message.objects.get()


def test_a_place_at_its_top_may_be_pasted(browser: Client, conversation: Conversation) -> None:
    asked = template(conversation, {"type": "HEADER", "format": "LOCATION"}, BODY)
    place = {"header_name": "Kiel Hbf", "header_address": "Sophienblatt 25"}
    wrong = send(browser, conversation, asked, header_place="somewhere", **place)
    assert list(wrong.json()["errors"]) == ["header_place"]

    send(browser, conversation, asked, header_place="geo:54.3148,10.1319", **place)

    (header,) = sent()
    assert header["parameters"][0]["location"] == {
        "latitude": 54.3148,
        "longitude": 10.1319,
        "name": "Kiel Hbf",
        "address": "Sophienblatt 25",
    }


def test_buttons_ask_for_what_they_need(browser: Client, conversation: Conversation) -> None:
    buttons = [
        {"type": "QUICK_REPLY", "text": "Thanks"},
        {"type": "URL", "text": "Fixed", "url": "https://x.example/"},
        {
            "type": "URL",
            "text": "Map",
            "url": "https://x.example/{{1}}",
            "example": ["https://x.example/re7"],
        },
        {"type": "COPY_CODE", "text": "Copy", "example": "SAVE10"},
    ]
    asked = template(conversation, BODY, {"type": "BUTTONS", "buttons": buttons})
    page = form(browser, conversation, asked)
    assert 'placeholder="re7"' in page
    assert 'placeholder="SAVE10"' in page
    assert 'name="button_0"' not in page
    assert 'name="button_1"' not in page
    assert send(browser, conversation, asked, button_2="x", button_3="x" * 16).status_code == 422

    send(browser, conversation, asked, button_2="re7", button_3="SAVE10")

    assert sent() == [
        {
            "type": "button",
            "sub_type": "url",
            "index": "2",
            "parameters": [{"type": "text", "text": "re7"}],
        },
        {
            "type": "button",
            "sub_type": "copy_code",
            "index": "3",
            "parameters": [{"type": "coupon_code", "coupon_code": "SAVE10"}],
        },
    ]


def test_a_code_to_sign_in_with_is_asked_for_once(
    browser: Client, conversation: Conversation
) -> None:
    button = {"type": "URL", "text": "Copy", "url": "https://x.example/?c={{1}}", "otp_type": "X"}
    asked = template(
        conversation,
        {"type": "BODY", "text": "Your code is {{1}}"},
        {"type": "BUTTONS", "buttons": [button]},
        category="authentication",
    )
    send(browser, conversation, asked, body_1="482913")
    body, copy = sent()
    assert body["parameters"] == copy["parameters"] == [{"type": "text", "text": "482913"}]


def test_cards_are_filled_one_by_one(
    browser: Client, conversation: Conversation, agent: Agent
) -> None:
    asked = template(conversation, BODY, {"type": "CAROUSEL", "cards": [CARD, CARD]})
    assert "Card 2" in form(browser, conversation, asked)
    values = {
        f"card{place}_{name}": value
        for place in (0, 1)
        for name, value in (
            ("header_file", upload(agent)),
            ("body_1", f"Number {place}"),
            ("button_0", "a"),
        )
    }
    answer = send(browser, conversation, asked, **values)
    assert answer.status_code == 201, answer.content
    (carousel,) = sent()
    assert [card["card_index"] for card in carousel["cards"]] == [0, 1]
    kinds = [part["type"] for part in carousel["cards"][1]["components"]]
    assert kinds == ["header", "body", "button"]
    assert Media.objects.filter(message=Message.objects.get()).count() == 2
    assert "Number 1 is new" in answer.content.decode()


def test_an_offer_that_ends_asks_when(browser: Client, conversation: Conversation) -> None:
    offer = {"text": "Only today", "has_expiration": True}
    component = {"type": "LIMITED_TIME_OFFER", "limited_time_offer": offer}
    asked = template(conversation, BODY, component)
    assert list(send(browser, conversation, asked).json()["errors"]) == ["offer_ends"]
    assert send(browser, conversation, asked, offer_ends="later").status_code == 422
    send(browser, conversation, asked, offer_ends="2026-12-01T18:00")
    (part,) = sent()
    assert part["parameters"][0]["limited_time_offer"]["expiration_time_ms"] == 1_796_144_400_000


def test_values_by_position_are_sent_in_the_order_of_their_numbers(
    browser: Client, conversation: Conversation
) -> None:
    asked = template(conversation, {"type": "BODY", "text": "{{2}} for {{1}}"})
    send(browser, conversation, asked, body_1="Karla", body_2="A suitcase")
    message = Message.objects.get()
    assert message.text == "A suitcase for Karla"
    assert [row["text"] for row in sent()[0]["parameters"]] == ["Karla", "A suitcase"]


def picker(browser: Client, conversation: Conversation) -> str:
    return browser.get(reverse("inbox:picker", args=[conversation.pk])).content.decode()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"status": TemplateStatus.PAUSED}, "Paused by WhatsApp"),
        ({"status": TemplateStatus.DISABLED}, "Disabled by WhatsApp"),
        ({"category": "marketing"}, "No consent to marketing"),
        ({"category": "authentication"}, "Needs a phone number"),
    ],
)
def test_what_cannot_be_sent_is_named_with_its_reason_and_cannot_be_picked(
    browser: Client, conversation: Conversation, more: dict[str, Any], words: str
) -> None:
    Identity.objects.filter(contact=conversation.contact).delete()
    factories.IdentityFactory.create(contact=conversation.contact, kind="bsuid", value="DE.77")
    template(conversation, BODY, **more)
    page = picker(browser, conversation)
    assert words in page
    assert "hx-get" not in page


def test_what_needs_a_catalogue_is_named(browser: Client, conversation: Conversation) -> None:
    asked = template(conversation, BODY, {"type": "BUTTONS", "buttons": [{"type": "MPM"}]})
    assert "Needs products from a catalogue" in picker(browser, conversation)
    assert send(browser, conversation, asked).status_code == 422


def test_the_customers_language_comes_first(browser: Client, conversation: Conversation) -> None:
    conversation.contact.language = "en"
    conversation.contact.save()
    for name, language in (("a_news", "de"), ("b_news", "en_US")):
        template(conversation, BODY, name=name, language=language)
    template(conversation, BODY, name="a_paused", language="en", status=TemplateStatus.PAUSED)
    page = picker(browser, conversation)
    order = [page.index(f'data-name="{name}"') for name in ("b_news", "a_news", "a_paused")]
    assert order == sorted(order)


def test_variables_are_filled_with_what_is_known_of_the_customer(
    browser: Client, conversation: Conversation, lead: Agent
) -> None:
    names = {"name_de": "Kundennummer", "name_en": "Customer number"}
    number = AttributeDefinition.objects.create(key="customer_no", kind="text", **names)
    set_attribute(conversation.contact, number, "NB-204", by=lead)
    text = "Dear {{first_name}}, {{name}}: {{customer_no}}, {{station_name}}"
    asked = template(conversation, {"type": "BODY", "text": text}, parameter_format="NAMED")
    url = reverse("inbox:picked", args=[conversation.pk, asked.pk])
    page = browser.get(url).content.decode()
    for key, value in (
        ("first_name", "Karla"),
        ("name", "Karla Kundin"),
        ("customer_no", "NB-204"),
        ("station_name", ""),
    ):
        assert re.search(rf'name="body_{key}"[^>]*value="{value}"', page), key


def test_a_numbered_variable_is_filled_from_where_an_admin_said(
    browser: Client, conversation: Conversation, agent: Agent
) -> None:
    conversation.contact.name = "Karla Kundin"
    conversation.contact.save()
    body = {"type": "BODY", "text": "Moin {{1}}, hier ist {{2}}. Ihre Nummer: {{3}}. {{4}}"}
    sources = {
        "body_1": "contact.name",
        "body_2": "agent.name",
        "body_3": "contact.attributes.gone",
    }
    asked = template(conversation, body, value_sources=sources)
    page = form(browser, conversation, asked)
    assert re.search(r'name="body_1"[^>]*value="Karla Kundin"', page)
    assert re.search(rf'name="body_2"[^>]*value="{agent.name}"', page)
    assert re.search(r'name="body_3"[^>]*value=""', page)
    assert re.search(r'name="body_4"[^>]*value=""', page)
    assert '<b data-gap="body_1">Karla Kundin</b>' in page

    changed = {"body_1": "Frau Kundin", "body_2": "Jana", "body_3": "7", "body_4": "Gruß"}
    assert send(browser, conversation, asked, **changed).status_code == 201
    assert sent()[0]["parameters"][0]["text"] == "Frau Kundin"


def test_the_list_of_templates_names_them_for_people_and_costs_the_same_for_many(
    browser: Client, conversation: Conversation, django_assert_max_num_queries: Any
) -> None:
    body = {"type": "BODY", "text": "{{order_no}} {{1}}"}
    template(conversation, body, name="zufriedenheit_2", language="de")
    url = reverse("inbox:picker", args=[conversation.pk])
    with CaptureQueriesContext(connection) as few:
        page = browser.get(url).content.decode()
    assert "<b>Zufriedenheit</b>" in page
    assert ">zufriedenheit_2</small>" in page
    for number in range(5):
        template(conversation, body, name=f"other_{number}_x", language="de")
    with django_assert_max_num_queries(len(few)):
        browser.get(url)
