"""Where the webhook door puts bodies down: durable inserts on an asynchronous pool.

Bodies that come while others are being written wait for each other, and are written in one
statement: a burst costs a fraction of its inserts, and nobody waits for more than two of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import psycopg
from django.conf import settings
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool

from whatsapp.models import WebhookEvent

log = logging.getLogger(__name__)

Pool = AsyncConnectionPool[psycopg.AsyncConnection[tuple[Any, ...]]]

# Statements at once, and what one of them carries at most; a body has up to three megabytes.
WRITERS = 2
MOST_BODIES, MOST_BYTES = 64, 4 * 1024 * 1024
MOST_WAITING = 1000
# Meta counts on an answer within seconds; rather refuse (it tries again) than keep it waiting.
WAIT_S = 4.0
_TABLE = WebhookEvent._meta.db_table
_INSERT = (
    f"INSERT INTO {_TABLE} (body, is_bulk) "  # noqa: S608 (our own table's name)
    "SELECT * FROM unnest(%b::bytea[], %b::bool[])"
)


class StoreUnavailable(Exception):
    """The body is not known to be on disk."""


class _Waiting(NamedTuple):
    body: bytes
    is_bulk: bool
    stored: asyncio.Future[None]


@dataclass
class _Line:
    """Who waits to be written on one event loop, in their order."""

    pool: Pool
    waiting: deque[_Waiting] = field(default_factory=deque)
    writing: int = 0
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


class EventStore:
    """Inserts bodies, on one lazily opened pool per event loop."""

    def __init__(self) -> None:
        self._lines: WeakKeyDictionary[asyncio.AbstractEventLoop, _Line] = WeakKeyDictionary()

    async def insert(self, body: bytes, *, is_bulk: bool = False) -> None:
        """Commit one webhook event, to be drained apart when it `is_bulk`; raises
        `StoreUnavailable`.

        Tried twice: after a restart of PostgreSQL every pooled connection is a dead one. When the
        first try was committed and only its answer got lost, there are two events of one body,
        and the ingest makes them one message.
        """
        line = await self._line()
        if len(line.waiting) >= MOST_WAITING:
            raise StoreUnavailable from TimeoutError("too many are waiting")
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.waiting.append(_Waiting(body, is_bulk, stored))
        if line.writing < WRITERS:
            line.writing += 1
            writer = asyncio.create_task(_write(line))
            line.tasks.add(writer)  # the loop itself holds tasks only weakly
            writer.add_done_callback(line.tasks.discard)
        try:
            async with asyncio.timeout(2 * WAIT_S):
                await stored
        except TimeoutError as error:
            raise StoreUnavailable from error

    async def close(self) -> None:
        """Close the pool of the running event loop."""
        line = self._lines.pop(asyncio.get_running_loop(), None)
        if line is not None:
            await line.pool.close()

    async def _line(self) -> _Line:
        loop = asyncio.get_running_loop()
        line = self._lines.get(loop)
        if line is None:
            line = self._lines[loop] = _Line(_new_pool())
            await line.pool.open()
        return line


async def _write(line: _Line) -> None:
    """Write what waits, and what comes meanwhile; each learns what became of it."""
    try:
        while line.waiting:
            some = _next(line)
            try:
                await _insert(line.pool, some)
            except (psycopg.Error, OSError) as error:
                for one in some:
                    if not one.stored.done():
                        one.stored.set_exception(_unavailable(error))
            else:
                for one in some:
                    if not one.stored.done():  # whoever asked may be gone
                        one.stored.set_result(None)
    finally:
        line.writing -= 1


def _next(line: _Line) -> list[_Waiting]:
    """The first of those who wait, taken out of the line."""
    some = [line.waiting.popleft()]
    size = len(some[0].body)
    while line.waiting and len(some) < MOST_BODIES:
        size += len(line.waiting[0].body)
        if size > MOST_BYTES:
            break
        some.append(line.waiting.popleft())
    return some


def _unavailable(error: Exception) -> StoreUnavailable:
    found = StoreUnavailable()
    found.__cause__ = error
    return found


async def _insert(pool: Pool, some: list[_Waiting]) -> None:
    """A server that does not even answer is given up as well, or it would hold the writer."""
    try:
        async with asyncio.timeout(WAIT_S):
            await _insert_once(pool, some)
    except (psycopg.Error, OSError):
        async with asyncio.timeout(WAIT_S):
            await pool.check()
            await _insert_once(pool, some)


async def _insert_once(pool: Pool, some: list[_Waiting]) -> None:
    rows = [one.body for one in some], [one.is_bulk for one in some]
    async with pool.connection() as connection:
        await connection.execute(_INSERT, rows)  # autocommit: it is on disk on return


def _new_pool() -> Pool:
    return AsyncConnectionPool(
        _conninfo(),
        # Every statement is the same one: prepared at once. A hanging server is given up.
        kwargs={"autocommit": True, "prepare_threshold": 0},
        min_size=1,
        max_size=WRITERS,
        timeout=WAIT_S,
        # Short, so that a server that is back is found by the next request, not by a back-off.
        reconnect_timeout=2.0,
        open=False,
        name="webhook",
    )


def _conninfo() -> str:
    """Django's database as libpq writes it; read when the pool opens, as tests rename it."""
    database: dict[str, Any] = settings.DATABASES["default"]
    options = {key: value for key, value in database["OPTIONS"].items() if key != "pool"}
    parameters = {
        "dbname": database["NAME"],
        "user": database["USER"],
        "password": database["PASSWORD"],
        "host": database["HOST"],
        "port": database["PORT"],
        "connect_timeout": 3,
        "application_name": "webhook",
        "options": "-c statement_timeout=4000",
        **options,
    }
    return make_conninfo(**{key: str(value) for key, value in parameters.items() if value})
