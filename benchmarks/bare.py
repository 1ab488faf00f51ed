"""What the webhook path is compared with: an ASGI application that does one durable insert."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from psycopg_pool import AsyncConnectionPool

from helpdesk.embedded import locations

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
TABLE = "CREATE TABLE IF NOT EXISTS bench_bare (id bigserial PRIMARY KEY, body bytea NOT NULL)"
INSERT = "INSERT INTO bench_bare (body) VALUES (%s)"


class Bare:
    """Body in, one row, 200. No signature, no JSON, no Django."""

    def __init__(self) -> None:
        self.pool: AsyncConnectionPool | None = None

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if scope["method"] == "POST":
            pool = await self._pool()
            async with pool.connection() as connection:
                await connection.execute(INSERT, (body,), prepare=True)
        headers = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def _pool(self) -> AsyncConnectionPool:
        if self.pool is None:
            url = locations.database_url(Path(os.environ["HELPDESK_DATA_DIR"]))
            self.pool = AsyncConnectionPool(
                url, min_size=8, max_size=8, open=False, kwargs={"autocommit": True}
            )
            await self.pool.open()
        return self.pool


application = Bare()
