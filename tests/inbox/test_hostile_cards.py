"""Whatever stands in the objects that customers send: their bubble is drawn, the thread opens."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from conversations.models import Message
from inbox.card_parts import dicts_of, web_address
from inbox.cards import extras
from inbox.preview import preview
from inbox.vcards import file_name, vcard

Path = tuple[str | int, ...]
# Lone surrogates and NULs never come so far: the ingest takes them out.
ODD: list[Any] = [
    *(None, True, 0, -1, 1e308, 10**30, -(10**400), "", "9" * 600),
    *("https://[", "http://[::1", "https://", "javascript:alert(1)", "\u00b2", "\u0663", "\u2028x"),
    *("1e999999", "-1e-999999", "sNaN", "null", "{" * 3000, "0_a", "_1", "screen_0_", "9" * 14),
    *([], {}, [[]], [{}], {"a": {"b": [1]}}, ["x", {"title": 5}], '{"screen_0_": [[], {"id": 1}]}'),
]
SENT: dict[str, dict[str, Any]] = {
    "location": {"location": {"latitude": 1.0, "longitude": 2.0, "url": "https://x.example/"}},
    "contacts": {
        "contacts": [
            {
                "name": {"formatted_name": "A"},
                "phones": [{"phone": "+49", "wa_id": "49", "type": "CELL"}],
                "addresses": [{"street": "s", "city": "c"}],
                "urls": [{"url": "https://x.example"}],
                "birthday": "2000-01-01",
                "org": {"company": "c"},
            }
        ]
    },
    "order": {
        "order": {
            "catalog_id": "1",
            "product_items": [{"quantity": 1, "item_price": 2.5, "currency": "EUR"}],
        }
    },
    "interactive": {
        "interactive": {
            "nfm_reply": {"name": "flow", "response_json": '{"a": 1}'},
            "call_permission_reply": {"response": "accept", "expiration_timestamp": "1790000000"},
            "list_reply": {"title": "t", "description": "d"},
        }
    },
    "text": {
        "referral": {"source_url": "https://x.example", "welcome_message": {"text": "x"}},
        "context": {"forwarded": True, "referred_product": {"product_retailer_id": "1"}},
        "arrived_at": "+49",
    },
    "unsupported": {"unsupported": {"type": "poll"}, "errors": [{"code": 1}], "group_id": "1"},
}


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where something else could stand."""
    if path:
        yield path
    parts = value.items() if isinstance(value, dict) else ()
    parts = enumerate(value) if isinstance(value, list) else parts
    for key, part in parts:
        yield from places(part, (*path, key))


def bent(payload: dict[str, Any], path: Path, odd: Any) -> dict[str, Any]:
    whole: Any = copy.deepcopy(payload)
    part = whole
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = odd
    return dict(whole)


@pytest.mark.parametrize("kind", SENT)
def test_no_object_keeps_its_bubble_from_being_drawn(kind: str) -> None:
    for path in places(SENT[kind]):
        for odd in ODD:
            payload = bent(SENT[kind], path, odd)
            message = Message(type=kind, payload=payload, direction="inbound", status="received")
            extras(message)
            preview(message)
            for person in dicts_of(payload.get("contacts")):
                assert vcard(person).endswith("END:VCARD\r\n")
                assert file_name(person).endswith(".vcf")


@pytest.mark.parametrize("address", ["https://[", "https://", "javascript:alert(1)", "file:///x"])
def test_a_link_leads_to_the_web_or_nowhere(address: str) -> None:
    assert web_address(address) == ""
