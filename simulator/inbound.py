"""What customers do: builds their webhooks from a few words, and learns from whole payloads."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from simulator import wire
from simulator.core import Simulator
from simulator.graph_media import webhook_object
from simulator.ids import BSUID, new_wamid
from simulator.media_kinds import stand_in
from simulator.models import Customer, Media, Message
from simulator.people import InboundError, customer_from
from simulator.view import customer_json, message_json

Json = dict[str, Any]
MEDIA_KINDS = ("image", "video", "audio", "document", "sticker")
_OPEN_NO_WINDOW = {"reaction", "system", "edit", "revoke", "user_preferences"}


@dataclass(frozen=True, slots=True)
class Written:
    """One act of a customer: the change to deliver and, unless it was none, the message's id."""

    change: Json
    wamid: str | None
    customer: Customer
    label: str
    key: str = ""  # for the dice of chaos


def write(simulator: Simulator, body: Json) -> Written:
    """The customer does what the shorthand `body` says. See docs/simulator.md."""
    kind = str(body.get("type") or _guess(body))
    # a place has a name too, and it is not the customer's
    place = kind == "location" and "location" not in body
    who = {key: each for key, each in body.items() if not (place and key == "name")}
    customer = customer_from(simulator.store, who)
    store = simulator.store
    number_id = str(body.get("phone_number_id") or store.config.phone_number_id)
    at = float(body.get("timestamp") or store.clock.now() - float(body.get("age_s") or 0))
    if kind == "user_preferences":
        return _preferences(simulator, customer, number_id, body, int(at))
    wamid = str(
        body.get("id") or body.get("wamid")
        or new_wamid(customer.wa_id or customer.user_id, from_business=False)
    )  # fmt: skip
    content = _content(simulator, kind, body)
    context = _context(simulator, number_id, body)
    message = Message(
        wamid=wamid,
        direction="inbound",
        phone_number_id=number_id,
        customer_id=customer.id,
        type=kind,
        content=content,
        timestamp=at,
        status="sent",
        context=context,
    )
    shows_phone = customer.shows_phone(number_id, store.clock.now())
    entry: Json = {} if context is None else {"context": context}
    if shows_phone:
        entry["from"] = customer.wa_id
        customer.phone_used[number_id] = at
    entry |= {
        "from_user_id": customer.user_id, "id": wamid, "timestamp": str(int(at)), "type": kind,
    }  # fmt: skip
    if content:
        entry[kind] = content["contacts"] if kind == "contacts" else content
    for extra in ("referral", "errors", "group_id"):
        if extra in body:
            entry[extra] = body[extra]
    _take_in(simulator, customer, message, referral="referral" in body)
    change = {
        "value": wire.value(
            store,
            number_id,
            contacts=[wire.contact(customer, show_phone=shows_phone)],
            messages=[entry],
        ),
        "field": "messages",
    }
    given = body.get("id") or body.get("wamid")
    key = str(given) if given else f"{customer.user_id} {kind} {json.dumps(content, default=str)}"
    key = key if given or not store.chaos.on else store.chaos.occurrence(key)
    return Written(change, wamid, customer, f"messages.{kind}", key)


def _guess(body: Json) -> str:
    for kind in (*MEDIA_KINDS, "location", "contacts", "reaction", "button", "order", "text"):
        if kind in body:
            return kind
    if any(key in body for key in ("interactive", "button_reply", "list_reply", "nfm_reply")):
        return "interactive"
    if "emoji" in body:
        return "reaction"
    if "payload" in body:
        return "button"
    return "location" if "latitude" in body else "text"


def _content(simulator: Simulator, kind: str, body: Json) -> Json:  # noqa: PLR0912 - one arm per type
    given = body.get(kind)
    if kind in MEDIA_KINDS:
        return _media(simulator, kind, {**body, **(given if isinstance(given, dict) else {})})
    if isinstance(given, dict):
        return given
    if kind == "contacts" and isinstance(given, list):
        return {"contacts": given}
    match kind:
        case "text":
            text = given if given is not None else body.get("body", body.get("message"))
            if not isinstance(text, str):
                raise InboundError("a text message needs `text`")
            return {"body": text}
        case "location":
            keys = ("latitude", "longitude", "name", "address", "url")
            place = {key: body[key] for key in keys if key in body}
            return {"latitude": 54.3233, "longitude": 10.1228} | place
        case "reaction":
            target = body.get("message_id") or body.get("reply_to")
            if not target:
                raise InboundError("a reaction needs `message_id`")
            reaction: Json = {"message_id": str(target)}
            if body.get("emoji"):
                reaction["emoji"] = body["emoji"]
            return reaction
        case "button":
            text = str(body.get("text") or body.get("payload") or "OK")
            return {"payload": str(body.get("payload") or text), "text": text}
        case "interactive":
            for reply in ("button_reply", "list_reply", "nfm_reply", "call_permission_reply"):
                if isinstance(body.get(reply), dict):
                    return {"type": reply, reply: body[reply]}
            raise InboundError("an interactive message needs `button_reply` or `list_reply`")
        case "contacts":
            name = str(body.get("contact_name") or "Priya Nair")
            return {"contacts": [{"name": {"formatted_name": name}, "phones": []}]}
        case "unsupported":
            return {"type": str(body.get("unsupported_type") or "poll_creation")}
    return {}


