"""How fast one may send: per business number, and per customer."""

from __future__ import annotations

from typing import TypeVar

from simulator.errors import GraphError
from simulator.faults import Faults

PAIR_INTERVAL_S = 6.0
PAIR_BURST = 45
Key = TypeVar("Key")


class Limits:
    """Token buckets in simulated time. A burst to one customer borrows from the future."""

    def __init__(self) -> None:
        self._number: dict[str, tuple[float, float]] = {}  # phone_number_id: (tokens, at)
        self._pair: dict[tuple[str, str], tuple[float, float]] = {}

    def clear(self) -> None:
        """Forget all that was sent."""
        self._number.clear()
        self._pair.clear()

    def count_inbound(self, number_id: str, now: float, faults: Faults) -> None:
        """A customer's message uses throughput too, but is never refused."""
        if faults.throughput_per_s:
            rate = float(faults.throughput_per_s)
            self._number[number_id] = (_level(self._number, number_id, now, rate, rate) - 1, now)

    def check_send(self, number_id: str, peer: str, now: float, faults: Faults) -> None:
        """Count one send, or raise 130429 (throughput) or 131056 (pair rate)."""
        status = faults.throttle_http_status
        rate = float(faults.throughput_per_s)
        number_tokens = _level(self._number, number_id, now, rate, rate) if rate else 1.0
        if number_tokens < 1:
            raise GraphError(130429, http_status=status)
        if faults.pair_rate:
            key = (number_id, peer)
            tokens = _level(self._pair, key, now, 1 / PAIR_INTERVAL_S, PAIR_BURST)
            if tokens < 1:
                raise GraphError(131056, http_status=status)
            self._pair[key] = (tokens - 1, now)
        if rate:
            self._number[number_id] = (number_tokens - 1, now)


def _level(
    bucket: dict[Key, tuple[float, float]], key: Key, now: float, rate: float, size: float
) -> float:
    tokens, at = bucket.get(key, (size, now))
    return min(size, tokens + max(0.0, now - at) * rate)
