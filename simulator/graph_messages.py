"""`POST /{version}/{phone_number_id}/messages`: send, mark as read, show typing."""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import json
import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from simulator.attached import with_headers, with_media
from simulator.checks import MEDIA_TYPES, check_envelope, check_message
from simulator.core import Simulator
from simulator.errors import GraphError, unknown_object
from simulator.faults import Target
from simulator.graph_reads import mark_read
from simulator.ids import BSUID, dialling_code, digits_of, new_wamid
from simulator.limits import check_tier
from simulator.models import Customer, Message, Number, Template
from simulator.outcome import Outcome
from simulator.send_checks import check_business_initiated, check_number, check_reaction_target
from simulator.template_checks import check_template
from simulator.view import message_json, template_view

Json = dict[str, Any]
log = logging.getLogger("simulator.messages")
AUTHENTICATION_TTL_S = 600.0


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


async def post_message(
    simulator: Simulator, number_id: str, version: int, raw: Any, *, marketing: bool = False
) -> Outcome:
    """Accept one request to /messages or /marketing_messages, or raise `GraphError`."""
    body = check_envelope(raw)
    number = simulator.store.numbers.get(number_id)
    if number is None:
        raise unknown_object(number_id, "post")
    if body.get("status") is not None or "typing_indicator" in body:
        return mark_read(simulator, number_id, body)
    address = _address(body)
    if simulator.store.faults.national_numbers and address.to is not None:
        address = _national(address, number)
    key = _request_key(body, address)
    struck = _harm(simulator, number_id, body, address, key)
    await asyncio.sleep(struck.get("delay_before_s", 0))
    if struck.get("drop_request") or struck.get("hang_request"):
        how = "hang" if struck.get("hang_request") else "close"
        return Outcome({}, f"{body.get('type', 'text')} · not accepted", how)
    try:
        raise_fault(struck)
        message = _accept(simulator, number, version, body, address, marketing=marketing)
    except GraphError as error:
        simulator.store.refused.append(
            {"code": error.code, "to": address.peer, "status": error.status,
             "biz_opaque_callback_data": body.get("biz_opaque_callback_data")}
        )  # fmt: skip
        raise
    message.key = key
    if message.content.get("link"):
        message.content["_problem"] = await _fetch_link(str(message.content["link"]))
    await _begin(simulator, message, struck)
    answer: Json = {"id": message.wamid}
    if message.type == "template":
        answer["message_status"] = (
            "held_for_quality_assessment" if message.status == "held" else "accepted"
        )
    note = f"{message.type} · …{message.wamid[-10:-4]}"
    contact = dict(address.answer)
    customer = simulator.store.customers.get(message.customer_id or "")
    if "wa_id" in contact and customer is not None and customer.wa_id:
        contact["wa_id"] = customer.wa_id  # the form WhatsApp knows, not the one dialled
    response = {
        "messaging_product": "whatsapp",
        "contacts": [contact],
        "messages": [answer],
    }
    await asyncio.sleep(struck.get("delay_s", 0))
    dropped = "hang" if struck.get("hang") else "close" if struck.get("drop_answer") else ""
    if struck.get("accepted_status"):
        failure = GraphError(131000, http_status=struck["accepted_status"])
        return Outcome(failure.body(), f"{note} · accepted nevertheless", "", failure.status)
    return Outcome(response, note, dropped)


async def _begin(simulator: Simulator, message: Message, struck: Json) -> None:
    """Let the message take its course, as the faults want it."""
    fate = (message, struck.get("fail_code"), struck.get("fail_after", "accepted"))
    if message.status == "held":
        return
    if "value_error_code" in struck:
        simulator.lifecycle.tell_errors(message, struck["value_error_code"])
    if struck.get("early_status"):
        await simulator.lifecycle.start_early(*fate)
    else:
        simulator.lifecycle.start(*fate)


def _national(address: Address, number: Number) -> Address:
    """As Meta's page has it: without a plus, the business number's country code comes first."""
    if str(address.answer["input"]).startswith("+") or address.trapped:
        return address
    to = f"{dialling_code(number.display_phone_number)}{address.to}"
    return Address(to, None, address.answer | {"wa_id": to})


