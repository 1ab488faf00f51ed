"""What is sent by the API: files in headers, templates held to their templates, times, previews."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Agent
from api.examples import SENDING
from contacts.models import Identity
from conversations.models import Conversation, Message, MessageTemplate, TemplateCategory
from tests import factories
from tests.api.bodies import buttons, post
from whatsapp.content_checks import check_content
from whatsapp.models import WhatsAppNumber


@pytest.fixture(autouse=True)
def _media_folder(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def template(number: WhatsAppNumber, conversation: Conversation) -> MessageTemplate:
    factories.ConsentRecordFactory.create(contact=conversation.contact)
    return factories.MessageTemplateFactory.create(
        name="ticket",
        business_numbers=[number],
        components=[
            {"type": "HEADER", "format": "IMAGE"},
            {"type": "BODY", "text": "Your ticket for {{month}}"},
            {
                "type": "BUTTONS",
                "buttons": [{"type": "URL", "text": "Open", "url": "https://x.example/{{1}}"}],
            },
        ],
    )


def filling(image: dict[str, str], month: str = "May") -> list[dict[str, Any]]:
    return [
        {"type": "header", "parameters": [{"type": "image", "image": image}]},
        {
            "type": "body",
            "parameters": [{"type": "text", "parameter_name": "month", "text": month}],
        },
        {
            "type": "button",
            "sub_type": "url",
            "index": 0,
            "parameters": [{"type": "text", "text": "may"}],
        },
    ]


def send(api: APIClient, conversation: Conversation, components: Any, **more: Any) -> Any:
    asked = {"name": "ticket", "language": "de", "components": components}
    return post(api, conversation, type="template", template=asked, **more)


def upload(agent: Agent) -> str:
    return str(factories.MediaFactory.create(message=None, uploaded_by=agent).pk)


@pytest.mark.parametrize("case", ["media", "id", "link"])
def test_a_header_takes_an_upload_an_id_of_metas_or_a_link(
    api: APIClient, agent: Agent, conversation: Conversation, template: MessageTemplate, case: str
) -> None:
    named = {"media": upload(agent), "id": "1234", "link": "https://x.example/a.jpg"}[case]

    response = send(api, conversation, filling({case: named}))

    assert response.status_code == 201, response.content
    assert response.json()["text"] == "Your ticket for May"
    assert len(response.json()["media"]) == (1 if case == "media" else 0)


def test_the_same_template_with_its_upload_again_is_a_replay(
    api: APIClient, agent: Agent, conversation: Conversation, template: MessageTemplate
) -> None:
    components, client_uuid = filling({"media": upload(agent)}), str(uuid.uuid4())
    assert send(api, conversation, components, client_uuid=client_uuid).status_code == 201
    assert send(api, conversation, components, client_uuid=client_uuid).status_code == 200
    other = filling({"media": upload(agent)})
    assert send(api, conversation, other, client_uuid=client_uuid).status_code == 409


def test_somebody_elses_upload_does_not_go_into_a_header(
    api: APIClient, lead: Agent, conversation: Conversation, template: MessageTemplate
) -> None:
    response = send(api, conversation, filling({"media": upload(lead)}))
    assert (response.status_code, set(response.json()["errors"])) == (400, {"media"})
    assert not Message.objects.exists()


def test_what_does_not_fill_the_template_is_400_by_field(
    api: APIClient, conversation: Conversation, template: MessageTemplate
) -> None:
    good = filling({"id": "1"})
    for components, path in (
        (good[1:], "template.components"),
        ([good[0], good[1]], "template.components"),
        ([good[0], good[2]], "template.components"),
        (filling({"id": "1"}, month=""), "template.components.1.parameters.0.text"),
        (filling({"id": "1"}, month="x" * 1100), "template.components.1.parameters"),
        (filling({}), "template.components.0.parameters.0.image"),
    ):
        response = send(api, conversation, components)
        assert response.status_code == 400
        assert path in response.json()["errors"]
    assert not Message.objects.exists()


def test_a_code_to_somebody_without_a_number_is_422(
    api: APIClient, conversation: Conversation, template: MessageTemplate
) -> None:
    template.category = TemplateCategory.AUTHENTICATION
    template.save()
    Identity.objects.all().delete()
    factories.IdentityFactory.create(contact=conversation.contact, kind="bsuid", value="DE.7")
    response = send(api, conversation, filling({"id": "1"}))
    assert (response.status_code, response.json()["code"]) == (422, "needs_phone")


def test_a_text_may_come_as_metas_object(api: APIClient, conversation: Conversation) -> None:
    said = {"body": "See https://x.example", "preview_url": False}
    response = post(api, conversation, type="text", text=said)
    assert response.status_code == 201
    assert response.json()["text"] == "See https://x.example"
    assert Message.objects.get().payload == {"text": {"preview_url": False}}
    for wrong in ({"body": ""}, {"body": "x", "preview_url": "no"}, {"preview_url": True}):
        assert "text" in post(api, conversation, type="text", text=wrong).json()["errors"]


def test_a_message_may_wait_for_its_time_but_not_beyond_the_window(
    api: APIClient, conversation: Conversation
) -> None:
    soon = timezone.now() + timedelta(hours=1)
    response = post(api, conversation, type="text", text="x", scheduled_at=soon.isoformat())
    assert (response.status_code, response.json()["status"]) == (201, "queued")
    assert Message.objects.get().scheduled_at == soon

    late = conversation.window_expires_at + timedelta(minutes=1)
    response = post(api, conversation, type="text", text="x", scheduled_at=late.isoformat())
    assert (response.status_code, response.json()["code"]) == (422, "window_closed")
    response = post(api, conversation, type="text", text="x", scheduled_at="tomorrow")
    assert "scheduled_at" in response.json()["errors"]


def test_an_interactive_header_takes_an_upload(
    api: APIClient, agent: Agent, conversation: Conversation
) -> None:
    header = {"type": "image", "image": {"media": upload(agent)}}
    asked = {**buttons("Yes"), "header": header}
    response = post(api, conversation, type="interactive", interactive=asked)
    assert response.status_code == 201
    assert len(response.json()["media"]) == 1


@pytest.mark.parametrize("example", SENDING, ids=lambda example: example.name)
def test_every_example_of_the_documentation_would_be_taken(example: Any) -> None:
    body = example.value
    kind = body["type"]
    payload = {kind: body.get(kind)} if isinstance(body.get(kind), dict | list) else {}
    text = body.get("text") or body.get("caption") or ""
    assert check_content(kind, text, payload, None) == {}
