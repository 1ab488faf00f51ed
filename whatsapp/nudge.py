"""Waking the ingest, without ever making a webhook wait for the broker."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

from conversations.events import nudge

log = logging.getLogger(__name__)

DRAIN_TASK = "whatsapp.drain_webhook_events"
DRAIN_BULK_TASK = "whatsapp.drain_bulk_events"
INTERVAL_S = 0.05
# Where more than this come within one interval, the ingest is busy anyway.
MANY = 10
BUSY_INTERVAL_S = 0.1


class Nudger:
    """Publishes `task` at most once per 50 ms (100 ms under load), the first at once, in a thread;
    a dead broker is logged once.

    Lost nudges cost seconds, not messages: the sweeper finds what nobody was told of.
    """

    def __init__(self, task: str = DRAIN_TASK) -> None:
        self._task = task
        self._due = 0
        self._publisher: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="webhook-nudge")
        self._broker_is_away = False

    def nudge(self) -> None:
        """Tell the ingest that an event was committed; returns at once."""
        self._due += 1
        loop = asyncio.get_running_loop()
        if (
            self._publisher is None
            or self._publisher.done()
            or self._publisher.get_loop() is not loop
        ):
            self._publisher = loop.create_task(self._publish_until_quiet())

    async def _publish_until_quiet(self) -> None:
        loop = asyncio.get_running_loop()
        while self._due:
            due, self._due = self._due, 0  # what is committed from here on nudges again
            self._note(published=await loop.run_in_executor(self._thread, _publish, self._task))
            await asyncio.sleep(BUSY_INTERVAL_S if due > MANY else INTERVAL_S)

    def _note(self, *, published: bool) -> None:
        if not published and not self._broker_is_away:
            log.warning("webhook.broker_away")
        if published and self._broker_is_away:
            log.info("webhook.broker_back")
        self._broker_is_away = not published


def _publish(task: str) -> bool:
    return nudge(task)
