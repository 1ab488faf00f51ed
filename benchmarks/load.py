"""A load generator: keep-alive connections that post the next request once the last is answered."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import uvloop

CONNECTIONS = 16
# On a slow machine fewer requests are made.
LONGEST_S = 6.0


@dataclass
class Load:
    """What became of a run: how long it took, and which status codes came how often."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def per_second(self) -> float:
        return sum(self.statuses.values()) / self.seconds


def hammer(port: int, requests: list[bytes]) -> Load:
    """Post `requests` over `CONNECTIONS` connections, all of them unless it takes too long."""
    return uvloop.run(_hammer(port, requests))


async def _hammer(port: int, requests: list[bytes]) -> Load:
    load = Load()
    remaining = iter(requests)
    started = time.perf_counter()
    deadline = started + LONGEST_S
    await asyncio.gather(
        *(_connection(port, remaining, load, deadline) for _ in range(CONNECTIONS))
    )
    load.seconds = time.perf_counter() - started
    return load


async def _connection(port: int, remaining: Iterator[bytes], load: Load, deadline: float) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for request in remaining:
            if time.perf_counter() > deadline:
                return
            writer.write(request)
            load.statuses[await read_answer(reader)] += 1
    finally:
        writer.close()


async def read_answer(reader: asyncio.StreamReader) -> int:
    """Read one answer to its end; its status code."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    status = int(lines[0].split(b" ", 2)[1])
    fields = dict(line.split(b": ", 1) for line in lines[1:] if b": " in line)
    if b"content-length" in fields:
        await reader.readexactly(int(fields[b"content-length"]))
    elif fields.get(b"transfer-encoding") == b"chunked":
        size = -1
        while size:
            size = int(await reader.readuntil(b"\r\n"), 16)
            await reader.readexactly(size + 2)
    return status
