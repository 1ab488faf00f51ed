"""Requests bent out of shape: refused in Meta's words, never a server error."""

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.driver import ACCOUNT, LENA, NUMBER, Phone

ODD: list[Any] = [
    None,
    "",
    "x" * 5000,
    0,
    -1,
    1e308,
    True,
    [],
    [None],
    {},
    {"a": {}},
    "\ud83d",
]
TEXT = {"type": "text", "text": "{{1}}"}
SENDS: list[dict[str, Any]] = [
    {"type": "text", "text": {"body": "Hallo", "preview_url": True}},
    {"type": "image", "image": {"link": "https://example.test/a.jpg", "caption": "x"}},
    {"type": "document", "document": {"id": "1", "filename": "a.pdf"}},
    {"type": "location", "location": {"latitude": 1, "longitude": 2, "name": "Kiel"}},
    {"type": "contacts", "contacts": [{"name": {"formatted_name": "P"}, "phones": []}]},
    {"type": "reaction", "reaction": {"message_id": "wamid.A", "emoji": "👍"}},
    {"context": {"message_id": "wamid.A"}, "recipient": "DE.1", "text": {"body": "x"}},
    {"status": "read", "message_id": "wamid.A", "typing_indicator": {"type": "text"}},
    {
        "type": "interactive",
        "interactive": {
            "type": "button",
            "header": {"type": "text", "text": "Kopf"},
            "body": {"text": "Welche?"},
            "footer": {"text": "Fuß"},
            "action": {"buttons": [{"type": "reply", "reply": {"id": "1", "title": "Ja"}}]},
        },
    },
    {
        "type": "interactive",
        "interactive": {
            "type": "list",
            "body": {"text": "Welche?"},
            "action": {
                "button": "Wählen",
                "sections": [{"title": "A", "rows": [{"id": "1", "title": "RE 7"}]}],
            },
        },
    },
    {
        "type": "interactive",
        "interactive": {
            "type": "product_list",
            "body": {"text": "Welche?"},
            "action": {"catalog_id": "1", "sections": [{"title": "A", "product_items": [{}]}]},
        },
    },
    {
        "type": "template",
        "template": {
            "name": "ersatzverkehr",
            "language": {"code": "de"},
            "components": [
                {
                    "type": "body",
                    "parameters": [{"type": "text", "text": str(n)} for n in range(4)],
                },
                {
                    "type": "button",
                    "sub_type": "url",
                    "index": "0",
                    "parameters": [{"type": "text", "text": "re7"}],
                },
            ],
        },
    },
    {
        "type": "interactive",
        "interactive": {
            "type": "carousel",
            "body": {"text": "Welche?"},
            "action": {
                "cards": [
                    {
                        "card_index": index,
                        "header": {"type": "image", "image": {"link": "https://example.test/a"}},
                        "body": {"text": "x"},
                        "action": {
                            "name": "cta_url",
                            "parameters": {"display_text": "x", "url": "https://example.test"},
                        },
                    }
                    for index in range(2)
                ]
            },
        },
    },
    {
        "type": "interactive",
        "interactive": {
            "type": "flow",
            "body": {"text": "Bitte"},
            "action": {
                "name": "flow",
                "parameters": {
                    "flow_message_version": "3",
                    "flow_id": "1",
                    "flow_cta": "Los",
                    "flow_action_payload": {"screen": "A"},
                },
            },
        },
    },
    {
        "type": "template",
        "template": {
            "name": "karten",
            "language": {"code": "de"},
            "components": [
                {
                    "type": "carousel",
                    "cards": [
                        {
                            "card_index": index,
                            "components": [
                                {
                                    "type": "header",
                                    "parameters": [{"type": "image", "image": {"id": "1"}}],
                                },
                                {"type": "body", "parameters": [{"type": "text", "text": "A"}]},
                                {
                                    "type": "button",
                                    "sub_type": "quick_reply",
                                    "index": "0",
                                    "parameters": [{"type": "payload", "payload": "x"}],
                                },
                            ],
                        }
                        for index in range(2)
                    ],
                },
                {
                    "type": "limited_time_offer",
                    "parameters": [
                        {
                            "type": "limited_time_offer",
                            "limited_time_offer": {"expiration_time_ms": 1},
                        }
                    ],
                },
            ],
        },
    },
    {
        "type": "template",
        "template": {
            "name": "neuigkeiten_monat",
            "language": {"code": "de"},
            "components": [
                {"type": "header", "parameters": [{"type": "image", "image": {"id": "1"}}]},
                {"type": "body", "parameters": [{"type": "text", "text": "A"}] * 2},
            ],
        },
    },
]


