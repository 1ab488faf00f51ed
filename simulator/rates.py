"""Throughput per business number, and the pair rate between it and one customer."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from simulator.errors import GraphError

PAIR_INTERVAL = timedelta(seconds=6)
PAIR_BURST = 45
_SECOND = timedelta(seconds=1)


class Rates:
    """Counts what goes in and out; forgets on restart."""

    def __init__(self, throughput_per_s: int) -> None:
        self.throughput_per_s = throughput_per_s
        self._recent: dict[str, deque[datetime]] = {}
        self._paid_off_at: dict[tuple[str, str], datetime] = {}

    def count(self, number_id: str, now: datetime) -> int:
        """One message more of that number; how many there were within the last second."""
        recent = self._recent.setdefault(number_id, deque())
        recent.append(now)
        # Entries of the future are left over from a clock that was set back.
        while recent and not now - _SECOND < recent[0] <= now:
            recent.popleft()
        return len(recent)

    def check(self, number_id: str, customer: str, now: datetime) -> None:
        """Admit one message to that customer, or raise 130429 or 131056."""
        if self.throughput_per_s and self.count(number_id, now) > self.throughput_per_s:
            self._recent[number_id].pop()  # what was refused does not count
            raise GraphError(130429)
        # A burst borrows from the future: every message costs six seconds, 45 of them on credit.
        pair, debt = (number_id, customer), PAIR_INTERVAL * PAIR_BURST
        paid_off = self._paid_off_at.get(pair, now)
        if not now < paid_off <= now + debt:
            paid_off = now
        if paid_off + PAIR_INTERVAL > now + debt:
            raise GraphError(131056)
        self._paid_off_at[pair] = paid_off + PAIR_INTERVAL
