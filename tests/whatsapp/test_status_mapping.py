"""What statuses say beside the status."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from conversations.gateway import StatusUpdate
from whatsapp.mapping import Frame
from whatsapp.status_mapping import map_status

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ENDS = NOW + timedelta(hours=72)


def mapped(conversation: object) -> StatusUpdate:
    frame = Frame(number_id=1, contacts=[], received_at=NOW, errors=[])
    status = {"id": "wamid.1", "status": "sent", "timestamp": str(int(NOW.timestamp()))}
    found = map_status({**status, "conversation": conversation}, frame)
    assert isinstance(found, StatusUpdate)
    return found


@pytest.mark.parametrize("spelling", [str, int])
def test_a_free_entry_says_when_it_ends(spelling: type) -> None:
    ends = spelling(int(ENDS.timestamp()))
    conversation = {
        "id": "1",
        "expiration_timestamp": ends,
        "origin": {"type": "referral_conversion"},
    }
    assert mapped(conversation).free_until == ENDS


@pytest.mark.parametrize(
    "conversation",
    [
        None,
        "text",
        {},
        {"origin": "x", "expiration_timestamp": "1795000000"},
        {"origin": {"type": "service"}, "expiration_timestamp": "1795000000"},
        {"origin": {"type": "referral_conversion"}},
        {"origin": {"type": "referral_conversion"}, "expiration_timestamp": "soon"},
        {"origin": {"type": "referral_conversion"}, "expiration_timestamp": 10**30},
        {"origin": {"type": "referral_conversion"}, "expiration_timestamp": 1900000000},
        {"origin": {"type": "referral_conversion"}, "expiration_timestamp": ["1"]},
    ],
)
def test_anything_else_says_nothing_of_it(conversation: object) -> None:
    assert mapped(conversation).free_until is None
