"""`POST /{version}/{phone_number_id}/messages`: send, mark as read, show typing."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from simulator.checks import MEDIA_TYPES, check_envelope, check_message
from simulator.core import Simulator
from simulator.errors import GraphError, unknown_object
from simulator.ids import BSUID, digits_of, new_wamid
from simulator.media_kinds import mismatch
from simulator.models import Customer, Message
from simulator.template_checks import check_template
from simulator.view import message_json, template_view

Json = dict[str, Any]
log = logging.getLogger("simulator.messages")
LINK_LIMIT = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to a request that was accepted; `dropped` says that it never arrives."""

    body: Json
    note: str
    dropped: str = ""  # "close" or "hang"


@dataclass(frozen=True, slots=True)
class Address:
    """Whom a send is for, as the request named them."""

    to: str | None
    recipient: str | None
    answer: Json  # the entry of `contacts` in the response
    trapped: bool = False  # a user id in `to`

    @property
    def peer(self) -> str:
        """One word for the recipient."""
        return self.to or self.recipient or ""


async def post_message(simulator: Simulator, number_id: str, version: int, raw: Any) -> Outcome:
    """Accept one request to /messages, or raise `GraphError`."""
    body = check_envelope(raw)
    if number_id not in simulator.store.numbers:
        raise unknown_object(number_id, "post")
    if body.get("status") is not None or "typing_indicator" in body:
        return _mark_read(simulator, number_id, body)
    address = _address(body)
    struck = simulator.store.faults.take("messages", {address.peer})
    await asyncio.sleep(struck.get("delay_before_s", 0))
    try:
        raise_fault(struck)
        message = _accept(simulator, number_id, version, body, address)
    except GraphError as error:
        simulator.store.refused.append(
            {"code": error.code, "to": address.peer, "status": error.status,
             "biz_opaque_callback_data": body.get("biz_opaque_callback_data")}
        )  # fmt: skip
        raise
    if message.content.get("link"):
        message.content["_problem"] = await _fetch_link(str(message.content["link"]))
    simulator.lifecycle.start(message, struck.get("fail_code"))
    answer: Json = {"id": message.wamid}
    if message.type == "template":
        answer["message_status"] = "accepted"
    note = f"{message.type} · …{message.wamid[-10:-4]}"
    response = {
        "messaging_product": "whatsapp",
        "contacts": [address.answer],
        "messages": [answer],
    }
    await asyncio.sleep(struck.get("delay_s", 0))
    dropped = "hang" if struck.get("hang") else "close" if struck.get("drop_answer") else ""
    return Outcome(response, note, dropped)


def raise_fault(struck: Json) -> None:
    """Refuse as `POST /control/faults` asked for."""
    code, status = struck.get("error_code"), struck.get("http_status")
    if code is not None:
        raise GraphError(code, http_status=status)
    if status is not None:
        usual = {401: 190, 403: 10, 429: 130429, 503: 131016, 500: 131000}
        raise GraphError(usual.get(status, 131016 if status >= 500 else 100), http_status=status)


def _address(body: Json) -> Address:
    to, recipient = body.get("to"), body.get("recipient")
    if not to and not recipient:
        raise GraphError(131008, "The parameter to is required.")
    for name, found in (("to", to), ("recipient", recipient)):
        if found is not None and not isinstance(found, str):
            raise GraphError(100, f"Param {name} must be a string.")
    if to:
        digits = digits_of(to)
        if digits is None and BSUID.match(to):
            # Meta strips the prefix and takes the rest for a phone number: 200, and then silence
            digits = "".join(c for c in to if c.isdigit())
            return Address(digits, None, {"input": to, "wa_id": digits}, trapped=True)
        if digits is None or not 5 <= len(digits) <= 20:
            raise GraphError(131009, "Param to is not a valid phone number.")
        return Address(digits, None, {"input": to, "wa_id": digits})
    assert isinstance(recipient, str)
    if not BSUID.match(recipient):
        raise GraphError(131009, "Param recipient is not a valid business-scoped user ID.")
    return Address(None, recipient, {"input": recipient, "user_id": recipient})


