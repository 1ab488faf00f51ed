"""What is malformed is said by field, and nothing is stored."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from rest_framework.test import APIClient

from conversations.models import Conversation, Message
from tests.api.bodies import GOOD, buttons, post, rows


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
            {"type": "location", "location": {"latitude": 10**400, "longitude": 0}},
            "location.latitude",
        ),
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