def _request_key(body: Json, address: Address) -> str:
    """The same for the same request in every run, for the dice: ids of the sender stay out."""
    kind = str(body.get("type", "text"))
    text = f"{address.peer} {kind} {json.dumps(body.get(kind), sort_keys=True)}"
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _harm(simulator: Simulator, number_id: str, body: Json, address: Address, key: str) -> Json:
    """What faults and chaos do to this request."""
    store = simulator.store
    customer = store.find_recipient(address.to, address.recipient)
    names = {address.peer}
    if customer is not None:
        names |= {name for name in (customer.wa_id, customer.user_id, customer.id) if name}
    kind = str(body.get("type", "text"))
    rolled = store.chaos.occurrence(key) if store.faults.rules or store.chaos.on else key
    target = Target("messages", frozenset(names), number_id, kind, key)
    struck = store.faults.take(target, lambda word: store.chaos.dice(word, rolled))
    return store.chaos.request(key) | struck


def raise_fault(struck: Json) -> None:
    """Refuse as `POST /control/faults` asked for."""
    code, status = struck.get("error_code"), struck.get("http_status")
    if code is None and status is None:
        return
    if code is None and status is not None:
        usual = {401: 190, 403: 10, 429: 130429, 503: 131016, 500: 131000}
        code = usual.get(status, 131016 if status >= 500 else 100)
    raise GraphError(
        code or 0, http_status=status, retry_after_s=struck.get("retry_after_s"),
        html=bool(struck.get("html")),
    )  # fmt: skip


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
    simulator: Simulator, number: Number, version: int, body: Json, address: Address, *,
    marketing: bool,
) -> Message:  # fmt: skip
    store, now = simulator.store, simulator.store.clock.now()
    check_number(store, number)
    kind, content = check_message(body)
    template: Template | None = None
    sent: list[Json] = []
    if kind == "template":
        template, sent = check_template(store, content, number.waba_id)
    _check_kind(body, address, template, marketing=marketing)
    if kind in MEDIA_TYPES and content.get("id"):
        content = with_media(store, kind, content)
    elif kind in {"interactive", "template"}:
        content = with_headers(store, kind, content)
    customer, outside = _check_recipient(simulator, number, address, template, kind, content)
    category = "service"
    if template is not None:
        category = "marketing_lite" if marketing else template.category.lower()
    message = Message(
        wamid=new_wamid(address.peer, from_business=True),
        direction="outbound",
        phone_number_id=number.id,
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
        recipient_identity_key_hash=body.get("recipient_identity_key_hash"),
        api_version=version,
        category=category,
        outside_window=outside,
        silent=address.trapped,
    )
    message.events.append({"status": "accepted", "at": now})
    if category == "authentication":
        message.ttl_s = AUTHENTICATION_TTL_S
    if template is not None and template.held > 0:
        template.held -= 1
        message.status = "held"
        message.held_for = template.id
    store.add_message(message)
    if customer is not None:
        _show(simulator, message, customer)
    return message


def _check_kind(
    body: Json, address: Address, template: Template | None, *, marketing: bool
) -> None:
    """What a group, a user id and the marketing endpoint do not take."""
    if body.get("recipient_type") == "group":
        raise GraphError(131041)
    if template is not None and address.to is None and template.category == "AUTHENTICATION":
        raise GraphError(131062)
    if marketing and (template is None or template.category != "MARKETING"):
        raise GraphError(134100)


def _check_recipient(
    simulator: Simulator, number: Number, address: Address, template: Template | None, kind: str,
    content: Json,
) -> tuple[Customer | None, bool]:  # fmt: skip
    """Who gets it, and whether it is a free-form message outside the window. All limits count."""
    store, now = simulator.store, simulator.store.clock.now()
    if address.to == number.display_phone_number:
        raise GraphError(131021)
    allowed = store.faults.test_recipients
    if allowed is not None and address.peer not in allowed:
        raise GraphError(131030)
    customer = None if address.trapped else store.find_recipient(address.to, address.recipient)
    if kind == "reaction" and customer is not None:
        check_reaction_target(store, content, customer, now)
    closed = customer is not None and not store.window_is_open(customer, number.id)
    if closed:
        check_business_initiated(store, number)
    simulator.limits.check_send(number, address.peer, now, store.faults)
    outside = template is None and closed
    store.outside_window += outside
    if outside and store.faults.synchronous_131047:
        raise GraphError(131047)
    if customer is not None and closed and template is not None:
        check_tier(store.portfolio(number), customer.id, now, store.faults)
    return customer, outside


def _context(body: Json) -> Json | None:
    context = body.get("context")
    return {"id": context["message_id"]} if context else None


def _show(simulator: Simulator, message: Message, customer: Customer) -> None:
    """On the phone, unless WhatsApp will refuse it or the phone is off (then it waits there)."""
    if message.type != "reaction":
        simulator.store.note_answer(customer, message.phone_number_id)
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
