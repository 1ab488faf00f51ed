"""Taking one person out of a webhook body: what is theirs goes, what is others' stays.

The places are those where Meta names whom an item is about. What somebody else wrote, a contact
card for example, is theirs also where it names the person.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from whatsapp.payload import text_of

# Whom an item is about: its sender or receiver, in Meta's words; the id of a message or a thread.
_WHO = (
    *("from", "from_user_id", "from_parent_user_id", "to", "to_user_id", "to_parent_user_id"),
    *("recipient_id", "recipient_user_id", "recipient_parent_user_id"),
    *("wa_id", "user_id", "parent_user_id", "previous_user_id", "previous_parent_user_id"),
    *("new_wa_id", "customer", "phone_number"),
    *("id", "previous", "current"),
)
# Objects of an item that speak of the same person.
_WITHIN = ("contact", "system", "user_id")
# Of a change: what is no item of it.
_BESIDE = frozenset({"contacts", "errors", "metadata", "messaging_product"})
_KNOWN = (
    *("messages", "statuses", "user_preferences", "message_echoes", "calls", "state_sync"),
    *("history", "user_id_update", "contacts"),
)
_WAMID = re.compile(rb"wamid\.[A-Za-z0-9+/=_-]+")
_LONGEST_WAMID = 255


@dataclass(frozen=True)
class Traits:
    """What shows that something is the person's: `ids` (numbers as digits, user ids) and `wamids`
    of their messages. Without ids, only what belongs to those messages is."""

    ids: AbstractSet[str] = frozenset()
    wamids: AbstractSet[str] = frozenset()

    def mean(self, value: object) -> bool:
        """Whether an id of Meta's is one of theirs."""
        if isinstance(value, bool | float) or not isinstance(value, str | int):
            return False
        text = text_of(value)
        return text.lstrip("+") in self.ids or text in self.wamids or self._names(text)

    def _names(self, wamid: str) -> bool:
        """A wamid holds, encoded, whom it was exchanged with."""
        return bool(self.ids) and any(one in self.ids for one in named_in(wamid))


def named_in(wamid: str) -> list[str]:
    """The numbers and user ids that stand in a wamid: `wamid.` and base64."""
    if not wamid.startswith("wamid.") or len(wamid) > _LONGEST_WAMID:
        return []
    try:
        plain = base64.b64decode(wamid.removeprefix("wamid.") + "==")
    except (binascii.Error, ValueError):
        return []
    return [word.decode() for word in re.findall(rb"[A-Z]{2}\.[A-Za-z0-9.]{4,}|\d{5,20}", plain)]


def wamids_in(body: bytes) -> set[str]:
    """All wamids in the raw bytes of a body; `\\/` is how some write a slash."""
    return {found.decode() for found in _WAMID.findall(body.replace(b"\\/", b"/"))}


def cut(body: object, traits: Traits) -> tuple[object | None, list[object]]:
    """What stays of a parsed body (None: nothing), and what was the person's. Answers `body`
    itself when nothing was."""
    if not isinstance(body, dict) or not isinstance(body.get("entry"), list):
        return (None, [body]) if _speaks_of(body, traits) else (body, [])
    taken: list[object] = []
    entries: list[Any] = []
    for entry in body["entry"]:
        changes = entry.get("changes") if isinstance(entry, dict) else None
        if not isinstance(changes, list):
            _sort(entry, entries, taken, traits)
            continue
        stays = [left for one in changes if (left := _cut_change(one, traits, taken)) is not None]
        if stays or not changes:
            entries.append({**entry, "changes": stays})
    if not taken:
        return body, []
    return ({**body, "entry": entries} if entries else None), taken


def _sort(one: object, stays: list[Any], taken: list[object], traits: Traits) -> None:
    (taken if _speaks_of(one, traits) else stays).append(one)


def _cut_change(change: object, traits: Traits, taken: list[object]) -> object | None:
    value = change.get("value") if isinstance(change, dict) else None
    if not isinstance(value, dict):
        if _speaks_of(change, traits):
            taken.append(change)
            return None
        return change
    assert isinstance(change, dict)
    before = len(taken)
    items: list[object] = []
    left: dict[str, Any] = {}
    for name, found in value.items():
        if not isinstance(found, list) or name == "contacts":
            left[name] = found
            continue
        kept = _cut_history(found, traits, items) if name == "history" else found
        items += [item for item in kept if is_theirs(item, traits)]
        left[name] = [item for item in kept if not is_theirs(item, traits)]
    cards = value.get("contacts")
    if isinstance(cards, list):
        # Also the card of an item that was theirs by its id, when nobody else's item needs it.
        orphaned = Traits(_named_by(items) - _named_by(_items_in(left)))
        theirs = [card for card in cards if is_theirs(card, traits) or is_theirs(card, orphaned)]
        items += theirs
        left["contacts"] = [card for card in cards if card not in theirs]
    if items or is_theirs(value, traits):
        taken.append({**change, "value": _of_person(value, items)})
        return {**change, "value": left} if _has_items(left) and items else None
    if not any(name in value for name in _KNOWN) and _speaks_of(value, traits):
        # A kind that nobody here knows: what speaks of them anywhere goes as a whole.
        taken.append(change)
    return change if len(taken) == before else None


def _named_by(items: Iterable[object]) -> frozenset[str]:
    """The people that items are about, by their ids."""
    dicts = [item for item in items if isinstance(item, dict)]
    found = (
        text_of(item.get(name)).lstrip("+")
        for item in dicts
        for name in _WHO[:-3]
        if isinstance(item.get(name), str | int)
    )
    return frozenset(filter(None, found))


def _items_in(value: dict[str, Any]) -> Iterator[object]:
    for name, found in value.items():
        if isinstance(found, list) and name not in _BESIDE:
            yield from found


def _of_person(value: dict[str, Any], items: list[object]) -> dict[str, Any]:
    beside = {name: value[name] for name in ("metadata",) if name in value}
    return {**beside, "items": items} if items else value


def _has_items(value: dict[str, Any]) -> bool:
    return any(True for _item in _items_in(value))


def _cut_history(parts: list[Any], traits: Traits, taken: list[object]) -> list[Any]:
    """Threads of a phone's history: a person's thread is theirs as a whole."""
    stays = []
    for part in parts:
        threads = part.get("threads") if isinstance(part, dict) else None
        if not isinstance(threads, list):
            stays.append(part)
            continue
        others = []
        for thread in threads:
            if is_theirs(thread, traits):
                taken.append(thread)
                continue
            said = thread.get("messages") if isinstance(thread, dict) else None
            if isinstance(said, list):
                theirs = [one for one in said if is_theirs(one, traits)]
                taken += theirs
                thread = {**thread, "messages": [one for one in said if one not in theirs]}  # noqa: PLW2901
            others.append(thread)
        if others or part.get("errors"):
            stays.append({**part, "threads": others})
    return stays


def is_theirs(item: object, traits: Traits) -> bool:
    """Whether an item of a webhook is about the person."""
    if not isinstance(item, dict):
        return False
    if any(traits.mean(item.get(name)) for name in _WHO):
        return True
    within = (item.get(name) for name in _WITHIN)
    return any(
        traits.mean(one.get(name)) for one in within if isinstance(one, dict) for name in _WHO
    )


def _speaks_of(node: object, traits: Traits) -> bool:
    """Whether an id of theirs stands anywhere."""
    stack = [node]
    while stack:
        one = stack.pop()
        if isinstance(one, dict):
            stack.extend(one.values())
        elif isinstance(one, list):
            stack.extend(one)
        elif traits.mean(one):
            return True
    return False
