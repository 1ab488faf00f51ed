"""`/control/…`: the strings that tests and the phone's page pull. See docs/simulator.md."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator import graph_templates, jsonio, wire
from simulator.clock import Clock, moment_of
from simulator.core import Simulator, simulator_of
from simulator.delivery import Attempt
from simulator.errors import CATALOG
from simulator.faults import FaultError
from simulator.ids import digits_of, new_wamid, user_id_of
from simulator.inbound import (
    learn,
    publish_customer,
    tick,
    write,
)
from simulator.models import Customer, Message
from simulator.people import SWITCHES, InboundError, customer_from, introduce
from simulator.view import customer_json

Json = dict[str, Any]
Control = Callable[[Simulator, Json], Awaitable[Json]]


MOST_AT_ONCE = 1000
FARTHEST_S = 20 * 366 * 86400.0
_CLOCK: dict[tuple[str, ...], Callable[[Clock, float], None]] = {
    ("offset_s", "offset"): Clock.set_offset,
    ("now",): Clock.set_now,
    ("advance_s", "advance", "shift_s", "shift", "seconds"): Clock.advance,
}


class ControlError(ValueError):
    """A control that cannot be understood; answered with 400 and its text."""


# --- inbound --------------------------------------------------------------------------------------


async def inbound(request: Request) -> Response:
    """`POST /control/inbound`: a whole payload as it is, or shorthand. Waits for the first try."""
    simulator = simulator_of(request)
    raw = await request.body()
    try:
        body = jsonio.parse(raw)
    except ValueError:
        body = None
    try:
        if isinstance(body, dict) and not _is_payload(body):
            if "type" not in body and isinstance(body.get("payload"), (dict, str)):
                return await _deliver_raw(simulator, _bytes_of(body["payload"]), body)
            rows = body.get("messages")
            shorthand = [{**body, **row} for row in rows] if isinstance(rows, list) else [body]
            return await _deliver_shorthand(simulator, shorthand * _repeat(body))
        if (
            isinstance(body, list)
            and body
            and all(isinstance(each, dict) and not _is_payload(each) for each in body)
        ):
            return await _deliver_shorthand(simulator, body)
        return await _deliver_raw(simulator, raw, body)
    except (InboundError, ValueError, TypeError) as error:
        return JSONResponse({"error": str(error)}, status_code=400)


def _repeat(body: Json) -> int:
    times = float(body.get("repeat") or 1)
    if not 1 <= times <= MOST_AT_ONCE:
        raise ControlError(f"`repeat` must be a number from 1 to {MOST_AT_ONCE}")
    return int(times)


def _is_payload(body: Json) -> bool:
    return "entry" in body or "object" in body


def _bytes_of(payload: Json | str) -> bytes:
    return payload.encode() if isinstance(payload, str) else json.dumps(payload).encode()


async def _deliver_raw(simulator: Simulator, raw: bytes, body: Any) -> Response:
    payload = body.get("payload", body) if isinstance(body, dict) else body
    wamids = learn(simulator, payload) if isinstance(payload, dict) else []
    attempt = await simulator.deliverer.send_raw(raw, _label_of(payload))
    return JSONResponse(_outcome(wamids, [attempt], None))


def _label_of(payload: Any) -> str:
    try:
        change = payload["entry"][0]["changes"][0]
        if change["field"] != "messages":
            return str(change["field"])
        value = change["value"]
        if "messages" in value:
            return f"messages.{value['messages'][0].get('type')}"
        return f"statuses.{value['statuses'][0].get('status')}" if "statuses" in value else "errors"
    except (KeyError, IndexError, TypeError, AttributeError):
        return "raw"


async def _deliver_shorthand(simulator: Simulator, rows: list[Json]) -> Response:
    written = [write(simulator, row) for row in rows]
    futures = [
        simulator.deliverer.send_changes([each.change], each.label, _note(each.change))
        for each in written
    ]
    attempts = await asyncio.gather(*futures)
    for each, attempt in zip(written, attempts, strict=True):
        if each.wamid is not None and attempt.delivered:
            tick(simulator, each.wamid)
    wamids = [each.wamid for each in written if each.wamid is not None]
    return JSONResponse(_outcome(wamids, list(attempts), written[0].customer))


def _note(change: Json) -> str:
    """A few words of the message, for the log beside the phone."""
    message = (change["value"].get("messages") or [{}])[0]
    text = message.get("text")
    return str(text.get("body", ""))[:40] if isinstance(text, dict) else ""


def _outcome(wamids: list[str], attempts: list[Attempt], customer: Customer | None) -> Json:
    worst = next((each for each in attempts if not each.delivered), attempts[0])
    answer: Json = {
        "wamid": wamids[0] if wamids else None,
        "wamids": wamids,
        "delivered": worst.delivered,
        "status": worst.status,
        "ms": worst.ms,
    }
    if worst.error:
        answer["error"] = worst.error
    if customer is not None:
        answer |= {"customer": customer.id, "user_id": customer.user_id}
    return answer


# --- the other controls ---------------------------------------------------------------------------


async def change_clock(simulator: Simulator, body: Json) -> Json:
    """`POST /control/clock`: offset_s, advance_s, now or reset."""
    clock = simulator.store.clock
    fresh = Clock(clock.offset_s)
    if body.get("reset"):
        fresh.offset_s = 0.0
    for names, act in _CLOCK.items():
        for value in (body[name] for name in names if name in body):
            act(fresh, moment_of(value) if names == ("now",) else float(value))
    if not any(name in body for names in (*_CLOCK, ("reset",)) for name in names):
        raise ControlError("give offset_s, advance_s, now or reset")
    if not abs(fresh.offset_s) < FARTHEST_S:
        raise ControlError("the clock moves at most twenty years")
    clock.offset_s = fresh.offset_s
    simulator.store.touch()
    simulator.hub.publish({"type": "clock", "clock": clock.as_json()})
    return clock.as_json()


async def change_faults(simulator: Simulator, body: Json) -> Json:
    """`POST /control/faults`: merged into what is switched; `{}` or `{"clear": true}` ends all."""
    faults = simulator.store.faults
    if not body or body.pop("clear", False) or body.pop("reset", False):
        fresh = type(faults)(throughput_per_s=simulator.config.throughput_per_s)
        simulator.store.faults = faults = fresh
    faults.change(body)
    released = 0 if faults.hold_statuses else simulator.lifecycle.release_held()
    simulator.hub.publish({"type": "faults", "faults": faults.as_json()})
    return faults.as_json() | {"held": simulator.lifecycle.held, "released": released}


async def mark_read(simulator: Simulator, body: Json) -> Json:
    """`POST /control/read`: the customer reads the chat (up to `wamid`); `played` for voice."""
    wamid = body.get("wamid")
    message = simulator.store.messages.get(str(wamid)) if wamid else None
    if message is not None and message.customer_id:
        customer = simulator.store.customers[message.customer_id]
    else:
        customer = customer_from(simulator.store, body)
    if body.get("played") and message is not None:
        simulator.lifecycle.report(message, "played")
        return {"read": 0, "played": 1}
    up_to = str(wamid) if wamid else None
    return {"read": simulator.lifecycle.read_chat(customer, up_to, force=True), "played": 0}


async def change_customer(simulator: Simulator, body: Json) -> Json:
    """`POST /control/customers`: make or change one; `new_phone` moves them to another number."""
    if "customers" in body:
        made = introduce(simulator.store, body["customers"])
        simulator.hub.publish({"type": "customers"})
        return {"customers": [customer_json(simulator.store, each) for each in made]}
    customer = introduce(simulator.store, [body])[0]
    if "id" in body and body["id"] not in simulator.store.customers and not customer.preset:
        simulator.store.customers.pop(customer.id)
        customer.id = str(body["id"])
        simulator.store.customers[customer.id] = customer
    for switch in SWITCHES:
        if switch in body:
            set_switch(simulator, customer, switch, bool(body[switch]))
    answer = customer_json(simulator.store, customer)
    if body.get("new_phone"):
        answer["delivered"] = (await _change_number(simulator, customer, body)).delivered
        answer |= customer_json(simulator.store, customer)
    publish_customer(simulator, customer)
    simulator.hub.publish({"type": "customers"})
    simulator.store.touch()
    return answer


def set_switch(simulator: Simulator, customer: Customer, switch: str, on: bool) -> None:
    """One of the switches beside the phone, with what follows from it."""
    setattr(customer, switch, on)
    if switch == "online" and on:
        simulator.lifecycle.came_online(customer)
        if simulator.hub.chat_is_open(customer.id):
            simulator.lifecycle.read_chat(customer)
    if switch == "hide_phone" and on:
        customer.phone_used.clear()
    simulator.store.touch()


async def _change_number(simulator: Simulator, customer: Customer, body: Json) -> Attempt:
    new = digits_of(str(body["new_phone"]))
    if new is None or simulator.store.find_customer(new) is not None:
        raise ControlError("`new_phone` must be a phone number nobody has")
    old, previous = customer.wa_id, customer.user_id
    customer.wa_id, customer.user_id = new, user_id_of(new)
    number_id = simulator.config.phone_number_id
    wamid = new_wamid(old or previous, from_business=False)
    entry: Json = {
        "from": old, "id": wamid, "timestamp": simulator.store.clock.stamp(), "type": "system",
        "system": {
            "body": f"User {customer.name} changed from {old} to {new}", "wa_id": new,
            "user_id": customer.user_id, "previous_user_id": previous,
            "type": "user_changed_number",
        },
    }  # fmt: skip
    change = {
        "value": wire.value(simulator.store, number_id, messages=[entry]),
        "field": "messages",
    }
    return await simulator.deliverer.send_changes([change], "messages.system")


async def change_template(simulator: Simulator, body: Json) -> Json:
    """`POST /control/templates`: Meta decides: name, language, status, reason."""
    template = simulator.store.find_template(str(body.get("name")), str(body.get("language", "de")))
    if template is None:
        raise ControlError("no such template: give name and language")
    template.status = str(body.get("status", "APPROVED")).upper()
    template.rejected_reason = str(body.get("reason", "NONE"))
    if body.get("category"):
        template.category = str(body["category"]).upper()
    simulator.store.touch()
    change = graph_templates.status_change(template, template.status, template.rejected_reason)
    attempt = await simulator.deliverer.send_changes([change], "message_template_status_update")
    return graph_templates.template_json(template) | {"delivered": attempt.delivered}


async def reset(simulator: Simulator, _body: Json) -> Json:
    """`POST /control/reset`: back to the presets."""
    simulator.reset()
    return {"reset": True}


# --- reading --------------------------------------------------------------------------------------


def outbox_json(message: Message) -> Json:
    """One accepted message as `GET /control/outbox` shows it."""
    return {
        "wamid": message.wamid,
        "to": message.to,
        "recipient": message.recipient,
        "type": message.type,
        "payload": message.payload,
        "biz_opaque_callback_data": message.biz_opaque_callback_data,
        "accepted_at": message.timestamp,
        "status": message.status,
        "error_code": (message.error or {}).get("code"),
        "outside_window": message.outside_window,
        "customer": message.customer_id,
        "phone_number_id": message.phone_number_id,
    }


async def outbox(request: Request) -> Response:
    """`GET /control/outbox`, narrowed by any of its columns (`?to=…`)."""
    simulator = simulator_of(request)
    rows = [outbox_json(message) for message in simulator.store.outbound()]
    for name, wanted in request.query_params.items():
        rows = [row for row in rows if str(row.get(name, "")) == wanted.lstrip("+")]
    callbacks = [row["biz_opaque_callback_data"] for row in rows]
    return JSONResponse(
        {
            "messages": rows,
            "counts": Counter(each for each in callbacks if each is not None),
            "outside_window": simulator.store.outside_window,
            "refused": simulator.store.refused[-1000:],
            "reads": list(simulator.store.reads),
            "webhooks_on_the_way": simulator.deliverer.on_the_way,
            "statuses_held": simulator.lifecycle.held,
        }
    )


async def show_clock(request: Request) -> Response:
    """`GET /control/clock`."""
    return JSONResponse(simulator_of(request).store.clock.as_json())


async def show_faults(request: Request) -> Response:
    """`GET /control/faults`."""
    simulator = simulator_of(request)
    return JSONResponse(
        simulator.store.faults.as_json()
        | {"held": simulator.lifecycle.held, "codes": sorted(CATALOG)}
    )


async def show_customers(request: Request) -> Response:
    """`GET /control/customers`."""
    store = simulator_of(request).store
    return JSONResponse({"customers": [customer_json(store, c) for c in store.customers.values()]})


async def health(request: Request) -> Response:
    """`GET /healthz`: alive, and whether the helpdesk answered the handshake."""
    simulator = simulator_of(request)
    return JSONResponse({"status": "ok", "webhook_verified": simulator.deliverer.verified})


def _control(action: Control) -> Callable[[Request], Awaitable[Response]]:
    async def view(request: Request) -> Response:
        raw = await request.body()
        try:
            body = jsonio.parse(raw) if raw.strip() else {}
            if not isinstance(body, dict):
                raise ControlError("the body must be a JSON object")
            return JSONResponse(await action(simulator_of(request), body))
        except (ControlError, FaultError, InboundError, ValueError, TypeError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)

    return view


async def _clear_faults(simulator: Simulator, _body: Json) -> Json:
    return await change_faults(simulator, {"clear": True})


def routes() -> list[Route]:
    """All controls."""
    posts: list[tuple[str, Control, Callable[[Request], Awaitable[Response]] | None]] = [
        ("clock", change_clock, show_clock),
        ("faults", change_faults, show_faults),
        ("customers", change_customer, show_customers),
        ("read", mark_read, None),
        ("templates", change_template, None),
        ("reset", reset, None),
    ]
    found = [
        Route("/healthz", health, methods=["GET"]),
        Route("/control/inbound", inbound, methods=["POST"]),
        Route("/control/outbox", outbox, methods=["GET"]),
        Route("/control/faults", _control(_clear_faults), methods=["DELETE"]),
    ]
    for name, action, show in posts:
        found.append(Route(f"/control/{name}", _control(action), methods=["POST"]))
        if show is not None:
            found.append(Route(f"/control/{name}", show, methods=["GET"]))
    return found
