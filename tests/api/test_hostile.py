"""Whatever JSON comes: an answer in the API's own shape, never a 500."""

from __future__ import annotations

import copy
import uuid
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from conversations.models import Conversation
from tests.api.bodies import GOOD, rows

SOUND: list[dict[str, Any]] = [
    {"type": "text", "text": "Hallo", "context": {"message_id": "wamid.x"}},
    *({"type": kind, kind: value} for kind, value in GOOD.items()),
    {"type": "interactive", "interactive": rows(3)},
    {"type": "image", "image": {"media": str(uuid.uuid4()), "caption": "x"}},
    {"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": "👍"}},
    {
        "type": "template",
        "template": {
            "name": "x",
            "language": {"code": "de"},
            "components": [
                {"type": "body", "parameters": [{"type": "text", "text": "x"}]},
                {"type": "button", "sub_type": "url", "index": "0", "parameters": []},
            ],
        },
    },
]
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["x" * 5000, "\x00", "²", "-1", "9" * 400, "text", "body"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything inside `value`."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, item in inner:
        found.append((*path, key))
        if isinstance(item, dict | list):
            found += places(item, (*path, key))
    return found


def put(body: Any, path: tuple[Any, ...], value: Any) -> None:
    for key in path[:-1]:
        body = body[key]
    body[path[-1]] = value


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_no_body_makes_a_500(
    api: APIClient, conversation: Conversation, data: st.DataObject
) -> None:
    body = copy.deepcopy(data.draw(st.sampled_from(SOUND)))
    body["client_uuid"] = str(uuid.uuid4())
    for path in data.draw(st.lists(st.sampled_from(places(body)), min_size=1, max_size=2)):
        try:
            put(body, path, data.draw(ANYTHING))
        except (KeyError, IndexError, TypeError):
            continue  # the first change removed the place of the second

    response = api.post(f"/api/v1/conversations/{conversation.pk}/messages/", body)

    assert response.status_code in (201, 400, 422), response.content
    if response.status_code != 201:
        assert set(response.json()) == {"code", "detail", "errors"}


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    path=st.sampled_from(["conversations", "messages", "contacts", "consent-records", "templates"]),
    name=st.sampled_from(
        [
            *("wamid", "client_uuid", "conversation", "status", "updated_since", "contact"),
            *("assignee", "team", "label", "window", "phone", "wa_id", "username", "q"),
            *("purpose", "act", "cursor", "page_size", "business_number"),
        ]
    ),
    value=st.text(max_size=30)
    | st.integers().map(str)
    | st.sampled_from(["9" * 400, "-1", "1e400", "²", "%00", "NaN", "\x00"]),
)
def test_no_query_makes_a_500(api: APIClient, path: str, name: str, value: str) -> None:
    response = api.get(f"/api/v1/{path}/", {name: value})

    assert response.status_code in (200, 400, 404), response.content
