"""What the thread shows of every kind of message, and to whom it shows what was there before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.html import strip_tags

from accounts.models import Agent
from contacts.services import Person
from conversations import selectors
from conversations.gateway import InboundEdit, InboundReaction
from conversations.models import Conversation, Message, Origin
from conversations.services.annotations import receive_edit, receive_reaction
from inbox.inbound_cards import field_name
from inbox.preview import preview
from inbox.vcards import vcard
from tests import factories
from tests.inbox.conftest import SignIn

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 10, 14, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


def bubble(message: Message) -> str:
    """The bubble as a page draws it."""
    drawn = selectors.bubble_messages([message.pk])[message.pk]
    return render_to_string("inbox/bubble.html", {"message": drawn})


def words(html: str) -> str:
    return " ".join(strip_tags(html.replace("<", " <")).split())


def inbound(conversation: Conversation, kind: str, payload: dict[str, Any], **more: Any) -> Message:
    fields = {"conversation": conversation, "type": kind, "text": "", "payload": payload, **more}
    return factories.MessageFactory.create(**fields)


def test_an_order_shows_its_articles_and_a_sum_per_currency(conversation: Conversation) -> None:
    items = [
        {"product_retailer_id": "SKU-1", "quantity": 2, "item_price": 19, "currency": "EUR"},
        {"product_retailer_id": "SKU-2", "quantity": "1", "item_price": "6.5", "currency": "EUR"},
        {"product_retailer_id": "SKU-3", "quantity": 3, "item_price": 1499.5, "currency": "ARS"},
    ]
    order = {"catalog_id": "77", "product_items": items}
    message = inbound(conversation, "order", {"order": order}, text="By Friday, please")
    with translation.override("en"):
        said = words(bubble(message))
    assert "Order, 6 articles" in said
    assert "2 × SKU-1 €38.00" in said
    assert "Total €44.50" in said
    assert "Total 4,498.50 ARS" in said
    assert "By Friday, please" in said
    with translation.override("de"):
        assert "44,50" in words(bubble(message))


def test_an_order_with_nonsense_in_it_shows_what_makes_sense(conversation: Conversation) -> None:
    items: list[Any] = [
        {"product_retailer_id": "SKU-1", "quantity": "NaN", "item_price": "Infinity"},
        {"quantity": 10**400, "item_price": 1},
        {"product_retailer_id": ["x"], "quantity": True, "item_price": {}},
        None,
    ]
    message = inbound(conversation, "order", {"order": {"product_items": items}})
    assert "SKU-1" in words(bubble(message))


def test_a_place_leads_to_a_map_that_only_the_agent_opens(conversation: Conversation) -> None:
    place = {"latitude": 54.47, "longitude": 9.83, "name": "Bahnhof", "address": "Bahnhofstr. 13"}
    message = inbound(conversation, "location", {"location": place | {"url": "javascript:x"}})
    html = bubble(message)
    assert 'href="https://www.openstreetmap.org/?mlat=54.47000' in html
    assert 'rel="noopener noreferrer nofollow"' in html
    assert "javascript:" not in html
    assert "<img" not in html
    assert "<iframe" not in html
    assert 'data-copy-text="Bahnhof, Bahnhofstr. 13"' in html
    assert preview(message).text == "Bahnhof"


CARD = {
    "name": {"formatted_name": "Priya Nair", "first_name": "Priya", "last_name": "Nair"},
    "org": {"company": "Northwind; Couriers", "department": "Claims", "title": "Agent"},
    "phones": [{"phone": "+44 7700 900654", "type": "CELL"}],
    "emails": [{"email": "priya@example.com", "type": "WORK"}],
    "addresses": [{"street": "1 Test Street", "city": "Leeds", "zip": "LS1 1AA", "country": "UK"}],
    "urls": [{"url": "https://example.com"}, {"url": "javascript:alert(1)"}],
    "birthday": "1991-04-09",
}


def test_a_contact_card_can_be_saved(
    conversation: Conversation, agent: Agent, sign_in: SignIn
) -> None:
    message = inbound(conversation, "contacts", {"contacts": [CARD]})
    address = reverse("inbox:vcard", args=[message.pk, 0])
    assert address in bubble(message)
    answer = sign_in(agent).get(address)
    assert answer.headers["Content-Type"] == "text/vcard; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Priya Nair.vcf"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    lines = answer.content.decode().split("\r\n")
    assert lines[:2] == ["BEGIN:VCARD", "VERSION:4.0"]
    assert lines[-2:] == ["END:VCARD", ""]
    assert "FN:Priya Nair" in lines
    assert "N:Nair;Priya;;;" in lines
    assert "TEL;VALUE=text;TYPE=cell:+44 7700 900654" in lines
    assert "ORG:Northwind\\; Couriers;Claims" in lines
    assert "ADR;TYPE=home:" not in answer.content.decode()
    assert "BDAY:19910409" in lines
    assert "URL:https://example.com" in lines
    assert "javascript" not in answer.content.decode()


def test_nobody_saves_a_card_from_a_thread_they_may_not_see(
    conversation: Conversation, other_agent: Agent, sign_in: SignIn, client: Client
) -> None:
    message = inbound(conversation, "contacts", {"contacts": [CARD]})
    address = reverse("inbox:vcard", args=[message.pk, 0])
    assert sign_in(other_agent).get(address).status_code == 404
    assert client.get(address).status_code == 302


def test_a_card_that_is_not_there_is_not_found(
    conversation: Conversation, agent: Agent, sign_in: SignIn
) -> None:
    message = inbound(conversation, "contacts", {"contacts": [CARD]})
    address = reverse("inbox:vcard", args=[message.pk, 1])
    assert sign_in(agent).get(address).status_code == 404


def test_no_name_breaks_out_of_a_vcard() -> None:
    nasty = "Eve\r\nTEL:+1\nEND:VCARD\u2028X" + "ü" * 80
    text = vcard({"name": {"formatted_name": nasty}, "phones": [{"phone": "1\nNOTE:x"}]})
    lines = text.split("\r\n")
    assert not [line for line in lines if line.startswith(("TEL:+1", "NOTE", "X"))]
    assert lines.count("END:VCARD") == 1
    assert max(len(line.encode()) for line in lines) <= 75


def test_a_card_with_nothing_but_a_number_is_a_card(conversation: Conversation) -> None:
    shared = {"origin": "contact_request", "phones": [{"phone": "+1 202 555 0147"}]}
    message = inbound(conversation, "contacts", {"contacts": [shared]})
    with translation.override("en"):
        assert "Own phone number" in words(bubble(message))
    assert "FN:+1 202 555 0147" in vcard(shared)


def test_a_form_is_a_list_of_questions_and_answers(conversation: Conversation) -> None:
    answers = {
        "flow_token": "secret-token",
        "screen_0_First_name_0": "Lin",
        "screen_0_Rating_1": "4_Very_good",
        "callback": True,
        "days": ["0_Mon", "1_Tue"],
        "photo": [{"file_name": "ticket.jpg", "id": 1}],
        "words": "2_or 3 of them",
    }
    reply = {"name": "flow", "body": "Sent", "response_json": json.dumps(answers)}
    payload = {"interactive": {"type": "nfm_reply", "nfm_reply": reply}}
    message = inbound(conversation, "interactive", payload, text="Sent")
    with translation.override("en"):
        said = words(bubble(message))
    assert "First name Lin" in said
    assert "Rating Very good" in said
    assert "Callback yes" in said
    assert "Days Mon, Tue" in said
    assert "ticket.jpg" in said
    assert "2_or 3 of them" in said
    assert "secret-token" not in said


@pytest.mark.parametrize("raw", ["{", "[1]", '"x"', "[" * 5000, None, 5, {"a": {"b": "c"}}])
def test_a_form_that_cannot_be_read_is_a_form(conversation: Conversation, raw: Any) -> None:
    reply = {"name": "flow", "response_json": raw}
    payload = {"interactive": {"type": "nfm_reply", "nfm_reply": reply}}
    assert "Form" in words(bubble(inbound(conversation, "interactive", payload)))


def test_names_of_fields_read_like_words() -> None:
    assert field_name("screen_2_Date_of_loss_3") == "Date of loss"
    assert field_name("email") == "Email"
    assert field_name("_1") == "1"


def test_an_address_is_an_address(conversation: Conversation) -> None:
    values = {"name": "Lin", "in_pin_code": "560001"}
    reply = {"name": "address_message", "response_json": json.dumps({"values": values})}
    payload = {"interactive": {"type": "nfm_reply", "nfm_reply": reply}}
    said = words(bubble(inbound(conversation, "interactive", payload)))
    assert "Address" in said
    assert "560001" in said


def test_a_permission_to_call_says_until_when(conversation: Conversation) -> None:
    reply = {"response": "accept", "expiration_timestamp": 1794604800}
    payload = {"interactive": {"type": "call_permission_reply", "call_permission_reply": reply}}
    said = words(bubble(inbound(conversation, "interactive", payload)))
    assert "May be called" in said
    assert "2026" in said
    reply["response"] = "reject"
    said = words(bubble(inbound(conversation, "interactive", payload)))
    assert "Does not want to be called" in said


def test_an_answer_names_row_and_question(conversation: Conversation, agent: Agent) -> None:
    asked = factories.MessageFactory.create(
        conversation=conversation,
        outbound=True,
        author=agent,
        type="interactive",
        text="Pick up or send?",
        payload={"interactive": {"action": {"buttons": [{"reply": {"title": "Pick up"}}]}}},
    )
    reply = {"list_reply": {"id": "1", "title": "Pick up", "description": "Platform 1"}}
    answer = inbound(
        conversation,
        "interactive",
        {"interactive": {"type": "list_reply", **reply}},
        text="Pick up",
        context_wamid=str(asked.wamid),
    )
    said = words(bubble(answer))
    assert "Platform 1" in said
    assert "Pick up or send?" in said
    offer = next(
        row.item for row in selectors.thread_items(conversation) if row.item.pk == asked.pk
    )
    html = render_to_string("inbox/bubble.html", {"message": offer})
    assert 'class="pressed"' in html


def test_a_quote_of_something_that_is_not_here_says_so(conversation: Conversation) -> None:
    message = inbound(conversation, "text", {}, text="And this?", context_wamid="wamid.unknown")
    with translation.override("en"):
        assert "Answer to a message that is not here" in words(bubble(message))


def test_an_advert_shows_which_one_and_where_it_leads(conversation: Conversation) -> None:
    referral = {
        "source_url": "https://fb.me/9xTq2Lm",
        "source_id": "120226",
        "source_type": "ad",
        "headline": "Talk to us",
        "body": "See it in action",
        "image_url": "https://scontent.example.com/picture.jpg",
    }
    html = bubble(inbound(conversation, "text", {"referral": referral}, text="Price?"))
    said = words(html)
    assert "Talk to us" in said
    assert "fb.me/9xTq2Lm" in said
    assert "120226" in said
    assert 'href="https://fb.me/9xTq2Lm"' in html
    assert "scontent" not in html  # nothing is fetched from elsewhere


def test_a_question_about_a_product_names_it(conversation: Conversation) -> None:
    context = {"referred_product": {"product_retailer_id": "SKU-BLUE-041"}}
    message = inbound(conversation, "text", {"context": context}, text="In blue?")
    assert "SKU-BLUE-041" in words(bubble(message))


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ({"type": "unsupported", "unsupported": {"type": "poll_creation"}}, "Poll"),
        ({"type": "unsupported", "unsupported": {"type": "pin"}}, "Pinned a message"),
        ({"type": "unsupported", "unsupported": {"type": "hologram"}}, "Kind “hologram”"),
        ({"type": "hologram"}, "Kind “hologram”"),
        ({"type": "unsupported"}, "Unknown kind of message"),
        ({"errors": [{"code": 131052}]}, "File too large"),
        ({"errors": [{"code": "131060"}]}, "send it again"),
        ({"type": "text", "group_id": "x", "text": {"body": "Hello all"}}, "In a group Hello all"),
        ({"type": "image", "group_id": "x", "image": {"id": "1"}}, "In a group Photo"),
        ({"type": "media_placeholder"}, "File from before"),
    ],
)
def test_what_cannot_be_shown_is_named(
    conversation: Conversation, payload: dict[str, Any], said: str
) -> None:
    message = inbound(conversation, "unsupported", payload)
    with translation.override("en"):
        assert said in words(bubble(message))
        assert preview(message).text


def test_an_echo_says_that_it_comes_from_the_phone(conversation: Conversation) -> None:
    message = factories.MessageFactory.create(
        conversation=conversation, outbound=True, author=None, origin=Origin.ECHO
    )
    assert "from the business phone" in words(bubble(message))


def test_reactions_say_whose_they_are(conversation: Conversation, agent: Agent) -> None:
    message = factories.MessageFactory.create(conversation=conversation)
    for emoji in ("👍", "❤️"):
        reaction = InboundReaction(
            conversation.business_number_id, Person(), str(message.wamid), emoji, AT
        )
        receive_reaction(reaction)
    factories.ReactionFactory.create(message=message, direction="outbound", agent=agent, emoji="🎉")
    with translation.override("en"):
        html = bubble(message)
    assert 'aria-label="Reaction by Karla Kundin: ❤️"' in html
    assert 'title="Reaction by Anna Agent: 🎉"' in html
    assert "👍" not in html


def edited(conversation: Conversation) -> Message:
    message = factories.MessageFactory.create(conversation=conversation, text="Gleis 3", sent_at=AT)
    number = conversation.business_number_id
    later = AT + timedelta(minutes=2)
    receive_edit(InboundEdit(number, str(message.wamid), later, text="Gleis 4"))
    message.refresh_from_db()
    return message


def look_behind(browser: Client, message: Message) -> HttpResponse:
    return browser.get(reverse("inbox:earlier", args=[message.pk]))


def test_an_edit_shows_as_such_and_its_earlier_text_to_leads_only(
    conversation: Conversation, agent: Agent, lead: Agent, other_agent: Agent, sign_in: SignIn
) -> None:
    message = edited(conversation)
    html = bubble(message)
    assert "Gleis 4" in html
    assert "Gleis 3" not in html
    assert "only-lead" in html
    with translation.override("en"):
        assert "Show the version of 11:14" in words(bubble(message))
    assert "Gleis 3" in look_behind(sign_in(lead), message).content.decode()
    assert look_behind(sign_in(agent), message).status_code == 403
    assert look_behind(sign_in(other_agent), message).status_code == 404


def test_what_was_taken_back_is_gone_but_not_for_leads(
    conversation: Conversation, agent: Agent, lead: Agent, sign_in: SignIn
) -> None:
    message = edited(conversation)
    number = conversation.business_number_id
    receive_edit(InboundEdit(number, str(message.wamid), AT + timedelta(minutes=5), revoked=True))
    message.refresh_from_db()
    assert "Gleis" not in bubble(message)
    shown = look_behind(sign_in(lead), message).content.decode()
    assert "Gleis 3" in shown
    assert "Gleis 4" in shown
    assert look_behind(sign_in(agent), message).status_code == 403


def test_the_contact_pane_says_by_what_they_came(
    conversation: Conversation, agent: Agent, sign_in: SignIn
) -> None:
    for headline in ("Spring", "Autumn"):
        referral = {"headline": headline, "source_type": "ad"}
        inbound(conversation, "text", {"referral": referral}, text="Hi")
    pane = sign_in(agent).get(reverse("inbox:contact", args=[conversation.pk])).content.decode()
    assert "Autumn" in pane
    assert "Spring" not in pane


def test_a_failed_message_from_before_is_not_sent_again(conversation: Conversation) -> None:
    message = factories.MessageFactory.create(
        conversation=conversation, outbound=True, status="failed", origin=Origin.HISTORY
    )
    assert "data-again" not in bubble(message)
