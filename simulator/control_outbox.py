"""`GET /control/outbox`: what the business sent, whole, narrowed, or line by line."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from simulator.core import Simulator, simulator_of
from simulator.models import Message

Json = dict[str, Any]
PIECE = 500
COLUMNS: dict[str, Callable[[Message], Any]] = {
    "wamid": lambda m: m.wamid,
    "to": lambda m: m.to,
    "recipient": lambda m: m.recipient,
    "type": lambda m: m.type,
    "payload": lambda m: m.payload,
    "biz_opaque_callback_data": lambda m: m.biz_opaque_callback_data,
    "accepted_at": lambda m: m.timestamp,
    "status": lambda m: m.status,
    "error_code": lambda m: (m.error or {}).get("code"),
    "outside_window": lambda m: m.outside_window,
    "customer": lambda m: m.customer_id,
    "phone_number_id": lambda m: m.phone_number_id,
    "pricing_type": lambda m: m.pricing_type,
    "pricing_category": lambda m: m.pricing_category,
}
_OPTIONS = {"fields", "format", "after", "limit", "messages"}


async def outbox(request: Request) -> Response:
    """Narrowed by any of its columns (`?to=…`); `fields`, `after`, `limit`, `format=jsonl`."""
    simulator, query = simulator_of(request), request.query_params
    fields = [name for name in query.get("fields", "").split(",") if name] or list(COLUMNS)
    unknown = sorted(set(fields) - set(COLUMNS))
    if unknown:
        return JSONResponse({"error": f"unknown fields: {', '.join(unknown)}"}, status_code=400)
    try:
        after, limit = int(query.get("after", "0")), int(query.get("limit", "-1"))
    except ValueError:
        return JSONResponse({"error": "after and limit must be numbers"}, status_code=400)
    found = list(simulator.store.outbound())
    for name, wanted in query.items():
        if name not in _OPTIONS:
            column = COLUMNS.get(name)
            found = [m for m in found if column and str(column(m) or "") == wanted.lstrip("+")]
    page = found[after : after + limit if limit >= 0 else None]
    columns = [(name, COLUMNS[name]) for name in fields]
    if query.get("format") == "jsonl":
        return StreamingResponse(_lines(page, columns), media_type="application/x-ndjson")
    counts = Counter(
        m.biz_opaque_callback_data for m in found if m.biz_opaque_callback_data is not None
    )
    answer: Json = summary(simulator) | {
        "total": len(found),
        "counts": counts,
        "more_than_once": {key: number for key, number in counts.items() if number > 1},
    }
    if query.get("messages") not in {"false", "0", "no"}:
        answer["messages"] = [{name: get(m) for name, get in columns} for m in page]
    return JSONResponse(answer)


def summary(simulator: Simulator) -> Json:
    """The counters of the whole run."""
    return {
        "outside_window": simulator.store.outside_window,
        "refused": simulator.store.refused[-1000:],
        "refused_total": len(simulator.store.refused),
        "reads": list(simulator.store.reads),
        "webhooks_on_the_way": simulator.deliverer.on_the_way,
        "statuses_held": simulator.lifecycle.held,
        "fates_open": simulator.lifecycle.open,
    }


async def _lines(
    page: list[Message], columns: list[tuple[str, Callable[[Message], Any]]]
) -> AsyncIterator[str]:
    for start in range(0, len(page), PIECE):
        rows = ({name: get(m) for name, get in columns} for m in page[start : start + PIECE])
        yield "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        await asyncio.sleep(0)
