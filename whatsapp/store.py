"""Where the webhook door puts a body down: one durable insert on an asynchronous pool."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.conf import settings
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool

from whatsapp.models import WebhookEvent

log = logging.getLogger(__name__)

Pool = AsyncConnectionPool[psycopg.AsyncConnection[tuple[Any, ...]]]

POOL_SIZE = 8
# Meta counts on an answer within seconds; rather refuse (it tries again) than keep it waiting.
WAIT_S = 4.0
_INSERT = f"INSERT INTO {WebhookEvent._meta.db_table} (body) VALUES (%b)"  # noqa: S608


class StoreUnavailable(Exception):
    """The body is not known to be on disk."""


class EventStore:
    """Inserts bodies, on one lazily opened pool per event loop."""

    def __init__(self) -> None:
        self._pools: WeakKeyDictionary[asyncio.AbstractEventLoop, Pool] = WeakKeyDictionary()

    async def insert(self, body: bytes) -> None:
        """Commit one webhook event; raises `StoreUnavailable`.

        Tried twice: after a restart of PostgreSQL every pooled connection is a dead one. When the
        first try was committed and only its answer got lost, there are two events of one body,
        and the ingest makes them one message.
        """
        pool = await self._pool()
        try:
            await _insert(pool, body)
        except (psycopg.Error, OSError):
            try:
                await pool.check()
                await _insert(pool, body)
            except (psycopg.Error, OSError) as error:
                raise StoreUnavailable from error

    async def close(self) -> None:
        """Close the pool of the running event loop."""
        pool = self._pools.pop(asyncio.get_running_loop(), None)
        if pool is not None:
            await pool.close()

    async def _pool(self) -> Pool:
        loop = asyncio.get_running_loop()
        pool = self._pools.get(loop)
        if pool is None:
            pool = self._pools[loop] = _new_pool()
            await pool.open()
        return pool


async def _insert(pool: Pool, body: bytes) -> None:
    async with pool.connection() as connection:
        await connection.execute(_INSERT, (body,))  # autocommit: it is on disk when this returns


def _new_pool() -> Pool:
    return AsyncConnectionPool(
        _conninfo(),
        # Every statement is the same one: prepared at once. A hanging server is given up.
        kwargs={"autocommit": True, "prepare_threshold": 0},
        min_size=1,
        max_size=POOL_SIZE,
        timeout=WAIT_S,
        max_waiting=1000,
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
