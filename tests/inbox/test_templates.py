"""The template picker: what is offered, how it is filled in, what is sent."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from accounts.models import Agent
from conversations.models import Conversation, Message, MessageTemplate, Reason, Status
from tests import factories
from tests.inbox.conftest import SignIn
from whatsapp.models import WhatsAppNumber


@pytest.fixture
def found(number: WhatsAppNumber) -> MessageTemplate:
    return factories.MessageTemplateFactory.create(
        name="lost_item_found",
        business_numbers=[number],
        components=[
            {"type": "HEADER", "format": "TEXT", "text": "Your {{1}}"},
            {
                "type": "BODY",
                "text": "Hello {{customer_name}}, your {{item}} is here. Yes, {{item}}!",
                "example": {
                    "body_text_named_params": [{"param_name": "item", "example": "suitcase"}]
                },
            },
            {"type": "FOOTER", "text": "Nordlicht"},
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "When?"}]},
        ],
    )


@pytest.fixture
def closed(conversation: Conversation) -> Conversation:
    factories.ConsentRecordFactory.create(contact=conversation.contact)
    conversation.window_expires_at = conversation.created_at
    conversation.save()
    return conversation


def url(name: str, *args: object) -> str:
    return reverse(f"inbox:{name}", args=args)


def test_a_closed_window_says_since_when_and_what_would_work(
    sign_in: SignIn, agent: Agent, closed: Conversation
) -> None:
    page = sign_in(agent).get(url("composer", closed.pk)).content.decode()
    assert "The window closed today at" in page
    assert "Send an approved template" in page
    assert "reply-form" not in page
    assert "note-form" in page


def test_only_approved_templates_of_this_number_are_offered(
    sign_in: SignIn, agent: Agent, closed: Conversation, found: MessageTemplate
) -> None:
    factories.MessageTemplateFactory.create(name="other_number")
    factories.MessageTemplateFactory.create(
        name="in_review", status="pending", business_numbers=[closed.business_number]
    )
    page = sign_in(agent).get(url("picker", closed.pk)).content.decode()
    assert "Lost item found" in page
    assert "Other number" not in page
    assert "In review" not in page


def test_what_consent_or_shape_forbids_is_shown_with_its_reason(
    sign_in: SignIn, agent: Agent, closed: Conversation
) -> None:
    numbers = [closed.business_number]
    factories.MessageTemplateFactory.create(category="marketing", business_numbers=numbers)
    factories.MessageTemplateFactory.create(
        business_numbers=numbers, components=[{"type": "HEADER", "format": "IMAGE"}]
    )
    page = sign_in(agent).get(url("picker", closed.pk)).content.decode()
    assert "No consent to marketing" in page
    assert "Picture" not in page


def test_a_template_asks_for_its_values_once_each(
    sign_in: SignIn, agent: Agent, closed: Conversation, found: MessageTemplate
) -> None:
    page = sign_in(agent).get(url("picked", closed.pk, found.pk)).content.decode()
    assert page.count("<input ") == 3
    assert 'placeholder="suitcase"' in page
    assert 'value="Karla Kundin"' in page
    assert page.count('data-gap="body_item"') == 2


def test_a_filled_template_is_queued_with_its_text_and_metas_object(
    sign_in: SignIn, agent: Agent, closed: Conversation, found: MessageTemplate
) -> None:
    values = {
        "client_uuid": str(uuid.uuid4()),
        "header_1": "Umbrella",
        "body_customer_name": "Ms Kundin",
        "body_item": "blue {{1}} umbrella",
    }
    client = sign_in(agent)
    for _ in range(2):
        answer = client.post(url("template", closed.pk, found.pk), values)
        assert answer.status_code == 201
    message = Message.objects.get()
    assert (message.type, message.status) == ("template", Status.QUEUED)
    assert message.text.startswith("Hello Ms Kundin, your blue {{1}} umbrella is here.")
    assert message.payload["template"] == {
        "name": "lost_item_found",
        "language": {"code": "de"},
        "components": [
            {"type": "header", "parameters": [{"type": "text", "text": "Umbrella"}]},
            {
                "type": "body",
                "parameters": [
                    {"type": "text", "parameter_name": "customer_name", "text": "Ms Kundin"},
                    {"type": "text", "parameter_name": "item", "text": "blue {{1}} umbrella"},
                ],
            },
        ],
    }
    html = answer.content.decode()
    assert "Your Umbrella" in html
    assert "When?" in html


@pytest.mark.parametrize("value", ["", "  ", "a\nb", "a" * 1025])
def test_a_value_that_whatsapp_would_refuse_is_refused_here(
    sign_in: SignIn, agent: Agent, closed: Conversation, value: str
) -> None:
    template = factories.MessageTemplateFactory.create(business_numbers=[closed.business_number])
    answer = sign_in(agent).post(
        url("template", closed.pk, template.pk),
        {"client_uuid": str(uuid.uuid4()), "body_1": value},
    )
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["body_1"])


def test_without_consent_it_is_blocked_with_the_reason(
    sign_in: SignIn, agent: Agent, closed: Conversation
) -> None:
    template = factories.MessageTemplateFactory.create(
        category="marketing", business_numbers=[closed.business_number]
    )
    sign_in(agent).post(
        url("template", closed.pk, template.pk),
        {"client_uuid": str(uuid.uuid4()), "body_1": "x"},
    )
    assert Message.objects.get().status_reason == Reason.NO_CONSENT


def test_another_numbers_template_is_404(
    sign_in: SignIn, agent: Agent, closed: Conversation
) -> None:
    elsewhere = factories.MessageTemplateFactory.create()
    client = sign_in(agent)
    assert client.get(url("picked", closed.pk, elsewhere.pk)).status_code == 404
    assert client.post(url("template", closed.pk, elsewhere.pk)).status_code == 404


def test_the_read_only_role_gets_no_picker(
    sign_in: SignIn, read_only: Agent, closed: Conversation, found: MessageTemplate
) -> None:
    client = sign_in(read_only)
    assert client.get(url("picker", closed.pk)).status_code == 403
    assert client.get(url("picked", closed.pk, found.pk)).status_code == 403
