"""Marking as read, with or without a typing indicator."""

from __future__ import annotations

from typing import Any

from simulator.core import Simulator
from simulator.errors import GraphError
from simulator.outcome import Outcome
from simulator.view import message_json

Json = dict[str, Any]
READABLE_S = 30 * 86400.0
TYPING_S = 25.0


def mark_read(simulator: Simulator, number_id: str, body: Json) -> Outcome:
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
    if store.clock.now() - message.timestamp > READABLE_S:
        raise GraphError(131009, "The message is older than 30 days.")
    store.reads.append({"wamid": wamid, "at": store.clock.now(), "typing": typing is not None})
    for each in store.chat(message.customer_id):
        if (
            each.direction == "inbound"
            and each.status != "read"
            and (each.phone_number_id == number_id)
        ):
            each.status = "read"
            shown = {"type": "message", "message": message_json(store, each)}
            simulator.hub.publish(shown, message.customer_id)
        if each.wamid == wamid:
            break
    if typing is not None:
        event: Json = {"type": "typing", "on": True, "for_s": TYPING_S}
        simulator.hub.publish(event, message.customer_id)
    store.touch()
    return Outcome({"success": True}, f"{'typing' if typing else 'read'} · …{wamid[-10:-4]}")
