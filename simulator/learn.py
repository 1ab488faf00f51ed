"""What the simulator learns from whole webhook bodies that it is told to deliver."""

from __future__ import annotations

from typing import Any

from simulator.core import Simulator
from simulator.ids import BSUID
from simulator.inbound import MEDIA_KINDS, take_in
from simulator.media_kinds import stand_in
from simulator.models import Customer, Media, Message

Json = dict[str, Any]


def learn(simulator: Simulator, payload: Json) -> list[str]:
    """Take in what a whole webhook body tells; the ids of its messages. Odd parts are skipped."""
    wamids: list[str] = []
    for entry in _dicts(payload.get("entry")):
        for change in _dicts(entry.get("changes")):
            value = change.get("value")
            if change.get("field") == "messages" and isinstance(value, dict):
                wamids += _learn_value(simulator, value, entry.get("id"))
    return wamids


def _learn_value(simulator: Simulator, value: Json, waba_id: Any) -> list[str]:
    metadata = value.get("metadata") if isinstance(value.get("metadata"), dict) else {}
    assert isinstance(metadata, dict)
    number_id = str(metadata.get("phone_number_id") or simulator.config.phone_number_id)
    wamids: list[str] = []
    for person in _dicts(value.get("contacts")):
        profile = person.get("profile") if isinstance(person.get("profile"), dict) else {}
        assert isinstance(profile, dict)
        _learn_customer(simulator, person.get("wa_id"), person.get("user_id"), profile)
    for entry in _dicts(value.get("messages")):
        if not isinstance(entry.get("id"), str):
            continue
        wamids.append(entry["id"])
        kind = str(entry.get("type"))
        customer = _learn_customer(simulator, entry.get("from"), entry.get("from_user_id"), {})
        if customer is None or entry.get("group_id") or kind == "system":
            continue
        _learn_number(simulator, number_id, metadata, waba_id)
        content = entry.get(kind)
        if isinstance(content, list):
            content = {"contacts": content}
        _learn_media(simulator, kind, content)
        message = Message(
            wamid=entry["id"],
            direction="inbound",
            phone_number_id=number_id,
            customer_id=customer.id,
            type=kind,
            content=content if isinstance(content, dict) else {},
            timestamp=_timestamp(simulator, entry.get("timestamp")),
            status="sent",
            context=entry["context"] if isinstance(entry.get("context"), dict) else None,
        )
        take_in(simulator, customer, message, referral="referral" in entry)
    return wamids


def _learn_number(simulator: Simulator, number_id: str, metadata: Json, waba_id: Any) -> None:
    """A business number nobody has heard of belongs to the account that the payload names."""
    store = simulator.store
    if number_id not in store.numbers:
        number = store.learn_number(number_id, str(metadata.get("display_phone_number") or ""))
        if isinstance(waba_id, str) and waba_id.isascii() and waba_id.isdigit():
            number.waba_id = store.account(waba_id).id


def _learn_customer(
    simulator: Simulator, wa_id: Any, user_id: Any, profile: Json
) -> Customer | None:
    number = wa_id if isinstance(wa_id, str) and wa_id.isdigit() else None
    person = user_id if isinstance(user_id, str) and BSUID.match(user_id) else None
    if number is None and person is None:
        return None
    name, username = profile.get("name"), profile.get("username")
    return simulator.store.learn_customer(
        wa_id=number,
        user_id=person,
        name=name if isinstance(name, str) else None,
        username=username if isinstance(username, str) else None,
    )


def _learn_media(simulator: Simulator, kind: str, content: Any) -> Media | None:
    """A file that a payload names gets a stand-in, so that it can be fetched."""
    if kind not in MEDIA_KINDS or not isinstance(content, dict):
        return None
    media_id = content.get("id")
    if not isinstance(media_id, str) or media_id in simulator.store.media:
        return None
    body, mime_type, filename = stand_in(kind)
    return simulator.store.add_media(
        body, mime_type, "webhook", media_id=media_id, filename=content.get("filename") or filename
    )


def _timestamp(simulator: Simulator, found: Any) -> float:
    try:
        return float(found)
    except (TypeError, ValueError):
        return simulator.store.clock.now()


def _dicts(found: Any) -> list[Json]:
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
