"""What customers do: builds their webhooks from a few words."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from simulator import wire
from simulator.core import Simulator
from simulator.errors import status_error
from simulator.graph_media import webhook_object
from simulator.ids import new_wamid
from simulator.media_kinds import stand_in
from simulator.models import Customer, Message, Number
from simulator.people import InboundError, customer_from
from simulator.view import customer_json, message_json, on_phone

Json = dict[str, Any]
MEDIA_KINDS = ("image", "video", "audio", "document", "sticker")
EDITABLE_S = 15 * 60.0
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
    number = store.learn_number(number_id)
    if customer.id in number.blocked:
        raise InboundError("the business has blocked this customer")
    if kind == "edit" and "edit" not in body:
        kind, body = _edited(simulator, number, body)
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
    if kind == "unsupported" and "errors" not in entry:
        entry["errors"] = [status_error(131051, "Message type is currently not supported.")]
    if "group_id" in body:
        message.customer_id = None  # it stands in a group, not in their chat
        store.add_message(message)
    else:
        take_in(simulator, customer, message, referral="referral" in body)
    change = {
        "value": wire.value(
            store,
            number_id,
            contacts=[
                wire.contact(
                    customer, show_phone=shows_phone, show_identity=_checks_identity(number)
                )
            ],
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
        case "revoke":
            return {"original_message_id": str(body.get("message_id") or "")}
        case "order":
            return _order(body)
    return {}


def _order(body: Json) -> Json:
    item = {"product_retailer_id": "KUESTENTICKET", "quantity": 1, "item_price": 29.0,
            "currency": "EUR"}  # fmt: skip
    rows = body.get("product_items")
    return {
        "catalog_id": str(body.get("catalog_id") or "710448291375566"),
        "text": str(body.get("text") or ""),
        "product_items": rows if isinstance(rows, list) and rows else [item],
    }


def _edited(simulator: Simulator, number: Number, body: Json) -> tuple[str, Json]:
    """An edited message: told as such to coexistence numbers, as unsupported to all others."""
    store = simulator.store
    target = store.messages.get(str(body.get("message_id") or body.get("reply_to")))
    if target is None or target.direction != "inbound":
        raise InboundError("an edit needs the `message_id` of a message of the customer")
    if store.clock.now() - target.timestamp > EDITABLE_S:
        raise InboundError("a message can be edited for 15 minutes")
    words = str(body.get("text") or body.get("caption") or "")
    key = "body" if target.type == "text" else "caption"
    target.content = {**target.content, key: words}
    target.edited = True
    event = {"type": "message", "message": message_json(store, target)}
    simulator.hub.publish(event, target.customer_id)
    rest = {name: value for name, value in body.items() if name not in ("text", "caption")}
    if not number.coexistence:
        error = status_error(131051, "Message type is currently not supported.")
        return "unsupported", rest | {"unsupported_type": "edit", "errors": [error]}
    inner: Json = {"type": target.type, target.type: target.content}
    return "edit", rest | {"edit": {"original_message_id": target.wamid, "message": inner}}


def _checks_identity(number: Number) -> bool:
    wanted = number.settings.get("user_identity_change")
    return isinstance(wanted, dict) and bool(wanted.get("enable_identity_key_check"))


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


def take_in(simulator: Simulator, customer: Customer, message: Message, referral: bool) -> None:
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
    elif message.type == "revoke":
        take_back(simulator, str(message.content.get("original_message_id")))
    elif message.type in {"edit", "unsupported"} and (
        message.type == "edit" or message.content.get("type") == "edit"
    ):
        store.messages.setdefault(message.wamid, message)
    elif message.wamid not in store.messages:
        store.add_message(message)
        simulator.hub.publish(
            {"type": "message", "message": message_json(store, message)}, customer.id
        )
    publish_customer(simulator, customer)


def take_back(simulator: Simulator, wamid: str) -> None:
    """A message is deleted for everyone on the phone; whether it is told is another matter."""
    target = simulator.store.messages.get(wamid)
    if target is not None:
        target.revoked = True
        event = {"type": "message", "message": message_json(simulator.store, target)}
        simulator.hub.publish(event, target.customer_id)
        simulator.store.touch()


def tick(simulator: Simulator, wamid: str) -> None:
    """The helpdesk has the message: the customer's second tick."""
    message = simulator.store.messages.get(wamid)
    if message is not None and message.customer_id and message.status == "sent":
        message.status = "delivered"
        simulator.store.touch()
        if not on_phone(message):
            return
        event = {"type": "message", "message": message_json(simulator.store, message)}
        simulator.hub.publish(event, message.customer_id)
        simulator.store.touch()


def publish_customer(simulator: Simulator, customer: Customer) -> None:
    """Tell open phones how the customer (and the window) stands now."""
    event = {"type": "customer", "customer": customer_json(simulator.store, customer)}
    simulator.hub.publish(event, customer.id)
