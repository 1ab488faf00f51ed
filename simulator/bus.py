"""Live events for the phones: who listens gets every event of that customer."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from simulator.state import Json

_QUEUE_LENGTH = 1000  # a phone that sleeps longer than this reloads its chat anyway


class Bus:
    """Subscribers by customer; None listens to all."""

    def __init__(self) -> None:
        self._queues: list[tuple[str | None, asyncio.Queue[Json]]] = []

    def subscribe(self, customer_id: str | None) -> asyncio.Queue[Json]:
        """A queue that receives the events from now on."""
        queue: asyncio.Queue[Json] = asyncio.Queue(_QUEUE_LENGTH)
        self._queues.append((customer_id, queue))
        return queue

    def unsubscribe(self, queue: asyncio.Queue[Json]) -> None:
        """Send nothing more to `queue`."""
        self._queues = [entry for entry in self._queues if entry[1] is not queue]

    def publish(self, event: Json, customer_id: str | None = None) -> None:
        """Send `event` to who listens to that customer; without one, to everybody."""
        for wanted, queue in self._queues:
            if customer_id is None or wanted is None or wanted == customer_id:
                with suppress(asyncio.QueueFull):
                    queue.put_nowait(event)
