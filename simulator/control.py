"""`/control/…`: the strings that tests and the phone's page pull. See docs/simulator.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator import review
from simulator.clock import Clock, moment_of
from simulator.control_business_app import call, echo, history, state_sync
from simulator.control_inbound import inbound
from simulator.control_numbers import (
    change_account,
    change_business_number,
    number_control_json,
    send_webhook,
)
from simulator.control_outbox import outbox
from simulator.control_parts import Control, ControlError, View, view_of
from simulator.control_templates import change_template
from simulator.core import Simulator, simulator_of
from simulator.error_catalog import NAMES
from simulator.graph_numbers import waba_json
from simulator.inbound import publish_customer
from simulator.models import Customer
from simulator.moves import change_number, rotate_user_id
from simulator.people import SWITCHES, customer_from, introduce
from simulator.view import customer_json

Json = dict[str, Any]
FARTHEST_S = 20 * 366 * 86400.0
_CLOCK: dict[tuple[str, ...], Callable[[Clock, float], None]] = {
    ("offset_s", "offset"): Clock.set_offset,
    ("now",): Clock.set_now,
    ("advance_s", "advance", "shift_s", "shift", "seconds"): Clock.advance,
}


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
    review.settle(simulator)
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


async def change_chaos(simulator: Simulator, body: Json) -> Json:
    """`POST /control/chaos`: seed, level, rates; `{}` or `{"off": true}` ends it."""
    simulator.store.chaos.change(body)
    return simulator.store.chaos.as_json()


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
        simulator.store.index(customer)
    for switch in SWITCHES:
        if switch in body:
            set_switch(simulator, customer, switch, bool(body[switch]))
    answer = customer_json(simulator.store, customer)
    if body.get("new_phone"):
        answer["delivered"] = await change_number(simulator, customer, str(body["new_phone"]))
        answer |= customer_json(simulator.store, customer)
    if body.get("rotate_user_id"):
        answer["delivered"] = await rotate_user_id(simulator, customer)
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


async def reset(simulator: Simulator, _body: Json) -> Json:
    """`POST /control/reset`: back to the presets."""
    simulator.reset()
    return {"reset": True}


# --- reading --------------------------------------------------------------------------------------


async def show_clock(request: Request) -> Response:
    """`GET /control/clock`."""
    return JSONResponse(simulator_of(request).store.clock.as_json())


async def show_faults(request: Request) -> Response:
    """`GET /control/faults`."""
    simulator = simulator_of(request)
    return JSONResponse(
        simulator.store.faults.as_json()
        | {
            "held": simulator.lifecycle.held,
            "codes": sorted(NAMES),
            "names": {name: code for code, name in NAMES.items()},
        }
    )


async def show_chaos(request: Request) -> Response:
    """`GET /control/chaos`."""
    return JSONResponse(simulator_of(request).store.chaos.as_json())


async def show_numbers(request: Request) -> Response:
    """`GET /control/numbers`."""
    simulator = simulator_of(request)
    numbers = simulator.store.numbers.values()
    return JSONResponse({"numbers": [number_control_json(simulator, each) for each in numbers]})


async def show_accounts(request: Request) -> Response:
    """`GET /control/accounts`."""
    simulator = simulator_of(request)
    accounts = simulator.store.accounts.values()
    return JSONResponse({"accounts": [waba_json(simulator, each) for each in accounts]})


async def show_customers(request: Request) -> Response:
    """`GET /control/customers`."""
    store = simulator_of(request).store
    return JSONResponse({"customers": [customer_json(store, c) for c in store.customers.values()]})


async def health(request: Request) -> Response:
    """`GET /healthz`: alive, and whether the helpdesk answered the handshake."""
    simulator = simulator_of(request)
    return JSONResponse({"status": "ok", "webhook_verified": simulator.deliverer.verified})


async def _clear_faults(simulator: Simulator, _body: Json) -> Json:
    return await change_faults(simulator, {"clear": True})


def routes() -> list[Route]:
    """All controls."""
    posts: list[tuple[str, Control, View | None]] = [
        ("clock", change_clock, show_clock),
        ("faults", change_faults, show_faults),
        ("chaos", change_chaos, show_chaos),
        ("numbers", change_business_number, show_numbers),
        ("accounts", change_account, show_accounts),
        ("webhook", send_webhook, None),
        ("echo", echo, None),
        ("history", history, None),
        ("state_sync", state_sync, None),
        ("calls", call, None),
        ("customers", change_customer, show_customers),
        ("read", mark_read, None),
        ("templates", change_template, None),
        ("reset", reset, None),
    ]
    found = [
        Route("/healthz", health, methods=["GET"]),
        Route("/control/inbound", inbound, methods=["POST"]),
        Route("/control/outbox", outbox, methods=["GET"]),
        Route("/control/faults", view_of(_clear_faults), methods=["DELETE"]),
    ]
    for name, action, show in posts:
        found.append(Route(f"/control/{name}", view_of(action), methods=["POST"]))
        if show is not None:
            found.append(Route(f"/control/{name}", show, methods=["GET"]))
    return found
