"""Requests bent out of shape: refused in Meta's words, never a server error."""

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.driver import LENA, NUMBER, Phone

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
]


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
    assert open_phone.client.get("/healthz").status_code == 200
    for shown in ("outbox", "clock", "faults", "customers"):
        open_phone.look(shown)


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