CARD: dict[str, Any] = {
    "components": [
        {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::x"]}},
        {"type": "BODY", "text": "Nur für {{1}} heute", "example": {"body_text": [["Lena"]]}},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Ja"}]},
    ]
}
CARDS: dict[str, Any] = {
    "name": "karten",
    "language": "de",
    "category": "MARKETING",
    "parameter_format": "POSITIONAL",
    "components": [
        {"type": "BODY", "text": "Angebote für Sie"},
        {"type": "CAROUSEL", "cards": [CARD, CARD]},
        {
            "type": "LIMITED_TIME_OFFER",
            "limited_time_offer": {"text": "Kurz", "has_expiration": True},
        },
    ],
}
PLAIN: dict[str, Any] = {
    "name": "schlicht",
    "language": "de",
    "category": "UTILITY",
    "components": [
        {
            "type": "HEADER",
            "format": "TEXT",
            "text": "Für {{1}}",
            "example": {"header_text": ["x"]},
        },
        {"type": "BODY", "text": "Ihr Zug {{1}} fährt heute", "example": {"body_text": [["x"]]}},
        {"type": "FOOTER", "text": "Bahn"},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "QUICK_REPLY", "text": "Ja"},
                {"type": "URL", "text": "Plan", "url": "https://a.test/{{1}}", "example": ["x"]},
                {"type": "PHONE_NUMBER", "text": "Ruf an", "phone_number": "+4943139200100"},
                {"type": "COPY_CODE", "example": "x"},
                {"type": "FLOW", "text": "Los", "flow_id": "1"},
            ],
        },
    ],
}
LOGIN: dict[str, Any] = {
    "name": "code",
    "language": "de",
    "category": "AUTHENTICATION",
    "components": [
        {"type": "BODY", "add_security_recommendation": True},
        {"type": "FOOTER", "code_expiration_minutes": 5},
        {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE", "text": "x"}]},
    ],
}
POSTS: list[tuple[str, dict[str, Any]]] = [
    (f"{ACCOUNT}/message_templates", CARDS | {"name": "andere"}),
    (f"{ACCOUNT}/message_templates", PLAIN),
    (f"{ACCOUNT}/message_templates", LOGIN),
    ("1689556908129801", {"category": "UTILITY", "components": PLAIN["components"]}),
    (f"{NUMBER}/message_qrdls", {"prefilled_message": "x", "generate_qr_image": "SVG"}),
    (f"{NUMBER}/block_users", {"block_users": [{"user": f"+{LENA}"}, {"user_id": "DE.1"}]}),
    (f"{NUMBER}/username", {"username": "bahn", "transfer_action": "none"}),
    (f"{NUMBER}/request_code", {"code_method": "SMS", "language": "de"}),
    (f"{NUMBER}/verify_code", {"code": "123456"}),
    (f"{NUMBER}/register", {"messaging_product": "whatsapp", "pin": "123456"}),
    (f"{NUMBER}/settings", {"user_identity_change": {"enable_identity_key_check": True}}),
    (f"{NUMBER}/whatsapp_business_profile", {"messaging_product": "whatsapp", "about": "x",
                                             "websites": ["https://a.test"]}),
]  # fmt: skip


def places(thing: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of every part of a JSON value."""
    if path:
        yield path
    parts = thing.items() if isinstance(thing, dict) else enumerate(thing)
    for key, part in parts:
        if isinstance(part, dict | list):
            yield from places(part, (*path, key))
        else:
            yield (*path, key)


def bent(thing: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy with `value` at `path`."""
    fresh = copy.deepcopy(thing)
    part = fresh
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return fresh


@pytest.fixture
def open_phone(tmp_path: Path) -> Iterator[Phone]:
    """A simulator without limits, so that every request is looked at."""
    with Phone(tmp_path, throughput_per_s=0) as phone:
        phone.writes()
        phone.control("faults", pair_rate=False, no_statuses=True)
        assert phone.graph("POST", f"{ACCOUNT}/message_templates", json=CARDS).status_code == 200
        phone.control("templates", name="karten")
        yield phone


@pytest.mark.parametrize("number", range(len(SENDS)))
def test_a_bent_message_is_refused_or_accepted_and_nothing_else(
    open_phone: Phone, number: int
) -> None:
    message = {"messaging_product": "whatsapp", "to": f"+{LENA}", **SENDS[number]}
    chance = random.Random(number)
    for path in places(message):
        for value in chance.sample(ODD, 5):
            body = bent(message, path, value)
            response = open_phone.graph("POST", f"{NUMBER}/messages", content=json.dumps(body))
            assert response.status_code in (200, 400, 404), (path, value)
            assert response.status_code == 200 or response.json()["error"]["code"], (path, value)


ORDERS: list[tuple[str, dict[str, Any]]] = [
    ("inbound", {"from": LENA, "name": "Lena", "text": "Hallo", "timestamp": 1, "repeat": 1}),
    ("inbound", {"from": LENA, "type": "image", "data": "QUJD", "caption": "x"}),
    ("inbound", {"from": LENA, "type": "location", "latitude": 1, "longitude": 2}),
    ("inbound", {"from": LENA, "context": {"id": "wamid.A"}, "text": "x"}),
    ("inbound", {"from": LENA, "type": "reaction", "message_id": "wamid.A", "emoji": "x"}),
    ("customers", {"name": "Lena", "phone": LENA, "last_inbound_at": "2026-01-01T00:00:00Z"}),
    ("customers", {"customers": [{"name": "Lena", "phone": LENA, "bsuid": "DE.1"}]}),
    ("read", {"from": LENA, "wamid": "wamid.A", "played": True}),
    ("templates", {"name": "hello_world", "language": "en_US", "status": "APPROVED"}),
    ("faults", {"delay_s": 0, "count": 1, "duplicate": 1, "test_recipients": []}),
    ("clock", {"offset_s": 0}),
    ("clock", {"now": "2026-01-01T00:00:00Z"}),
    ("inbound", {"from": LENA, "text": "x", "per_webhook": 2, "messages": [{"text": "y"}, {}]}),
    ("inbound", {"from": LENA, "type": "order", "product_items": [{"quantity": 1}]}),
    ("inbound", {"from": LENA, "type": "edit", "message_id": "wamid.A", "text": "x"}),
    ("inbound", {"from": LENA, "type": "revoke", "message_id": "wamid.A", "group_id": "x"}),
    ("inbound", {"from": LENA, "text": "x", "referral": {"source_id": "1"}, "id": "wamid.B"}),
    ("customers", {"phone": LENA, "new_phone": "+491511", "rotate_user_id": True}),
    ("templates", {"name": "hello_world", "language": "en_US", "quality": "RED", "held": 1,
                   "category": "UTILITY", "components": [{"type": "BODY", "text": "x"}]}),
    ("faults", {"rules": [{"error_code": 1, "count": 1, "probability": 0.5, "to": "1"}]}),
    ("faults", {"auto_review": "APPROVED", "review_s": 0, "tier_code": "rate_limit"}),
    ("chaos", {"seed": 1, "level": 0.1, "rates": {"slow": 0, "hang": 0}}),
    ("numbers", {"id": "77", "waba": "78", "display_phone_number": "+4943", "tier": "TIER_2K",
                 "status": "FLAGGED", "quality": "RED", "throughput_per_s": 5, "code": 368,
                 "verified_name": "x", "token": "t", "coexistence": True}),
    ("accounts", {"id": "78", "name": "x", "status": "RESTRICTED", "restricted_for_s": 5,
                  "can_pay": True, "alert": {"alert_type": "x"}, "tier": "TIER_2K"}),
    ("webhook", {"field": "flows", "value": {"a": 1}, "waba": "78"}),
    ("echo", {"to": LENA, "text": "x", "type": "text", "edit": "wamid.A", "revoke": ""}),
    ("history", {"threads": [{"id": LENA, "messages": [{}]}], "threads_per_chunk": 1}),
    ("state_sync", {"from": LENA, "name": "Lena", "action": "add"}),
    ("calls", {"from": LENA, "status": "COMPLETED", "duration_s": 5}),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(ORDERS)))
def test_a_bent_control_is_obeyed_or_refused(open_phone: Phone, number: int) -> None:
    name, order = ORDERS[number]
    chance = random.Random(number)
    for path in places(order):
        for value in chance.sample(ODD, 5):
            body = bent(order, path, value)
            response = open_phone.client.post(f"/control/{name}", content=json.dumps(body))
            assert response.status_code in (200, 400), (path, value)
            if name == "faults":
                open_phone.control("faults", clear=True)
            if name == "chaos":
                open_phone.control("chaos", {"off": True})
    assert open_phone.client.get("/healthz").status_code == 200
    for shown in ("outbox", "clock", "faults", "customers", "numbers", "accounts", "chaos"):
        open_phone.look(shown)
    assert open_phone.graph("GET", NUMBER).status_code in (200, 400)


@pytest.mark.parametrize("number", range(len(POSTS)))
def test_a_bent_request_elsewhere_is_refused_or_accepted(open_phone: Phone, number: int) -> None:
    path, body = POSTS[number]
    chance = random.Random(number)
    for place in places(body):
        for value in chance.sample(ODD, 4):
            raw = json.dumps(bent(body, place, value))
            response = open_phone.graph("POST", path, content=raw)
            assert response.status_code < 500, (place, value)
            if response.status_code != 200:
                assert response.json()["error"]["code"] is not None, (place, value)
    assert open_phone.graph("GET", NUMBER).status_code == 200
    assert open_phone.graph("GET", f"{ACCOUNT}/message_templates").status_code == 200


def test_cut_off_bodies_are_errors_of_the_sender(open_phone: Phone) -> None:
    chance = random.Random(7)
    raw = (
        b'{"messaging_product":"whatsapp","to":"+4915112345678","type":"text","text":{"body":"x"}}'
    )
    for _ in range(40):
        cut = raw[: chance.randrange(1, len(raw))]
        response = open_phone.graph("POST", f"{NUMBER}/messages", content=cut)
        assert response.json()["error"]["code"] == 100


@pytest.mark.parametrize(
    "raw",
    [
        b'{"messaging_product":"whatsapp","to":"+491511","text":{"body":NaN}}',
        b'{"messaging_product":"whatsapp","to":"+491511","text":{"body":1e999}}',
        b"[" * 100_000,
        b"\xff\xfe",
        b'"text"',
    ],
)
def test_what_is_no_json_object_is_error_100(open_phone: Phone, raw: bytes) -> None:
    response = open_phone.graph("POST", f"{NUMBER}/messages", content=raw)

    assert (response.status_code, response.json()["error"]["code"]) == (400, 100)
    assert open_phone.client.post("/control/inbound", content=raw).json()["delivered"]
    assert open_phone.helpdesk.bodies[-1] == raw
