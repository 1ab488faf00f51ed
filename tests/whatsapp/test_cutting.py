"""One person is taken out of webhook bodies; everybody else stays as they were."""

from __future__ import annotations

import base64
import copy
import json
from pathlib import Path
from typing import Any

import pytest

from whatsapp.cutting import Traits, cut, named_in, wamids_in

SAMPLES = Path(__file__).parent / "samples"
TOM = Traits(frozenset({"447700900321", "GB.5512093384471106"}))
NAMES = sorted(path.stem for path in SAMPLES.glob("*.json"))


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text())


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_the_person_stays_in_any_sample(name: str) -> None:
    body = sample(name)
    before = copy.deepcopy(body)
    rest, taken = cut(body, TOM)

    assert body == before  # what came is not touched
    text = json.dumps(rest)
    for trait in TOM.ids:
        assert trait not in text
    assert "Tom Whitlock" not in text or "447700900321" not in json.dumps(before)
    assert not any(set(named_in(wamid)) & TOM.ids for wamid in wamids_in(text.encode()))
    assert bool(taken) == (rest != before)


@pytest.mark.parametrize("name", NAMES)
def test_a_stranger_changes_nothing(name: str) -> None:
    body = sample(name)
    assert cut(body, Traits(frozenset({"4900000000"}), frozenset({"wamid.X"}))) == (body, [])


def test_the_neighbour_in_the_same_change_stays() -> None:
    body = sample("batch-several-messages-two-senders")
    value = body["entry"][0]["changes"][0]["value"]
    rest, taken = cut(body, TOM)
    assert isinstance(rest, dict)
    [change] = rest["entry"][0]["changes"]
    assert change["value"]["messages"] == value["messages"][2:]
    assert change["value"]["contacts"] == value["contacts"][1:]
    assert change["value"]["metadata"] == value["metadata"]
    [part] = taken
    assert len(part["value"]["items"]) == 3  # type: ignore[index]


def test_the_neighbour_in_another_change_or_entry_stays() -> None:
    tom, ana = sample("text"), sample("batch-several-messages-two-senders")
    both = {**tom, "entry": [*tom["entry"], *ana["entry"]]}
    rest, _taken = cut(both, TOM)
    assert isinstance(rest, dict)
    assert len(rest["entry"]) == 1


def test_what_others_say_of_the_person_is_theirs() -> None:
    card = {"phones": [{"wa_id": "447700900321"}], "name": {"first_name": "Tom"}}
    message = {"from": "491510000", "id": "wamid.N", "type": "contacts", "contacts": [card]}
    body = body_with(messages=[message])
    assert cut(body, TOM) == (body, [])


def test_a_thread_of_a_phones_history_goes_as_a_whole() -> None:
    def thread(whose: str) -> dict[str, Any]:
        return {"id": whose, "messages": [{"from": whose, "id": f"wamid.{whose}"}]}

    body = body_with(history=[{"threads": [thread("447700900321"), thread("4915100")]}])
    rest, taken = cut(body, TOM)
    assert isinstance(rest, dict)
    [part] = rest["entry"][0]["changes"][0]["value"]["history"]
    assert [one["id"] for one in part["threads"]] == ["4915100"]
    assert len(taken) == 1
    alone = body_with(history=[{"threads": [thread("447700900321")]}])
    assert cut(alone, TOM)[0] is None


def test_without_ids_only_what_belongs_to_their_messages_goes() -> None:
    mine = {"from": "447700900321", "id": "wamid.OLD"}
    newer = {"from": "447700900321", "id": "wamid.NEW"}
    card = {"wa_id": "447700900321"}
    body = body_with(messages=[mine, newer], contacts=[card])
    rest, _taken = cut(body, Traits(wamids=frozenset({"wamid.OLD"})))
    assert isinstance(rest, dict)
    value = rest["entry"][0]["changes"][0]["value"]
    assert (value["messages"], value["contacts"]) == ([newer], [card])


def test_a_wamid_names_whom_it_was_exchanged_with() -> None:
    raw = b"\x1c\x18\x0c447700900321\x15\x02\x00"
    wamid = "wamid." + base64.b64encode(raw).decode().rstrip("=")
    status = {"id": wamid, "status": "read"}
    assert named_in(wamid) == ["447700900321"]
    assert cut(body_with(statuses=[status]), TOM)[0] is None


@pytest.mark.parametrize(
    "body", [None, [], "447700900321", {"entry": "447700900321"}, {"entry": [7]}, {"entry": [{}]}]
)
def test_odd_bodies_are_survived(body: object) -> None:
    rest, taken = cut(body, TOM)
    assert "447700900321" not in json.dumps(rest)
    assert bool(taken) == ("447700900321" in json.dumps(body))


def body_with(**value: Any) -> dict[str, Any]:
    change = {"field": "messages", "value": {"metadata": {"phone_number_id": "1"}, **value}}
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}


def test_the_card_goes_with_the_last_item_that_needs_it() -> None:
    """Also where only the message's id says whose it is: its number may be another's by now."""
    old = {"from": "447700900321", "id": "wamid.OLD"}
    other = {"from": "4915100", "id": "wamid.N"}
    cards = [{"wa_id": "447700900321", "profile": {"name": "Tom"}}, {"wa_id": "4915100"}]
    body = body_with(messages=[old, other], contacts=cards)
    rest, _taken = cut(body, Traits(wamids=frozenset({"wamid.OLD"})))
    assert isinstance(rest, dict)
    value = rest["entry"][0]["changes"][0]["value"]
    assert (value["messages"], value["contacts"]) == ([other], cards[1:])
