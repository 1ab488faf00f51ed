"""Who watches: the open phones, and the log of what went over the wire."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from simulator.clock import Clock

Json = dict[str, Any]
LOG_LENGTH = 300
QUEUE_LENGTH = 1000


@dataclass(eq=False, slots=True)
class Watcher:
    """One open phone. `chat_open` while its tab is visible."""

    customer_id: str
    queue: asyncio.Queue[Json] = field(default_factory=lambda: asyncio.Queue(QUEUE_LENGTH))
    chat_open: bool = False
    lagging: bool = False


class Hub:
    """Hands events to the phones they concern."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.watchers: set[Watcher] = set()
        self.entries: deque[Json] = deque(maxlen=LOG_LENGTH)
        self._numbers = itertools.count(1)

    def publish(self, event: Json, customer_id: str | None = None) -> None:
        """To the phones of that customer, or to all. A phone that cannot keep up must reload."""
        for watcher in self.watchers:
            if customer_id is None or watcher.customer_id == customer_id:
                try:
                    watcher.queue.put_nowait(event)
                except asyncio.QueueFull:
                    watcher.lagging = True

    def chat_is_open(self, customer_id: str) -> bool:
        """Whether somebody looks at that customer's chat."""
        return any(w.chat_open and w.customer_id == customer_id for w in self.watchers)

    def log(
        self, direction: str, label: str, status: int | None, note: str, *, final: bool = True
    ) -> None:
        """One line of the log. `direction`: "webhook" (to the helpdesk) or "api" (from it)."""
        entry = {
            "n": next(self._numbers),
            "at": self.clock.now(),
            "direction": direction,
            "label": label,
            "status": status,
            "note": note,
            "ok": status == 200,
            "final": final,
        }
        self.entries.append(entry)
        self.publish({"type": "log", "entry": entry})
