"""Every message that policy refused is counted by its reason, for `/metrics`.

In Redis, once the transaction is committed: a count that gets lost with it is no harm, and a row
that ten workers add to at once would be.
"""

from __future__ import annotations

import logging
from functools import lru_cache, partial

from django.conf import settings
from django.db import transaction
from redis import Redis
from redis.exceptions import RedisError

KEY = "helpdesk:refusals"

log = logging.getLogger(__name__)


def count_refusal(reason: str) -> None:
    """One message was refused, if this transaction comes to its end."""
    transaction.on_commit(partial(_count, str(reason)), robust=True)


def refusals() -> dict[str, int]:
    """How many by reason since Redis was new. Raises `RedisError`."""
    return {reason.decode(): int(count) for reason, count in _redis().hgetall(KEY).items()}  # type: ignore[union-attr]


def known_refusals() -> dict[str, int] | None:
    """The same; None when Redis is away."""
    try:
        return refusals()
    except RedisError:
        return None


def _count(reason: str) -> None:
    try:
        _redis().hincrby(KEY, reason, 1)
    except RedisError:
        log.warning("refusal.not_counted reason=%s", reason)


@lru_cache(maxsize=1)
def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
