"""Bodies of `POST conversations/{id}/messages/`."""

from __future__ import annotations

import uuid
from typing import Any

from rest_framework.response import Response
from rest_framework.test import APIClient

from conversations.models import Conversation

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


def post(api: APIClient, conversation: Conversation, **body: Any) -> Response:
    body.setdefault("client_uuid", str(uuid.uuid4()))
    return api.post(f"/api/v1/conversations/{conversation.pk}/messages/", body)


def buttons(*titles: str) -> dict[str, Any]:
    replies = [{"type": "reply", "reply": {"id": t, "title": t}} for t in titles]
    return {"type": "button", "body": {"text": "?"}, "action": {"buttons": replies}}


def rows(count: int) -> dict[str, Any]:
    listed = [{"id": str(number), "title": "x"} for number in range(count)]
    sections = [{"title": "a", "rows": listed[:6]}, {"title": "b", "rows": listed[6:]}]
    return {"type": "list", "body": {"text": "?"}, "action": {"button": "b", "sections": sections}}
