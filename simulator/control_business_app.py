"""Coexistence numbers and calls: what the business does on its own phone, told by webhook."""

from __future__ import annotations

import random
import secrets
from typing import Any

from simulator import wire
from simulator.control_parts import ControlError
from simulator.core import Simulator
from simulator.delivery import Attempt
from simulator.ids import new_wamid
from simulator.inbound import publish_customer, take_back
from simulator.models import Customer, Message, Number
from simulator.people import customer_from
from simulator.view import message_json

Json = dict[str, Any]
SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
ACTIONS = ("add", "edit", "remove")
_PAST = ("Guten Tag, fährt der RE 7 heute?", "Guten Tag, ja, planmäßig von Gleis 4.",
         "Danke!", "Gern geschehen.")  # fmt: skip
_random = random.SystemRandom()


def _number(simulator: Simulator, body: Json) -> Number:
    number_id = str(body.get("number") or body.get("phone_number_id")
                    or simulator.config.phone_number_id)  # fmt: skip
    number = simulator.store.numbers.get(number_id)
    if number is None:
        raise ControlError("no such number: make it with /control/numbers")
    return number


async def _send(
    simulator: Simulator, number: Number, field: str, label: str, **parts: Any
) -> Attempt:
    change = {"value": wire.value(simulator.store, number.id, **parts), "field": field}
    return await simulator.deliverer.send_changes([change], label)


def _contacts(customer: Customer) -> list[Json]:
    return [wire.contact(customer, show_phone=bool(customer.wa_id))]


async def echo(simulator: Simulator, body: Json) -> Json:
    """The business writes in its app (`text`), edits (`edit`) or takes back (`revoke`).

    Neither opens a window nor costs anything.
    """
    store, number = simulator.store, _number(simulator, body)
    to = {**body, "from": body.get("to") or body.get("from")}
    customer = customer_from(store, to)
    wamid = str(body.get("id") or new_wamid(customer.wa_id or customer.user_id, from_business=True))
    entry: Json = {"from": number.display_phone_number}
    if customer.wa_id:
        entry["to"] = customer.wa_id
    entry |= {"to_user_id": customer.user_id, "id": wamid, "timestamp": store.clock.stamp()}
    target = store.messages.get(str(body.get("edit") or body.get("revoke")))
    if body.get("revoke"):
        entry |= {"type": "revoke", "revoke": {"original_message_id": str(body["revoke"])}}
        take_back(simulator, str(body["revoke"]))
    elif body.get("edit"):
        inner = {"type": "text", "text": {"body": str(body.get("text", ""))}}
        edit = {"original_message_id": str(body["edit"]), "message": inner}
        entry |= {"type": "edit", "edit": edit}
        if target is not None:
            target.content, target.edited = {"body": str(body.get("text", ""))}, True
            _show(simulator, target)
    else:
        kind = str(body.get("type") or "text")
        content = body.get(kind)
        if not isinstance(content, dict):
            content = {"body": str(body.get("text") or "")}
        entry |= {"type": kind, kind: content}
        message = Message(
            wamid=wamid, direction="outbound", phone_number_id=number.id, customer_id=customer.id,
            type=kind, content=content, timestamp=store.clock.now(), status="read", echo=True,
        )  # fmt: skip
        store.add_message(message)
        _show(simulator, message)
    attempt = await _send(
        simulator, number, "smb_message_echoes", f"echo.{entry['type']}",
        contacts=_contacts(customer), message_echoes=[entry],
    )  # fmt: skip
    return {"wamid": wamid, "delivered": attempt.delivered, "status": attempt.status}


def _show(simulator: Simulator, message: Message) -> None:
    event = {"type": "message", "message": message_json(simulator.store, message)}
    simulator.hub.publish(event, message.customer_id)
    simulator.store.touch()


