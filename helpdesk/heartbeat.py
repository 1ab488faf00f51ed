"""Signs of life of the workers and of beat, kept in Redis for `/readyz` and `/metrics`.

A worker stamps each queue it consumes whenever Celery sends its own heartbeat (every 2 s, in the
worker's main process, so a long task does not stop it). Beat is known by the task it sends.
"""

from __future__ import annotations

import logging
import time
from functools import lru_cache

import redis
from celery import current_app
from celery.signals import heartbeat_sent
from django.conf import settings

from helpdesk.embedded.redis import HEARTBEATS_KEY

log = logging.getLogger(__name__)

KEY = HEARTBEATS_KEY
BEAT = "beat"
QUEUES = ("inbound", "live", "outbound", "bulk", "media", "maintenance")
STALE_S = 15.0


@lru_cache(maxsize=1)
def client() -> redis.Redis:
    """A Redis client that gives up quickly: asking whether Redis lives must not hang."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)


def stamp(*names: str) -> None:
    """Say that `names` (queues, or beat) are alive now; Redis being away is only logged."""
    now = time.time()
    try:
        client().hset(KEY, mapping=dict.fromkeys(names, now))
    except redis.RedisError:
        log.warning("heartbeat.not_recorded names=%s", ",".join(names))


def ages() -> dict[str, float]:
    """Seconds since the last sign of life by name; raises `redis.RedisError`."""
    now = time.time()
    stamps: dict[bytes, bytes] = client().hgetall(KEY)  # type: ignore[assignment]
    return {name.decode(): max(now - float(at), 0.0) for name, at in stamps.items()}


def silent_queues() -> list[str]:
    """The queues that no worker has spoken for lately; raises `redis.RedisError`."""
    known = ages()
    return [name for name in QUEUES if known.get(name, STALE_S) >= STALE_S]


@heartbeat_sent.connect
def stamp_own_queues(**_: object) -> None:
    """In a worker: every queue it consumes is served."""
    stamp(*current_app.amqp.queues.consume_from)
