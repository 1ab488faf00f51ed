"""Who has a conversation on screen and who types in it, over all web processes.

Redis holds a hash per conversation, a field per open page; each hub writes the fields of its own
pages at every beat, and what nobody has written for `ALIVE_S` seconds does not count: so a browser,
a hub or a machine that dies disappears by itself. A change nudges the other hubs, each of which
tells only those of its pages that show that conversation, at most once a second. Nothing is
numbered, nothing reaches the database, and without Redis the line is missing, no more.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Collection, Iterable
from functools import lru_cache
from time import time
from typing import Any
from uuid import UUID

import msgspec
import redis.asyncio
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from accounts import presence
from inbox.frames import encode
from inbox.member import Member

logger = logging.getLogger(__name__)

# Two beats; with the third, at which it is noticed, who died is gone after 15 s at the latest.
ALIVE_S = 10
TYPING_S = 6.0
# One frame per conversation and so many seconds.
CALM_S = 1.0
_EXPIRE_S = 4 * ALIVE_S


class Watcher(msgspec.Struct, frozen=True, array_like=True):
    """One page that shows a conversation. `mode` is what is typed: "reply", "note" or ""."""

    agent: int
    name: str
    initials: str
    mode: str
    typing_until: float
    at: float


_watcher = msgspec.json.Decoder(Watcher).decode
# What browsers show: agent, name, initials, mode; and how long the typing goes on.
People = tuple[tuple[int, str, str, str], ...]


def key_of(conversation: UUID | str) -> str:
    return f"helpdesk:watch:{conversation}"


def agents_watching(conversations: Collection[UUID]) -> dict[UUID, set[int]]:
    """Who has each of these on screen right now. For workers; nobody without Redis."""
    wanted = list(conversations)
    if not wanted:
        return {}
    try:
        with _redis().pipeline(transaction=False) as pipe:
            for conversation in wanted:
                pipe.hvals(key_of(conversation))
            found = pipe.execute()
    except (RedisError, OSError):
        return {}
    now = time()
    return {
        conversation: {one.agent for one in _alive(values, now)}
        for conversation, values in zip(wanted, found, strict=True)
    }


def _alive(values: Iterable[bytes], now: float) -> list[Watcher]:
    found = []
    for value in values:
        with contextlib.suppress(msgspec.MsgspecError):
            watcher = _watcher(value)
            if now - watcher.at < ALIVE_S:
                found.append(watcher)
    return found


def people_of(watchers: Iterable[Watcher], now: float) -> tuple[People, float]:
    """Each agent once, those who type first; and for how long at least somebody types."""
    by_agent: dict[int, Watcher] = {}
    for one in watchers:
        known = by_agent.get(one.agent)
        if known is None or _until(one, now) > _until(known, now):
            by_agent[one.agent] = one
    left = max((_until(one, now) - now for one in by_agent.values() if _types(one, now)), default=0)
    rows = [
        (one.agent, one.name, one.initials, one.mode if _types(one, now) else "")
        for one in by_agent.values()
    ]
    return tuple(sorted(rows, key=lambda row: (not row[3], row[1], row[0]))), left


def _types(one: Watcher, now: float) -> bool:
    return bool(one.mode) and one.typing_until > now


def _until(one: Watcher, now: float) -> float:
    return one.typing_until if _types(one, now) else 0.0


class Watching:
    """The part of a hub that knows who looks at what. `members` is the hub's own set."""

    def __init__(self, members: set[Member]) -> None:
        self.members = members
        self.changed = asyncio.Event()
        self._redis: Any = redis.asyncio.Redis.from_url(
            settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2
        )
        # Conversations somebody said something about, and when each was told last.
        self._due: set[UUID] = set()
        self._told_at: dict[UUID, float] = {}
        self._told: dict[UUID, People] = {}

    async def close(self) -> None:
        await self._redis.aclose()

    # -- What browsers say --------------------------------------------------------------------

    async def look(self, member: Member, conversation: UUID | None) -> set[UUID]:
        """`member` shows `conversation` from now on; the conversations others must hear of."""
        before, member.looking = member.looking, conversation
        member.typing_until, member.mode = 0.0, ""
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                if before is not None and before != conversation:
                    pipe.hdel(key_of(before), member.field)
                if conversation is not None:
                    self._write(pipe, member)
                await pipe.execute()
        except (RedisError, OSError) as error:
            logger.info("watching.not_written reason=%s", type(error).__name__)
        if conversation is not None:
            self._told.pop(conversation, None)  # the newcomer has been told nothing yet
        return {one for one in (before, conversation) if one is not None}

    async def type(self, member: Member, mode: str) -> None:
        """`member` types in what they look at."""
        member.typing_until, member.mode = time() + TYPING_S, mode
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                self._write(pipe, member)
                await pipe.execute()
        except (RedisError, OSError) as error:
            logger.info("watching.not_written reason=%s", type(error).__name__)

    def _write(self, pipe: Any, member: Member) -> None:
        assert member.looking is not None
        key = key_of(member.looking)
        agent = member.standing
        value = Watcher(
            *(agent.scope.agent_id, agent.name, agent.initials),
            *(member.mode, member.typing_until, time()),
        )
        pipe.hset(key, member.field, msgspec.json.encode(value))
        pipe.expire(key, _EXPIRE_S)

    # -- What others hear ---------------------------------------------------------------------

    def hear(self, conversations: Iterable[str]) -> None:
        """Something changed there, here or in another process."""
        shown = {member.looking for member in self.members if member.looking is not None}
        due = {UUID(one) for one in conversations} & shown
        if due:
            self._due |= due
            self.changed.set()

    async def tell_changes(self) -> None:
        """Runs as long as the hub: what changed is told, each conversation once in `CALM_S`."""
        while True:
            await self.changed.wait()
            self.changed.clear()
            now = time()
            ripe = {one for one in self._due if now - self._told_at.get(one, 0) >= CALM_S}
            if ripe:
                self._due -= ripe
                await self._tell(ripe)
            if self._due:
                soonest = min(self._told_at.get(one, 0) for one in self._due)
                await asyncio.sleep(max(0.05, soonest + CALM_S - time()))
                self.changed.set()

    async def beat(self) -> None:
        """Our pages are still there; and what of the others is not is found out."""
        looking = [member for member in self.members if member.looking is not None]
        now = time()
        active: dict[int, float] = {}
        for member in self.members:
            agent = member.standing.scope.agent_id
            active[agent] = max(active.get(agent, 0.0), member.active_at)
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                for member in looking:
                    self._write(pipe, member)
                presence.note_open(pipe, active, now)
                await pipe.execute()
        except (RedisError, OSError) as error:
            logger.info("watching.not_written reason=%s", type(error).__name__)
            return
        shown = {member.looking for member in looking if member.looking is not None}
        self._told_at = {one: at for one, at in self._told_at.items() if one in shown}
        self._told = {one: people for one, people in self._told.items() if one in shown}
        await self._tell(shown)

    async def beat_of(self, member: Member) -> None:
        """Somebody has come: their agent is there at once, not at the next beat."""
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                agent = member.standing.scope.agent_id
                presence.note_open(pipe, {agent: member.active_at}, time())
                await pipe.execute()
        except (RedisError, OSError) as error:
            logger.info("watching.not_written reason=%s", type(error).__name__)

    async def forget(self, member: Member) -> set[UUID]:
        """The page is gone."""
        return await self.look(member, None) if member.looking is not None else set()

    async def _tell(self, conversations: set[UUID]) -> None:
        wanted = list(conversations)
        if not wanted:
            return
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                for conversation in wanted:
                    pipe.hgetall(key_of(conversation))
                found = await pipe.execute()
                now = time()
                await self._sweep(pipe, dict(zip(wanted, found, strict=True)), now)
        except (RedisError, OSError) as error:
            logger.info("watching.not_read reason=%s", type(error).__name__)
            return
        for conversation, fields in zip(wanted, found, strict=True):
            self._tell_of(conversation, _alive(fields.values(), now), now)

    async def _sweep(self, pipe: Any, found: dict[UUID, dict[bytes, bytes]], now: float) -> None:
        """Take away what a process left behind when it died."""
        for conversation, fields in found.items():
            for field, value in fields.items():
                if not _alive([value], now):
                    pipe.hdel(key_of(conversation), field)
        await pipe.execute()

    def _tell_of(self, conversation: UUID, watchers: list[Watcher], now: float) -> None:
        people, left = people_of(watchers, now)
        types = any(mode for *_who, mode in people)
        if self._told.get(conversation) == people and not types:
            return
        self._told[conversation] = people
        self._told_at[conversation] = now
        frame = encode(
            {
                "type": "watching",
                "conversation": str(conversation),
                "people": [
                    {"agent": agent, "name": name, "initials": initials, "mode": mode}
                    for agent, name, initials, mode in people
                ],
                "typing_ms": int(left * 1000),
            }
        )
        for member in self.members:
            if member.looking == conversation:
                member.tell(frame)


@lru_cache(maxsize=1)
def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
