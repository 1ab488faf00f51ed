"""How fast one may send: per business number, and per customer."""

from __future__ import annotations

from typing import TypeVar

from simulator.errors import GraphError
from simulator.faults import Faults
from simulator.models import Number, Portfolio

PAIR_INTERVAL_S = 6.0
PAIR_BURST = 45
COEXISTENCE_PER_S = 20
DAY_S = 86400.0
TIERS: dict[str, int | None] = {
    "TIER_50": 50, "TIER_250": 250, "TIER_2K": 2_000, "TIER_10K": 10_000, "TIER_100K": 100_000,
    "TIER_UNLIMITED": None,
}  # fmt: skip
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

    def count_inbound(self, number: Number, now: float, faults: Faults) -> None:
        """A customer's message uses throughput too, but is never refused."""
        rate, number_id = throughput(number, faults), number.id
        if rate:
            self._number[number_id] = (_level(self._number, number_id, now, rate, rate) - 1, now)

    def check_send(self, number: Number, peer: str, now: float, faults: Faults) -> None:
        """Count one send, or raise 130429 (throughput) or 131056 (pair rate)."""
        status = faults.throttle_http_status
        rate, number_id = throughput(number, faults), number.id
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


def throughput(number: Number, faults: Faults) -> float:
    """Messages per second of a number, in and out together; 0 = no limit."""
    own = faults.throughput_per_s if number.throughput_per_s is None else number.throughput_per_s
    return float(min(own, COEXISTENCE_PER_S) if number.coexistence and own else own)


def check_tier(portfolio: Portfolio, customer_id: str, now: float, faults: Faults) -> None:
    """Count a customer reached outside the window; refuse one beyond the portfolio's limit.

    Meta documents no code for it, so the code is a switch (131048 unless told otherwise).
    """
    limit = TIERS.get(portfolio.tier)
    reached = portfolio.reached
    if now - reached.get(customer_id, float("-inf")) < DAY_S:
        return  # already counted, and the first time is what counts
    if limit is not None and faults.messaging_limit:
        for each in [each for each, at in reached.items() if now - at >= DAY_S]:
            del reached[each]
        if len(reached) >= limit:
            raise GraphError(
                faults.tier_code,
                f"The messaging limit of the business portfolio ({portfolio.tier}) is reached.",
            )
    reached[customer_id] = now


def _level(
    bucket: dict[Key, tuple[float, float]], key: Key, now: float, rate: float, size: float
) -> float:
    tokens, at = bucket.get(key, (size, now))
    return min(size, tokens + max(0.0, now - at) * rate)
