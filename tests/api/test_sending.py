"""`POST conversations/{id}/messages/`: what is queued, what is refused, and how it is said."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.test import APIClient

from accounts.models import Agent
from consent.models import Act, Purpose
from contacts.models import Identity
from conversations.models import (
    Conversation,
    Direction,
    Message,
    MessageTemplate,
    Reaction,
    Status,
    TemplateCategory,
    TemplateStatus,
)
from tests import factories
from tests.api.bodies import GOOD, post
from whatsapp.models import WhatsAppNumber


@pytest.fixture(autouse=True)
def _media_folder(settings: LazySettings, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def template(number: WhatsAppNumber, conversation: Conversation) -> MessageTemplate:
    factories.ConsentRecordFactory.create(contact=conversation.contact)
    return factories.MessageTemplateFactory.create(name="update", business_numbers=[number])


def close_window(conversation: Conversation) -> None:
    conversation.window_expires_at = timezone.now() - timedelta(seconds=1)
    conversation.save()


def test_a_text_is_queued(api: APIClient, agent: Agent, conversation: Conversation) -> None:
    client_uuid = str(uuid.uuid4())

    response = post(api, conversation, client_uuid=client_uuid, type="text", text=" Moment! ")

    assert response.status_code == 201
    shown = response.json()
    assert shown["text"] == " Moment! "
    assert (shown["status"], shown["direction"], shown["type"]) == ("queued", "outbound", "text")
    assert (shown["author"], shown["client_uuid"]) == (agent.pk, client_uuid)
    assert shown["conversation"] == str(conversation.pk)
    assert shown["media"] == shown["reactions"] == []
    assert shown["wamid"] is shown["context"] is None
    assert {"status_reason", "sent_at", "created_at", "updated_at", "payload"} <= set(shown)


def test_the_same_again_is_the_same_message(api: APIClient, conversation: Conversation) -> None:
    body = {"client_uuid": str(uuid.uuid4()), "type": "text", "text": "Hallo"}
    first = post(api, conversation, **body)

    again = post(api, conversation, **body)

    assert (again.status_code, again["Idempotent-Replay"]) == (200, "true")
    assert again.json()["id"] == first.json()["id"]
    assert Message.objects.count() == 1
    assert "Idempotent-Replay" not in first


def test_the_same_again_after_the_window_closed_is_still_the_same(
    api: APIClient, conversation: Conversation
) -> None:
    body = {"client_uuid": str(uuid.uuid4()), "type": "text", "text": "Hallo"}
    post(api, conversation, **body)
    close_window(conversation)

    assert post(api, conversation, **body).status_code == 200


def test_the_same_uuid_with_other_content_is_409(
    api: APIClient, conversation: Conversation
) -> None:
    body = {"client_uuid": str(uuid.uuid4()), "type": "text", "text": "Hallo"}
    post(api, conversation, **body)

    response = post(api, conversation, **{**body, "text": "Hello"})

    assert (response.status_code, response.json()["code"]) == (409, "client_uuid_reused")


def test_free_form_outside_the_window_is_422_and_stores_nothing(
    api: APIClient, conversation: Conversation
) -> None:
    close_window(conversation)

    response = post(api, conversation, type="text", text="Zu spät")

    assert (response.status_code, response.json()["code"]) == (422, "window_closed")
    assert response.json()["detail"]
    assert not Message.objects.exists()


def test_a_number_that_is_off_is_422(
    api: APIClient, conversation: Conversation, number: WhatsAppNumber
) -> None:
    number.is_active = False
    number.save()

    response = post(api, conversation, type="text", text="Hallo")

    assert (response.status_code, response.json()["code"]) == (422, "number_unavailable")


def test_a_contact_nobody_can_write_to_is_422(api: APIClient, conversation: Conversation) -> None:
    Identity.objects.update(ended_at=timezone.now())

    assert post(api, conversation, type="text", text="Hallo").json()["code"] == "no_address"


# -- Templates -------------------------------------------------------------------------------


def send_template(api: APIClient, conversation: Conversation, **parts: Any) -> Response:
    filled = [{"type": "body", "parameters": [{"type": "text", "text": "Karla"}]}]
    asked = {"name": "update", "language": "de", "components": filled, **parts}
    return post(api, conversation, type="template", template=asked)


def test_a_template_leaves_outside_the_window(
    api: APIClient, conversation: Conversation, template: MessageTemplate
) -> None:
    close_window(conversation)
    components = [{"type": "body", "parameters": [{"type": "text", "text": "Karla"}]}]

    response = send_template(api, conversation, components=components)

    assert response.status_code == 201
    shown = response.json()
    assert shown["text"] == "Hallo Karla, wir melden uns zu Ihrer Frage."
    assert shown["payload"] == {"template": {"components": components}}


def test_metas_spelling_of_the_language_is_taken(
    api: APIClient, conversation: Conversation, template: MessageTemplate
) -> None:
    assert send_template(api, conversation, language={"code": "de"}).status_code == 201


@pytest.mark.parametrize("case", ["unknown", "other_language", "paused"])
def test_what_is_not_approved_is_422(
    api: APIClient, conversation: Conversation, template: MessageTemplate, case: str
) -> None:
    parts = {"unknown": {"name": "nothing"}, "other_language": {"language": "fr"}}.get(case, {})
    if case == "paused":
        template.status = TemplateStatus.PAUSED
        template.save()

    response = send_template(api, conversation, **parts)

    assert (response.status_code, response.json()["code"]) == (422, "template_not_approved")


def test_marketing_needs_its_consent(
    api: APIClient, conversation: Conversation, template: MessageTemplate
) -> None:
    template.category = TemplateCategory.MARKETING
    template.save()
    assert send_template(api, conversation).json()["code"] == "no_consent"

    record = factories.ConsentRecordFactory.create
    record(contact=conversation.contact, purpose=Purpose.MARKETING)
    assert send_template(api, conversation).status_code == 201

    record(contact=conversation.contact, purpose=Purpose.MARKETING, act=Act.WITHDRAWN)
    assert send_template(api, conversation).json()["code"] == "opted_out"


# -- Media ---------------------------------------------------------------------------------------


def upload(agent: Agent, **fields: Any) -> str:
    return str(factories.MediaFactory.create(message=None, uploaded_by=agent, **fields).pk)


@pytest.mark.parametrize("form", ["flat", "nested"])
def test_an_upload_is_sent(
    api: APIClient, agent: Agent, conversation: Conversation, form: str
) -> None:
    parts = {"media": upload(agent), "caption": "Gleis 7"}

    response = post(
        api, conversation, type="image", **(parts if form == "flat" else {"image": parts})
    )

    assert response.status_code == 201
    shown = response.json()
    assert shown["text"] == "Gleis 7"
    assert [item["id"] for item in shown["media"]] == [parts["media"]]
    assert shown["media"][0]["url"].endswith(f"/api/v1/media/{parts['media']}/")


def test_sending_an_upload_again_with_its_uuid_is_a_replay(
    api: APIClient, agent: Agent, conversation: Conversation
) -> None:
    body = {"client_uuid": str(uuid.uuid4()), "type": "image", "media": upload(agent)}
    post(api, conversation, **body)

    assert post(api, conversation, **body).status_code == 200


def test_uploads_that_cannot_be_sent(
    api: APIClient, agent: Agent, lead: Agent, conversation: Conversation
) -> None:
    used = upload(agent)
    post(api, conversation, type="image", media=used)

    for media in (used, upload(lead), str(uuid.uuid4())):
        response = post(api, conversation, type="image", media=media)
        assert response.status_code == 400
        assert set(response.json()["errors"]) == {"media"}


def test_an_upload_of_another_kind_is_400(
    api: APIClient, agent: Agent, conversation: Conversation
) -> None:
    response = post(api, conversation, type="audio", media=upload(agent))

    assert set(response.json()["errors"]) == {"media"}
    assert post(api, conversation, type="document", media=upload(agent)).status_code == 201


# -- Other types -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", GOOD)
def test_the_types_own_object_travels_as_payload(
    api: APIClient, conversation: Conversation, kind: str
) -> None:
    response = post(api, conversation, type=kind, **{kind: GOOD[kind]})

    assert response.status_code == 201
    assert response.json()["payload"] == {kind: GOOD[kind]}


def test_an_interactive_message_reads_as_its_body(
    api: APIClient, conversation: Conversation
) -> None:
    body = {"text": "x" * 4000}
    rows = [{"id": str(number), "title": f"Zeile {number}"} for number in range(10)]
    sections = [{"title": "Auswahl", "rows": rows}]
    listed = {"type": "list", "body": body, "action": {"button": "Mehr", "sections": sections}}

    response = post(api, conversation, type="interactive", interactive=listed)

    assert (response.status_code, response.json()["text"]) == (201, body["text"])


def test_a_reaction_annotates_and_is_no_row_of_the_list(
    api: APIClient, agent: Agent, conversation: Conversation
) -> None:
    message = factories.MessageFactory.create(conversation=conversation)
    path = f"/api/v1/conversations/{conversation.pk}/messages/"

    response = post(
        api, conversation, type="reaction", reaction={"message_id": message.wamid, "emoji": "👍"}
    )

    assert (response.status_code, response.json()["status"]) == (201, "queued")
    rows = api.get(path).json()["results"]
    assert [row["id"] for row in rows] == [str(message.pk)]
    assert [(r["emoji"], r["by"]) for r in rows[0]["reactions"]] == [("👍", "agent")]
    assert Reaction.objects.get().agent == agent
    assert api.get(f"/api/v1/messages/{response.json()['id']}/").status_code == 200
    conversation.refresh_from_db()
    assert conversation.last_message is None  # the list row still shows what was said

    post(api, conversation, type="reaction", reaction={"message_id": message.wamid, "emoji": ""})
    assert not Reaction.objects.filter(direction=Direction.OUTBOUND).exists()


def test_a_quote_names_its_message(api: APIClient, conversation: Conversation) -> None:
    quoted = factories.MessageFactory.create(conversation=conversation).wamid

    for context in (quoted, {"message_id": quoted}):
        response = post(api, conversation, type="text", text="Ja", context=context)
        assert (response.status_code, response.json()["context"]) == (201, quoted)


def test_a_reaction_that_is_refused_leaves_no_trace(
    api: APIClient, conversation: Conversation
) -> None:
    message = factories.MessageFactory.create(conversation=conversation)
    close_window(conversation)

    response = post(
        api, conversation, type="reaction", reaction={"message_id": message.wamid, "emoji": "👍"}
    )

    assert response.status_code == 422
    assert not Reaction.objects.exists()
    assert not Message.objects.filter(status=Status.QUEUED).exists()


def test_a_template_goes_instead_of_a_message_that_missed_its_window(
    api: APIClient, conversation: Conversation
) -> None:
    factories.ConsentRecordFactory.create(contact=conversation.contact)
    asked = factories.MessageTemplateFactory.create(business_numbers=[conversation.business_number])
    close_window(conversation)
    fields = {"status": "blocked", "status_reason": "window_closed", "wamid": None}
    missed = factories.MessageFactory.create(conversation=conversation, outbound=True, **fields)
    words = {"type": "body", "parameters": [{"type": "text", "text": "Frau Kaya"}]}
    template = {"name": asked.name, "language": "de", "components": [words]}

    def send(**more: Any) -> Any:
        body = {"type": "template", "template": template, "instead": str(missed.pk)}
        return post(api, conversation, **{**body, **more})

    first = send()
    assert (first.status_code, first.json()["again_of"]) == (201, str(missed.pk))
    assert send(client_uuid=first.json()["client_uuid"]).status_code == 200
    assert (send().status_code, send().json()["code"]) == (409, "cannot_send_again")
    assert send(instead=str(uuid.uuid4())).status_code == 404
    plain = post(api, conversation, type="text", text="x", instead=str(missed.pk))
    assert (plain.status_code, list(plain.json()["errors"])) == (400, ["instead"])
