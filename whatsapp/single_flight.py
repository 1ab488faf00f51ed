"""One sync per account at a time, and one chain of retries.

Starts, webhooks, admins and the timetable all ask for a sync, often together. Who asks while one
runs is not turned away, since that one may have read Meta's list already: it is run once more at
its end, for all who asked meanwhile.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.cache import cache
from django.db import connection

# Advisory locks have two keys; the other single ones of this product have one.
_LOCKS = 0x53594E43
# Longer than any sync may take.
_ASKED_FOR_S = 900
_FIRST_DELAY_S = 2.0
_LONGEST_DELAY_S = 300.0
# They end before the timetable asks again, ten minutes later.
RETRIES = 8


def run_alone(account: str, work: Callable[[], object]) -> None:
    """Run `work` now, or leave it to whoever is running it; what `work` raises ends it."""
    asked = f"whatsapp:sync-asked:{account}"
    cache.set(asked, 1, _ASKED_FOR_S)
    # Somebody may ask between the last look and the unlocking: look again after it.
    while cache.has_key(asked):
        with _lock(account) as is_ours:
            if not is_ours:
                return
            while cache.delete(asked):
                work()


@contextmanager
def _lock(account: str) -> Iterator[bool]:
    """The account's lock, if it is free; it goes with the session of a killed worker."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [_LOCKS, account])
        (is_ours,) = cursor.fetchone()
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [_LOCKS, account])


def delay_s(attempt: int) -> float:
    """Seconds until the retry after `attempt` (from 0): twice as long each time, spread out."""
    longest = min(_FIRST_DELAY_S * 2.0**attempt, _LONGEST_DELAY_S)
    return longest * random.uniform(0.5, 1)  # noqa: S311 (spreads load, hides nothing)


def plan_retry(account: str, attempt: int) -> float | None:
    """How long to wait after the failed `attempt`; None when enough was tried or one is planned."""
    wait_s = delay_s(attempt)
    if attempt >= RETRIES or not cache.add(_retry_key(account), 1, wait_s + _ASKED_FOR_S):
        return None
    return wait_s


def begin_retry(account: str) -> bool:
    """Whether the planned retry is still wanted: a sync that went well meanwhile ends the chain."""
    return cache.delete(_retry_key(account))


def forget_retry(account: str) -> None:
    """A sync went well."""
    cache.delete(_retry_key(account))


def _retry_key(account: str) -> str:
    return f"whatsapp:sync-retry:{account}"