def _accept(
    simulator: Simulator, number_id: str, version: int, body: Json, address: Address
) -> Message:
    store, now = simulator.store, simulator.store.clock.now()
    kind, content = check_message(body)
    if body.get("recipient_type") == "group":
        raise GraphError(131009, "The group does not exist.")
    template = None
    if kind == "template":
        template, sent = check_template(store, content)
        if address.to is None and template.category == "AUTHENTICATION":
            raise GraphError(131062)
    if kind in MEDIA_TYPES and content.get("id"):
        media = store.find_media(str(content["id"]))
        if media is None:
            raise GraphError(131009, f"Param {kind}['id'] is not a valid media id.")
        content = {**content, "_problem": mismatch(kind, media), "mime_type": media.mime_type}
    if address.to == store.numbers[number_id].display_phone_number:
        raise GraphError(131021)
    allowed = store.faults.test_recipients
    if allowed is not None and address.peer not in allowed:
        raise GraphError(131030)
    simulator.limits.check_send(number_id, address.peer, now, store.faults)
    customer = None if address.trapped else store.find_recipient(address.to, address.recipient)
    outside = (
        template is None and customer is not None
        and not store.window_is_open(customer, number_id)
    )  # fmt: skip
    store.outside_window += outside
    if outside and store.faults.synchronous_131047:
        raise GraphError(131047)
    message = Message(
        wamid=new_wamid(address.peer, from_business=True),
        direction="outbound",
        phone_number_id=number_id,
        customer_id=customer.id if customer else None,
        type=kind,
        content=content,
        timestamp=now,
        context=_context(body),
        view=template_view(template, sent) if template else None,
        payload=body,
        biz_opaque_callback_data=body.get("biz_opaque_callback_data"),
        to=address.to,
        recipient=address.recipient,
        api_version=version,
        category=template.category.lower() if template else "service",
        outside_window=outside,
        silent=address.trapped,
    )
    store.add_message(message)
    if customer is not None:
        _show(simulator, message, customer)
    return message


def _context(body: Json) -> Json | None:
    context = body.get("context")
    return {"id": context["message_id"]} if context else None


def _show(simulator: Simulator, message: Message, customer: Customer) -> None:
    """On the phone, unless WhatsApp will refuse it or the phone is off (then it waits there)."""
    if message.to is not None:
        customer.phone_used[message.phone_number_id] = message.timestamp
    if message.type == "reaction":
        target = simulator.store.messages.get(str(message.content.get("message_id")))
        if target is not None and target.customer_id == customer.id:
            emoji = str(message.content.get("emoji") or "")
            target.reactions.pop("business", None)
            if emoji:
                target.reactions["business"] = emoji
            event = {"type": "message", "message": message_json(simulator.store, target)}
            simulator.hub.publish(event, customer.id)
        return
    simulator.hub.publish({"type": "typing", "on": False}, customer.id)


def _mark_read(simulator: Simulator, number_id: str, body: Json) -> Outcome:
    """Our side read a message: the customer's ticks turn. Typing implies it."""
    store = simulator.store
    wamid = body.get("message_id")
    if not isinstance(wamid, str) or not wamid:
        raise GraphError(131008, "The parameter message_id is required.")
    if body.get("status") != "read":
        raise GraphError(100, "Param status must be one of {READ}.")
    typing = body.get("typing_indicator")
    if typing is not None and (not isinstance(typing, dict) or typing.get("type") != "text"):
        raise GraphError(131009, "Param typing_indicator['type'] must be text.")
    message = store.messages.get(wamid)
    if message is None or message.direction != "inbound" or message.customer_id is None:
        raise GraphError(131009, "Param message_id is not a valid message id.")
    store.reads.append({"wamid": wamid, "at": store.clock.now(), "typing": typing is not None})
    for each in store.chat(message.customer_id):
        if (
            each.direction == "inbound"
            and each.status != "read"
            and (each.phone_number_id == number_id)
        ):
            each.status = "read"
            event = {"type": "message", "message": message_json(store, each)}
            simulator.hub.publish(event, message.customer_id)
        if each.wamid == wamid:
            break
    if typing is not None:
        simulator.hub.publish({"type": "typing", "on": True}, message.customer_id)
    store.touch()
    return Outcome({"success": True}, f"{'typing' if typing else 'read'} · …{wamid[-10:-4]}")


async def _fetch_link(link: str) -> str | None:
    """What is wrong with a media link. Only this machine is asked; elsewhere it is believed."""
    host = urlsplit(link).hostname or ""
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        return None
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            answer = await client.get(link)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"Downloading media from weblink failed: {type(error).__name__}"
    if answer.status_code != 200:
        return f"Downloading media from weblink failed with http code {answer.status_code}"
    return None