async def history(simulator: Simulator, body: Json) -> Json:
    """What was written before: `threads` or invented ones, in chunks without order; `declined`."""
    number = _number(simulator, body)
    if body.get("declined"):
        words = "History sync is turned off by the business from the WhatsApp Business App"
        error = {
            "code": 2593109, "title": words, "message": words,
            "error_data": {"details": "History sharing is turned off by the business"},
        }  # fmt: skip
        attempt = await _send(simulator, number, "history", "history.declined",
                              history=[{"errors": [error]}])  # fmt: skip
        return {"chunks": 1, "delivered": attempt.delivered}
    threads = body.get("threads") or _invented(simulator, number)
    size = max(1, int(body.get("threads_per_chunk") or 2))
    parts = [threads[start : start + size] for start in range(0, len(threads), size)]
    chunks = [
        {
            "metadata": {
                "phase": min(2, index * 3 // max(1, len(parts))),
                "chunk_order": index + 1,
                "progress": round(100 * (index + 1) / len(parts)),
            },
            "threads": part,
        }
        for index, part in enumerate(parts)
    ]
    _random.shuffle(chunks)
    attempts = [
        await _send(simulator, number, "history", "history", history=[chunk]) for chunk in chunks
    ]
    return {"chunks": len(chunks), "delivered": all(each.delivered for each in attempts)}


def _invented(simulator: Simulator, number: Number) -> list[Json]:
    """A few lines with every customer who has a number, some days ago."""
    now, threads = simulator.store.clock.now(), []
    for customer in simulator.store.customers.values():
        if customer.wa_id is None:
            continue
        messages = []
        for index, words in enumerate(_PAST):
            ours = index % 2 == 1
            message: Json = {
                "from": number.display_phone_number if ours else customer.wa_id,
                "id": new_wamid(customer.wa_id, from_business=ours),
                "timestamp": str(int(now - 5 * 86400 + index * 60)),
                "type": "text",
                "text": {"body": words},
                "history_context": {"status": "READ"},
            }
            if ours:
                message["to"] = customer.wa_id
            messages.append(message)
        threads.append({"id": customer.wa_id, "messages": messages})
    return threads


async def state_sync(simulator: Simulator, body: Json) -> Json:
    """The business adds, edits or removes a contact in its app."""
    number, customer = _number(simulator, body), customer_from(simulator.store, body)
    action = str(body.get("action") or "add")
    if action not in ACTIONS:
        raise ControlError(f"action must be one of {', '.join(ACTIONS)}")
    person: Json = {"phone_number": customer.wa_id or customer.user_id}
    if action != "remove":
        first = customer.name.split()[0]
        person = {"full_name": customer.name, "first_name": first} | person
    row = {
        "type": "contact", "contact": person, "action": action,
        "metadata": {"timestamp": simulator.store.clock.stamp()},
    }  # fmt: skip
    attempt = await _send(simulator, number, "smb_app_state_sync", f"state_sync.{action}",
                          state_sync=[row])  # fmt: skip
    return {"delivered": attempt.delivered, "status": attempt.status}


async def call(simulator: Simulator, body: Json) -> Json:
    """A customer calls: `connect`, then (after `duration_s`) `terminate`. It opens the window."""
    store, number = simulator.store, _number(simulator, body)
    customer, now = customer_from(store, body), store.clock.now()
    call_id = str(body.get("id") or f"wacid.{secrets.token_urlsafe(24)}")
    status = str(body.get("status") or "COMPLETED").upper()
    if status not in ("COMPLETED", "FAILED", "REJECTED", "MISSED"):
        raise ControlError("status must be COMPLETED, FAILED, REJECTED or MISSED")
    common: Json = {"id": call_id}
    if customer.wa_id:
        common["from"] = customer.wa_id
        customer.phone_used[number.id] = now
    common |= {"from_user_id": customer.user_id, "to": number.display_phone_number,
               "direction": "USER_INITIATED"}  # fmt: skip
    duration = int(body.get("duration_s") or 95)
    connect = common | {
        "event": "connect", "timestamp": str(int(now)),
        "session": {"sdp_type": "offer", "sdp": SDP},
    }  # fmt: skip
    end = common | {"event": "terminate", "timestamp": str(int(now) + duration), "status": status}
    if status == "COMPLETED":
        end |= {"start_time": str(int(now)), "end_time": str(int(now) + duration),
                "duration": duration}  # fmt: skip
    store.note_inbound(customer, number.id, now, referral=False)
    publish_customer(simulator, customer)
    attempts = [
        await _send(simulator, number, "calls", f"calls.{each['event']}",
                    contacts=_contacts(customer), calls=[each])
        for each in (connect, end)
    ]  # fmt: skip
    return {"id": call_id, "delivered": all(each.delivered for each in attempts)}
