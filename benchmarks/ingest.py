"""How fast stored webhooks become messages: a backlog, and a steady stream with its lag.

The worker has both cores to share with whatever else a helpdesk needs for it: web server, database,
beat. Bodies are what customers send, one message in each or ten.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median, quantiles
from typing import Any

import psutil
import psycopg
import uvloop

from benchmarks import webhooks
from benchmarks.load import read_answer
from benchmarks.place import PROJECT_DIR, Place, wait_until_zero
from helpdesk.supervisor import procfile

PENDING = "SELECT count(*) FROM whatsapp_webhookevent WHERE state = 'pending'"
PER_BODY = (1, 10)
BACKLOG = 3000
CUSTOMERS = 600
STREAM_PER_S, STREAM_S = 1000, 9
STREAM_PER_BODY = 10
CONNECTIONS = 8
DRAIN_TIMEOUT_S = 240.0
_SPEED = """
    SELECT extract(epoch FROM max(processed_at) - %s::timestamptz), bool_and(state = 'processed')
    FROM whatsapp_webhookevent WHERE id > %s
"""
_LAGS = """
    SELECT extract(epoch FROM processed_at - received_at)::float FROM whatsapp_webhookevent
    WHERE id > %s ORDER BY id
"""


@contextmanager
def workers(place: Place) -> Iterator[psutil.Process]:
    """The inbound worker, and beat, which finds what nobody was told of; the worker."""
    types = {one.name: one for one in procfile.read(PROJECT_DIR / "Procfile")}
    command = types["worker-inbound"].arguments(place.environment)
    beat = types["beat"].arguments(place.environment)
    with place.process(*command) as worker, place.process(*beat):
        yield worker


def measure(place: Place) -> dict[str, Any]:
    """Messages per second from a backlog by messages per body, and the lag of a steady stream.

    A web server has to listen at the place's port.
    """
    figures: dict[str, Any] = {}
    with place.database() as database, workers(place) as worker:
        wait_until_zero(database, PENDING, DRAIN_TIMEOUT_S)
        _backlog(database, worker, 10)  # warm
        for per_body in PER_BODY:
            figures[f"backlog_{per_body}"] = _backlog(database, worker, per_body)
        figures["stream"] = _stream(place, database)
    return figures


def _newest(database: psycopg.Connection) -> int:
    row = database.execute("SELECT coalesce(max(id), 0) FROM whatsapp_webhookevent").fetchone()
    assert row is not None
    return int(row[0])


def _backlog(
    database: psycopg.Connection, worker: psutil.Process, per_body: int
) -> dict[str, float]:
    """Stop the worker, store what it has to do, and let it go."""
    worker.send_signal(signal.SIGSTOP)
    try:
        newest = _newest(database)
        with database.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO whatsapp_webhookevent (body) VALUES (%s)",
                [(body,) for body in webhooks.bodies(BACKLOG // per_body, per_body, CUSTOMERS)],
            )
        row = database.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None
    finally:
        worker.send_signal(signal.SIGCONT)
    wait_until_zero(database, PENDING, DRAIN_TIMEOUT_S)
    found = database.execute(_SPEED.encode(), [row[0], newest]).fetchone()
    assert found is not None
    if not found[1]:
        raise RuntimeError("not all webhooks were processed")
    return {
        "messages": BACKLOG,
        "seconds": float(found[0]),
        "rows_per_s": BACKLOG / float(found[0]),
    }


def _stream(place: Place, database: psycopg.Connection) -> dict[str, Any]:
    """A steady stream through the door: how long each body waited, and whether that grew."""
    newest = _newest(database)
    seconds = uvloop.run(_post_evenly(place))
    wait_until_zero(database, PENDING, DRAIN_TIMEOUT_S)
    lags = [row[0] for row in database.execute(_LAGS.encode(), [newest]).fetchall()]
    third = len(lags) // 3
    first, last = median(lags[:third]), median(lags[-third:])
    return {
        "messages_per_s": len(lags) * STREAM_PER_BODY / seconds,
        "asked_per_s": STREAM_PER_S,
        "p50_ms": median(lags) * 1000,
        "p99_ms": quantiles(lags, n=100)[98] * 1000,
        "first_third_ms": first * 1000,
        "last_third_ms": last * 1000,
        "is_flat": last < max(1.5 * first, 0.25),
    }


async def _post_evenly(place: Place) -> float:
    """Post as many bodies as planned, evenly; the seconds until all were acknowledged."""
    count = STREAM_PER_S * STREAM_S // STREAM_PER_BODY
    due: asyncio.Queue[bytes | None] = asyncio.Queue()
    posters = [asyncio.create_task(_poster(place, due)) for _ in range(CONNECTIONS)]
    requests = [
        webhooks.request(body) for body in webhooks.bodies(count, STREAM_PER_BODY, CUSTOMERS)
    ]
    started = time.perf_counter()
    for number, request in enumerate(requests):
        await asyncio.sleep(max(0.0, started + number / count * STREAM_S - time.perf_counter()))
        due.put_nowait(request)
    for _ in posters:
        due.put_nowait(None)
    await asyncio.gather(*posters)
    return time.perf_counter() - started


async def _poster(place: Place, due: asyncio.Queue[bytes | None]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
    try:
        while (request := await due.get()) is not None:
            writer.write(request)
            if (status := await read_answer(reader)) != 200:
                raise RuntimeError(f"a webhook was answered with {status}")
    finally:
        writer.close()
