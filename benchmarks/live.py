"""From an accepted webhook to the frame on fifty agents' WebSockets, at fifty messages a second."""

from __future__ import annotations

import asyncio
import re
import time
from statistics import quantiles

import uvloop
from websockets.asyncio.client import ClientConnection, connect

from benchmarks import webhooks
from benchmarks.load import read_answer
from benchmarks.place import Place

AGENTS = 50
PER_SECOND = 50
SECONDS = 15
WARM_UP = 25
CUSTOMERS = 50
CONNECTIONS = 8
PATIENCE_S = 10.0
WAMID = re.compile(r"wamid\.BENCH[0-9a-f]{32}")


class Watch:
    """When each message was accepted, and when each agent saw it."""

    def __init__(self) -> None:
        self.accepted: dict[str, float] = {}
        self.seen: list[dict[str, float]] = []

    async def read(self, socket: ClientConnection) -> None:
        """Note the first frame that names a message, for one agent."""
        seen: dict[str, float] = {}
        self.seen.append(seen)
        async for frame in socket:
            now = time.perf_counter()
            for wamid in WAMID.findall(frame if isinstance(frame, str) else frame.decode()):
                seen.setdefault(wamid, now)

    def latencies_ms(self, wamids: list[str]) -> list[float]:
        """One figure per agent and message; a frame faster than our own 200 counts as 0."""
        return [
            max(0.0, seen[wamid] - self.accepted[wamid]) * 1000
            for seen in self.seen
            for wamid in wamids
            if wamid in seen
        ]


def measure(place: Place, agents: int = AGENTS, *, deaf: int = 0) -> dict[str, float]:
    """p50 and p99 in milliseconds over all agents and messages; `deaf` more never read a frame."""
    sessions = place.prepare("sessions", str(agents + deaf))
    return uvloop.run(_measure(place, sessions, agents))


async def _measure(place: Place, sessions: list[str], agents: int) -> dict[str, float]:
    watch = Watch()
    everyone = [await connected(place, key) for key in sessions]
    sockets, deaf = everyone[:agents], everyone[agents:]
    for socket in deaf:
        socket.transport.pause_reading()
    readers = [asyncio.create_task(watch.read(socket)) for socket in sockets]
    try:
        warm_up = await _post(place, watch, WARM_UP)
        await _until_seen(watch, warm_up)
        wamids = await _post(place, watch, PER_SECOND * SECONDS)
        await _until_seen(watch, wamids)
        latencies = watch.latencies_ms(wamids)
    finally:
        for reader in readers:
            reader.cancel()
        for socket in deaf:
            socket.transport.abort()
        await asyncio.gather(*(socket.close() for socket in sockets), return_exceptions=True)
    cuts = quantiles(latencies, n=100)
    return {
        "agents": agents,
        "messages_per_s": PER_SECOND,
        "messages": len(wamids),
        "not_seen": len(wamids) * agents - len(latencies),
        "p50_ms": cuts[49],
        "p99_ms": cuts[98],
        "max_ms": max(latencies),
    }


async def connected(place: Place, session: str) -> ClientConnection:
    """An open inbox of whoever's session this is."""
    return await connect(
        f"ws://127.0.0.1:{place.port}/ws/inbox/",
        origin=place.url,  # type: ignore[arg-type]  # a NewType of str
        additional_headers={"Cookie": f"sessionid={session}"},
        compression=None,
        max_size=None,
    )


async def _post(place: Place, watch: Watch, count: int) -> list[str]:
    """Post `count` webhooks evenly, `PER_SECOND` of them each second; their wamids."""
    due: asyncio.Queue[tuple[str, bytes] | None] = asyncio.Queue()
    posters = [asyncio.create_task(_poster(place, watch, due)) for _ in range(CONNECTIONS)]
    contents = [webhooks.body(number % CUSTOMERS) for number in range(count)]
    started = time.perf_counter()
    for number, (wamid, content) in enumerate(contents):
        await asyncio.sleep(max(0.0, started + number / PER_SECOND - time.perf_counter()))
        due.put_nowait((wamid, webhooks.request(content)))
    for _ in posters:
        due.put_nowait(None)
    await asyncio.gather(*posters)
    return [wamid for wamid, _ in contents]


async def _poster(place: Place, watch: Watch, due: asyncio.Queue[tuple[str, bytes] | None]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
    try:
        while (item := await due.get()) is not None:
            wamid, request = item
            writer.write(request)
            status = await read_answer(reader)
            watch.accepted[wamid] = time.perf_counter()
            if status != 200:
                raise RuntimeError(f"the webhook was answered with {status}")
    finally:
        writer.close()


async def _until_seen(watch: Watch, wamids: list[str]) -> None:
    """Wait until every agent saw every message, or for as long as patience lasts."""
    deadline = time.perf_counter() + PATIENCE_S
    wanted = set(wamids)
    while time.perf_counter() < deadline:
        if all(wanted <= seen.keys() for seen in watch.seen):
            return
        await asyncio.sleep(0.05)
