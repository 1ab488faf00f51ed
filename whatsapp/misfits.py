"""Counting webhooks with a wrong signature, without making the door wait for Redis."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

from django.core.cache import cache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

KEY = "webhook:bad-signature"
KEPT_S = 24 * 3600
INTERVAL_S = 1.0


class Misfits:
    """Adds up what strangers send, once a second at most, in a thread. A count, and nothing of
    what they sent: a wrong app secret shows in it, and anybody on the internet can raise it."""

    def __init__(self) -> None:
        self._due = 0
        self._writer: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="webhook-misfits")

    def count(self) -> None:
        """One more; returns at once."""
        self._due += 1
        loop = asyncio.get_running_loop()
        if self._writer is None or self._writer.done() or self._writer.get_loop() is not loop:
            self._writer = loop.create_task(self._write_until_quiet())

    async def _write_until_quiet(self) -> None:
        loop = asyncio.get_running_loop()
        while self._due:
            due, self._due = self._due, 0
            await loop.run_in_executor(self._thread, _add, due)
            await asyncio.sleep(INTERVAL_S)


def counted() -> int:
    """How many came within a day of the first of them."""
    try:
        return int(cache.get(KEY, 0))
    except (RedisError, OSError, ValueError):
        return 0


def _add(number: int) -> None:
    try:
        cache.add(KEY, 0, KEPT_S)
        cache.incr(KEY, number)
    except (RedisError, OSError, ValueError):
        log.info("webhook.misfits_not_counted")
