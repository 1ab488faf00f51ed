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
from whatsapp.models import WhatsAppNumber


@pytest.fixture(autouse=True)
def _media_folder(settings: LazySettings, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def template(number: WhatsAppNumber, conversation: Conversation) -> MessageTemplate:
    factories.ConsentRecordFactory.create(contact=conversation.contact)
    return factories.MessageTemplateFactory.create(name="update", business_numbers=[number])


def post(api: APIClient, conversation: Conversation, **body: Any) -> Response:
    body.setdefault("client_uuid", str(uuid.uuid4()))
    return api.post(f"/api/v1/conversations/{conversation.pk}/messages/", body)


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
    asked = {"name": "update", "language": "de", **parts}
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

GOOD: dict[str, Any] = {
    "location": {"latitude": 52.525, "longitude": 13.369, "name": "Berlin Hbf"},
    "contacts": [{"name": {"formatted_name": "Fundbüro"}, "phones": [{"phone": "+49301"}]}],
    "interactive": {
        "type": "button",
        "body": {"text": "Was brauchen Sie?"},
        "action": {
            "buttons": [
                {"type": "reply", "reply": {"id": "refund", "title": "Erstattung"}},
                {"type": "reply", "reply": {"id": "agent", "title": "Ein Mensch"}},
            ]
        },
    },
}


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


# -- Malformed -------------------------------------------------------------------------------------


def buttons(*titles: str) -> dict[str, Any]:
    replies = [{"type": "reply", "reply": {"id": t, "title": t}} for t in titles]
    return {"type": "button", "body": {"text": "?"}, "action": {"buttons": replies}}


def rows(count: int) -> dict[str, Any]:
    listed = [{"id": str(number), "title": "x"} for number in range(count)]
    sections = [{"title": "a", "rows": listed[:6]}, {"title": "b", "rows": listed[6:]}]
    return {"type": "list", "body": {"text": "?"}, "action": {"button": "b", "sections": sections}}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "x"}, "type"),
        ({"type": "smoke", "text": "x"}, "type"),
        ({"type": "text"}, "text"),
        ({"type": "text", "text": "  "}, "text"),
        ({"type": "text", "text": "x" * 4097}, "text"),
        ({"type": "text", "text": {"body": 1}}, "text"),
        ({"type": "text", "text": "x", "client_uuid": "7"}, "client_uuid"),
        ({"type": "text", "text": "x", "location": GOOD["location"]}, "location"),
        ({"type": "text", "text": "x", "context": "wamid.nobody"}, "context"),
        ({"type": "image"}, "media"),
        ({"type": "image", "image": {}}, "image.media"),
        ({"type": "image", "media": "x" * 20}, "media"),
        ({"type": "sticker", "media": str(uuid.uuid4()), "caption": "x"}, "caption"),
        ({"type": "image", "media": str(uuid.uuid4()), "caption": "x" * 1025}, "caption"),
        ({"type": "template", "template": {"name": "x"}}, "template.language"),
        (
            {"type": "template", "template": {"name": "x", "language": "de", "components": {}}},
            "template.components",
        ),
        (
            {
                "type": "template",
                "template": {"name": "x", "language": "de", "components": [{"type": "song"}]},
            },
            "template.components.0.type",
        ),
        ({"type": "location", "location": {"latitude": 91, "longitude": 0}}, "location.latitude"),
        (
            {"type": "location", "location": {"latitude": "NaN", "longitude": 0}},
            "location.latitude",
        ),
        ({"type": "contacts", "contacts": []}, "contacts"),
        ({"type": "contacts", "contacts": [{"name": {}}]}, "contacts.0.name.formatted_name"),
        ({"type": "contacts", "contacts": [{}] * 258}, "contacts"),
        (
            {"type": "reaction", "reaction": {"message_id": "wamid.no", "emoji": "x"}},
            "reaction.message_id",
        ),
        ({"type": "interactive", "interactive": {"type": "dance"}}, "interactive.type"),
        ({"type": "interactive", "interactive": []}, "interactive"),
        (
            {"type": "interactive", "interactive": buttons("a", "b", "c", "d")},
            "interactive.action.buttons",
        ),
        (
            {"type": "interactive", "interactive": buttons("a", "a")},
            "interactive.action.buttons.1.reply.title",
        ),
        (
            {"type": "interactive", "interactive": buttons("x" * 21)},
            "interactive.action.buttons.0.reply.title",
        ),
        ({"type": "interactive", "interactive": rows(11)}, "interactive.action.sections"),
    ],
)
def test_what_is_malformed_is_400_and_named(
    api: APIClient, conversation: Conversation, body: dict[str, Any], field: str
) -> None:
    response = post(api, conversation, **body)

    assert response.status_code == 400
    assert response.json()["code"] == "invalid"
    assert field in response.json()["errors"]
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"[]",
        b'"x"',
        b'{"text": NaN}',
        b'{"text": "\\u0000"}',
        b'{"text": "\\ud800"}',
        b'{"n": 1e999}',
        b'{"type":"text","text":"\xff"}',
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
    ],
)
def test_what_is_no_usable_json_is_400(
    api: APIClient, conversation: Conversation, raw: bytes
) -> None:
    path = f"/api/v1/conversations/{conversation.pk}/messages/"

    response = api.generic("POST", path, raw, content_type="application/json")

    assert response.status_code == 400
    assert response.json()["code"] == "parse_error"


def test_a_huge_body_is_413(api: APIClient, conversation: Conversation) -> None:
    response = post(api, conversation, type="text", text="x" * 3_200_000)

    assert (response.status_code, response.json()["code"]) == (413, "too_large")


def test_another_content_type_is_415(api: APIClient, conversation: Conversation) -> None:
    path = f"/api/v1/conversations/{conversation.pk}/messages/"

    assert api.generic("POST", path, b"x", content_type="text/plain").status_code == 415


def test_an_unknown_conversation_is_404(api: APIClient, conversation: Conversation) -> None:
    response = api.post(f"/api/v1/conversations/{uuid.uuid4()}/messages/", {})

    assert response.status_code == 404


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
