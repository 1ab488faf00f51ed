"""`POST /control/inbound`: customers write, one or thousands at a time."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulator import jsonio
from simulator.control_parts import ControlError
from simulator.core import Simulator, simulator_of
from simulator.delivery import Attempt
from simulator.inbound import Written, tick, write
from simulator.learn import learn
from simulator.models import Customer

Json = dict[str, Any]
MOST_AT_ONCE = 20_000
MOST_IN_A_BODY = 1000
PIECE = 100  # messages made before others get their turn


async def inbound(request: Request) -> Response:
    """A whole payload as it is, or shorthand. Waits for the first try unless `wait` is false."""
    simulator = simulator_of(request)
    raw = await request.body()
    try:
        body = jsonio.parse(raw)
    except ValueError:
        body = None
    wait = request.query_params.get("wait") not in {"false", "0", "no"}
    try:
        if isinstance(body, dict) and not _is_payload(body):
            wait = wait and body.get("wait") is not False
            if "type" not in body and isinstance(body.get("payload"), (dict, str)):
                return await _deliver_raw(simulator, _bytes_of(body["payload"]), body, wait)
            rows = body.get("messages")
            shared = {name: value for name, value in body.items() if name != "messages"}
            shorthand = [{**shared, **row} for row in rows] if isinstance(rows, list) else [body]
            together = int(body.get("per_webhook") or 1)
            return await _deliver_shorthand(simulator, shorthand * _repeat(body), wait, together)
        if (
            isinstance(body, list)
            and body
            and all(isinstance(each, dict) and not _is_payload(each) for each in body)
        ):
            together = int(request.query_params.get("per_webhook") or 1)
            return await _deliver_shorthand(simulator, body, wait, together)
        return await _deliver_raw(simulator, raw, body, wait)
    except (ValueError, TypeError) as error:
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


async def _deliver_raw(simulator: Simulator, raw: bytes, body: Any, wait: bool) -> Response:
    payload = body.get("payload", body) if isinstance(body, dict) else body
    wamids = learn(simulator, payload) if isinstance(payload, dict) else []
    future = simulator.deliverer.send_raw(raw, _label_of(payload))
    if not wait:
        return JSONResponse({"accepted": 1, "wamids": wamids})
    return JSONResponse(_outcome(wamids, [await future], None))


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


async def _deliver_shorthand(
    simulator: Simulator, rows: list[Json], wait: bool, together: int
) -> Response:
    if not rows:
        raise ControlError("there is no message")
    if len(rows) > MOST_AT_ONCE:
        raise ControlError(f"at most {MOST_AT_ONCE} messages at once")
    if not 1 <= together <= MOST_IN_A_BODY:
        raise ControlError(f"`per_webhook` must be a number from 1 to {MOST_IN_A_BODY}")
    written: list[Written] = []
    futures: list[asyncio.Future[Attempt]] = []
    for start in range(0, len(rows), PIECE):
        part = [write(simulator, row) for row in rows[start : start + PIECE]]
        written += part
        if together == 1:
            futures += [_send(simulator, [each]) for each in part]
        if len(rows) > PIECE:
            await asyncio.sleep(0)
    if together > 1:
        groups = itertools.groupby(enumerate(written), lambda pair: pair[0] // together)
        futures = [_send(simulator, [each for _, each in group]) for _, group in groups]
    wamids = [each.wamid for each in written if each.wamid is not None]
    if not wait:
        return JSONResponse({"accepted": len(written), "wamids": wamids})
    attempts = await asyncio.gather(*futures)
    return JSONResponse(_outcome(wamids, list(attempts), written[0].customer))


def _send(simulator: Simulator, group: list[Written]) -> asyncio.Future[Attempt]:
    """One webhook; the customers' ticks turn once the helpdesk has it."""
    label = group[0].label if len(group) == 1 else f"{group[0].label} × {len(group)}"
    future = simulator.deliverer.send_changes(
        [each.change for each in group], label, _note(group[0].change), key=group[0].key
    )

    def arrived(done: asyncio.Future[Attempt]) -> None:
        if not done.cancelled() and done.result().delivered:
            for each in group:
                if each.wamid is not None:
                    tick(simulator, each.wamid)

    future.add_done_callback(arrived)
    return future


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
