"""Guessing passwords gets slow: too many failures for an address, or from one, and the door waits.

Counted in Redis for a quarter of an hour. Without Redis nobody is locked out. Other doors count
with the same means (`too_many`).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from ipaddress import IPv6Network, ip_address

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

PERIOD_S = 15 * 60
FAILURES_PER_EMAIL = 10
FAILURES_PER_ADDRESS = 50


def too_many(limits: Mapping[str, int], period_s: int = PERIOD_S) -> bool:
    """Count once more under each key of `key_of`, until one has passed its limit; whether one has.

    Name the narrowest first: an address that is refused then uses up nothing of what all share. A
    key belongs to one period.
    """
    try:
        return any(_one_more(key, period_s) > limit for key, limit in limits.items())
    except (RedisError, OSError):
        logger.warning("requests.not_counted")
        return False


def key_of(door: str, kind: str, value: str) -> str:
    """What is counted under: a digest, so that Redis holds no addresses."""
    return f"{door}:{kind}:{hashlib.sha256(value.encode()).hexdigest()}"


def address_of(request: HttpRequest) -> str:
    """Where the request comes from, as far as it can be trusted: what our outermost proxy saw.

    Of IPv6 only the network, for a home has 2⁶⁴ addresses of its own.
    """
    seen = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    address = seen[-settings.PROXIES].strip() if 0 < settings.PROXIES <= len(seen) else ""
    try:
        parsed = ip_address(address or request.META.get("REMOTE_ADDR", ""))
    except ValueError:  # a proxy that writes something else, or a socket without addresses
        return str(request.META.get("REMOTE_ADDR", ""))
    return str(IPv6Network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)


def is_locked(request: HttpRequest | None, email: str) -> bool:
    """Whether a sign-in as `email`, or from the request's address, has to wait."""
    limits = _limits(request, email)
    try:
        counts = cache.get_many(limits)
    except (RedisError, OSError):
        logger.warning("sign_in.not_counted")
        return False
    return any(counts.get(key, 0) >= limit for key, limit in limits.items())


def count_failure(request: HttpRequest | None, email: str) -> None:
    """One more wrong password."""
    try:
        for key in _limits(request, email):
            _one_more(key)
    except (RedisError, OSError):
        logger.warning("sign_in.not_counted")


def _limits(request: HttpRequest | None, email: str) -> dict[str, int]:
    """Key to limit; the keys hold digests, not addresses."""
    limits = {_key("email", email.strip().casefold()): FAILURES_PER_EMAIL}
    if request is not None:
        limits[_key("address", address_of(request))] = FAILURES_PER_ADDRESS
    return limits


def _key(kind: str, value: str) -> str:
    return key_of("sign-in", kind, value)


def _one_more(key: str, period_s: int = PERIOD_S) -> int:
    cache.add(key, 0, period_s)
    try:
        return int(cache.incr(key))
    except ValueError:  # its time ended between the two
        return 1
