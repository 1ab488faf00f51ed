"""What presence costs a web process: 200 open pages that look, and a fifth of them typing.

Measures the time from "somebody types" until every page that shows the conversation was told, and
the CPU the hub's part takes, with 40 conversations of five watchers each. `python -m
benchmarks.presence` answers JSON for the Redis it is pointed at; a process of its own.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from statistics import median
from uuid import UUID, uuid4

import django

django.setup()

from conversations.access import Scope  # noqa: E402 (Django must be set up before)
from inbox.hub import BEAT_S  # noqa: E402
from inbox.member import Member, Standing  # noqa: E402
from inbox.watching import Watching  # noqa: E402

MEMBERS, CONVERSATIONS, TYPISTS = 200, 40, 40
SECONDS = 12.0
TYPING_EVERY_S = 3.0


def member(number: int) -> Member:
    scope = Scope(number, True, True, frozenset(), frozenset())
    return Member("s", "h", Standing(scope, "de", f"Agent {number}", "A", True))


async def main() -> None:
    """Measure and answer."""
    members = [member(number) for number in range(MEMBERS)]
    watching = Watching(set(members))
    rooms = [uuid4() for _ in range(CONVERSATIONS)]
    for number, one in enumerate(members):
        await watching.look(one, rooms[number % CONVERSATIONS])
    told = asyncio.create_task(watching.tell_changes())
    beat = asyncio.create_task(beats(watching))
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    waits = await asyncio.gather(
        *(types(watching, members[number], members) for number in range(TYPISTS))
    )
    took = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    flat = sorted(wait for some in waits for wait in some)
    frames = sum(one.queue.qsize() for one in members)
    figures = {
        "pages": MEMBERS,
        "typists": TYPISTS,
        "cpu": round(cpu / took, 4),
        "frames_per_s": round(frames / took),
        "p50_ms": round(median(flat) * 1000, 1),
        "p99_ms": round(flat[int(len(flat) * 0.99)] * 1000, 1),
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    told.cancel()
    beat.cancel()
    await watching.close()


async def beats(watching: Watching) -> None:
    while True:
        await asyncio.sleep(BEAT_S)
        await watching.beat()


async def types(watching: Watching, who: Member, members: list[Member]) -> list[float]:
    waits = []
    room = who.looking
    assert isinstance(room, UUID)
    other = next(one for one in members if one.looking == room and one is not who)
    await asyncio.sleep(who.standing.scope.agent_id / TYPISTS * TYPING_EVERY_S)
    ends = time.perf_counter() + SECONDS
    while time.perf_counter() < ends:
        seen = other.queue.qsize()
        began = time.perf_counter()
        await watching.type(who, "reply")
        watching.hear([str(room)])
        while other.queue.qsize() == seen:
            await asyncio.sleep(0.002)
        waits.append(time.perf_counter() - began)
        await asyncio.sleep(TYPING_EVERY_S)
    return waits


if __name__ == "__main__":
    asyncio.run(main())
