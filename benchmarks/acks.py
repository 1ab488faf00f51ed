"""Webhook acknowledgements per second beside a bare handler, and how fast they become messages."""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from statistics import median

import psutil

from benchmarks import bare, webhooks
from benchmarks.load import Load, hammer
from benchmarks.place import (
    PROJECT_DIR,
    Place,
    TookTooLong,
    free_port,
    place_with_servers,
    wait_until_nonzero,
    wait_until_zero,
)
from helpdesk.supervisor import procfile

REQUESTS = {"daphne": 1500, "uvicorn": 4000}
WARM_UP = 200
ROUNDS = 3
CUSTOMERS = 200
DRAIN_S = 20.0
START_TIMEOUT_S = 30.0
PENDING = "SELECT count(*) FROM whatsapp_webhookevent WHERE state = 'pending'"
DONE = "SELECT count(*) FROM whatsapp_webhookevent WHERE processed_at IS NOT NULL"
# One webhook is one message here.
SPEED = (
    "SELECT count(*), extract(epoch FROM max(processed_at) - min(processed_at)) "
    "FROM whatsapp_webhookevent WHERE state = 'processed'"
)
HELPDESK = "helpdesk.asgi:application"
BARE = "benchmarks.bare:application"


def serve(
    place: Place, server: str, application: str, port: int
) -> AbstractContextManager[psutil.Process]:
    """`application` behind daphne (the default) or uvicorn (the drop-in), one process."""
    if server == "daphne":
        return place.process("daphne", "-v0", "-b", "127.0.0.1", "-p", str(port), application)
    options = ("--log-level", "warning", "--no-access-log", "--ws", "websockets-sansio")
    return place.process(
        "uvicorn", "--host", "127.0.0.1", "--port", str(port), *options, application
    )


def measure() -> dict[str, object]:
    """Per server: acks per second of both, and their ratio; then the draining of what came in."""
    results: dict[str, object] = {}
    with place_with_servers() as place:
        with place.database() as connection:
            connection.execute(bare.TABLE.encode())
        for server, count in REQUESTS.items():
            results[server] = _compare(place, server, count)
        results["drain"] = drain(place)
    return results


def _compare(place: Place, server: str, count: int) -> dict[str, float]:
    """In turns, so that both see the same machine; the medians count."""
    ports = {BARE: free_port(), HELPDESK: place.port}
    rates: dict[str, list[float]] = {BARE: [], HELPDESK: []}
    with (
        serve(place, server, BARE, ports[BARE]),
        serve(place, server, HELPDESK, ports[HELPDESK]),
    ):
        for port in ports.values():
            place.wait_for(f"http://127.0.0.1:{port}/healthz")
            answered(hammer(port, webhooks.requests_for(WARM_UP, CUSTOMERS)))
        for _ in range(ROUNDS):
            for application, port in ports.items():
                load = hammer(port, webhooks.requests_for(count // ROUNDS, CUSTOMERS))
                rates[application].append(answered(load).per_second)
    helpdesk, plain = median(rates[HELPDESK]), median(rates[BARE])
    return {"acks_per_s": helpdesk, "bare_per_s": plain, "ratio": helpdesk / plain}


def answered(load: Load) -> Load:
    """The load, if every request was answered with 200."""
    if set(load.statuses) != {200}:
        raise RuntimeError(f"not only 200: {dict(load.statuses)}")
    return load


def drain(place: Place) -> dict[str, float]:
    """Start the worker on the backlog; messages per second until none waits or time is up."""
    types = {one.name: one for one in procfile.read(PROJECT_DIR / "Procfile")}
    worker = types["worker-inbound"].arguments(place.environment)
    beat = types["beat"].arguments(place.environment)
    with place.database() as connection:
        with place.process(*worker), place.process(*beat):
            wait_until_nonzero(connection, DONE, START_TIMEOUT_S)
            with suppress(TookTooLong):
                wait_until_zero(connection, PENDING, DRAIN_S)
        row = connection.execute(SPEED.encode()).fetchone()
    assert row is not None
    messages, seconds = int(row[0]), float(row[1])
    return {"messages": messages, "seconds": seconds, "rows_per_s": messages / seconds}
