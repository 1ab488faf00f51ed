"""Kombu's Redis transport, with one defect mended.

When Redis goes away while tasks are in hand, kombu (5.7) closes a channel twice: first in
`Connection.collect()`, which can break off half-way, then in `Connection.close()`. The second time
the channel gives back its unacknowledged messages, asks its connection for the server's address,
and finds that the connection was taken from it: `'NoneType' object has no attribute 'hostname'`.
Celery takes that for a bug and ends the worker. An error of the connection, which it is, makes it
connect anew.
"""

from __future__ import annotations

from typing import Any

from kombu.transport import TRANSPORT_ALIASES
from kombu.transport import redis as kombu_redis
from redis.exceptions import ConnectionError as RedisConnectionError


class Channel(kombu_redis.Channel):
    """A channel that says so when its connection was given up."""

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        if getattr(self.connection, "client", None) is None:
            raise RedisConnectionError("The connection of this channel was given up.")
        parameters: dict[str, Any] = super()._connparams(  # type: ignore[misc] # not in the stubs
            asynchronous=asynchronous
        )
        return parameters


class Transport(kombu_redis.Transport):
    """Redis, with our channels."""

    Channel = Channel


def use() -> None:
    """Have every broker URL that leads to Redis, by TCP, TLS or a UNIX socket, use it."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{Transport.__name__}"