def _media(simulator: Simulator, kind: str, body: Json) -> Json:
    """The object of a media message; without a file of its own it gets a small stand-in."""
    media = simulator.store.find_media(str(body.get("media_id") or body.get("id_of_media") or ""))
    if media is None:
        content, mime_type, filename = stand_in(kind)
        if body.get("data"):
            try:
                content = base64.b64decode(str(body["data"]), validate=True)
            except binascii.Error:
                raise InboundError("`data` must be base64") from None
        media = simulator.store.add_media(
            content,
            str(body.get("mime_type") or mime_type),
            "webhook",
            filename=str(body.get("filename") or filename),
        )
    part: Json = {}
    if body.get("caption") and kind not in {"audio", "sticker"}:
        part["caption"] = str(body["caption"])
    if kind == "document":
        part["filename"] = str(body.get("filename") or media.filename or "dokument.pdf")
    part |= webhook_object(simulator, media)
    if kind == "audio":
        part["voice"] = bool(body.get("voice", True))
    if kind == "sticker":
        part["animated"] = bool(body.get("animated", False))
    return part


def _context(simulator: Simulator, number_id: str, body: Json) -> Json | None:
    if isinstance(body.get("context"), dict):
        return dict(body["context"])
    for name in ("forwarded", "frequently_forwarded"):
        if body.get(name):
            return {name: True}
    quoted = body.get("reply_to") or body.get("quote")
    if not quoted or (body.get("type") == "reaction" or "emoji" in body):
        return None
    display = simulator.store.learn_number(number_id).display_phone_number
    author = display
    message = simulator.store.messages.get(str(quoted))
    if message is not None and message.direction == "inbound":
        customer = simulator.store.customers.get(message.customer_id or "")
        author = (customer.wa_id if customer else None) or display
    return {"from": author, "id": str(quoted)}


def _preferences(
    simulator: Simulator, customer: Customer, number_id: str, body: Json, at: int
) -> Written:
    wanted = "resume" if body.get("value") == "resume" else "stop"
    customer.stopped_marketing = wanted == "stop"
    shows_phone = customer.shows_phone(number_id, simulator.store.clock.now())
    entry: Json = {"wa_id": customer.wa_id} if shows_phone else {}
    entry |= {
        "user_id": customer.user_id,
        "detail": f"User requested to {wanted} marketing messages",
        "category": "marketing_messages",
        "value": wanted,
        "timestamp": at,
    }
    change = {
        "value": wire.value(
            simulator.store,
            number_id,
            contacts=[wire.contact(customer, show_phone=shows_phone)],
            user_preferences=[entry],
        ),
        "field": "user_preferences",
    }
    publish_customer(simulator, customer)
    return Written(change, None, customer, f"user_preferences.{wanted}")


def _take_in(simulator: Simulator, customer: Customer, message: Message, referral: bool) -> None:
    """The simulator's own side of an inbound message: chat, window, reaction, throughput."""
    store = simulator.store
    number_id = message.phone_number_id
    if message.type not in _OPEN_NO_WINDOW:
        store.note_inbound(customer, number_id, message.timestamp, referral)
    number = store.learn_number(number_id)
    simulator.limits.count_inbound(number, store.clock.now(), store.faults)
    if message.type == "reaction":
        target = store.messages.get(str(message.content.get("message_id")))
        if target is not None:
            target.reactions.pop("customer", None)
            if message.content.get("emoji"):
                target.reactions["customer"] = str(message.content["emoji"])
            simulator.hub.publish(
                {"type": "message", "message": message_json(store, target)}, customer.id
            )
        store.touch()
    elif message.wamid not in store.messages:
        store.add_message(message)
        simulator.hub.publish(
            {"type": "message", "message": message_json(store, message)}, customer.id
        )
    publish_customer(simulator, customer)


def tick(simulator: Simulator, wamid: str) -> None:
    """The helpdesk has the message: the customer's second tick."""
    message = simulator.store.messages.get(wamid)
    if message is not None and message.customer_id and message.status == "sent":
        message.status = "delivered"
        event = {"type": "message", "message": message_json(simulator.store, message)}
        simulator.hub.publish(event, message.customer_id)
        simulator.store.touch()


def publish_customer(simulator: Simulator, customer: Customer) -> None:
    """Tell open phones how the customer (and the window) stands now."""
    event = {"type": "customer", "customer": customer_json(simulator.store, customer)}
    simulator.hub.publish(event, customer.id)


# --- whole payloads ---------------------------------------------------------------------------


def learn(simulator: Simulator, payload: Json) -> list[str]:
    """Take in what a whole webhook body tells; the ids of its messages. Odd parts are skipped."""
    wamids: list[str] = []
    for entry in _dicts(payload.get("entry")):
        for change in _dicts(entry.get("changes")):
            value = change.get("value")
            if change.get("field") == "messages" and isinstance(value, dict):
                wamids += _learn_value(simulator, value)
    return wamids


def _learn_value(simulator: Simulator, value: Json) -> list[str]:
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
        simulator.store.learn_number(number_id, str(metadata.get("display_phone_number") or ""))
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
        _take_in(simulator, customer, message, referral="referral" in entry)
    return wamids


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
