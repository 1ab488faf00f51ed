"""Webhook acknowledgements per second beside a bare handler."""

from __future__ import annotations

from contextlib import AbstractContextManager
from statistics import median
from typing import Any

import psutil

from benchmarks import bare, webhooks
from benchmarks.load import Load, hammer
from benchmarks.place import Place, free_port

REQUESTS = {"daphne": 1500, "uvicorn": 4000}
WARM_UP = 200
ROUNDS = 3
CUSTOMERS = 200
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


def measure(place: Place) -> dict[str, Any]:
    """Per server: acks per second of both, and their ratio."""
    with place.database() as connection:
        connection.execute(bare.TABLE.encode())
    return {server: _compare(place, server, count) for server, count in REQUESTS.items()}


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
