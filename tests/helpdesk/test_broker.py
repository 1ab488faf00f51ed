"""The broker going away with tasks in hand ends no worker."""

from __future__ import annotations

import pytest
from celery import current_app
from kombu import Connection, Queue
from kombu.common import ignore_errors

from helpdesk import broker


@pytest.fixture
def with_a_task_in_hand() -> Connection:
    """A connection to the broker that took a message and did not acknowledge it."""
    connection = current_app.connection_for_write()
    with connection.SimpleQueue("test-broker") as queue:
        queue.put({"id": 1})
    channel = connection.default_channel
    received: list[object] = []
    with connection.Consumer(
        [Queue("test-broker")],
        callbacks=[lambda body, _message: received.append(body)],
        channel=channel,
    ):
        connection.drain_events(timeout=5)
    assert received == [{"id": 1}]
    return connection


def test_every_way_to_redis_is_ours() -> None:
    for url in ("redis://h/0", "rediss://h/0", "redis+socket:///run/redis.sock?virtual_host=1"):
        assert isinstance(Connection(url).transport, broker.Transport)


def test_a_channel_whose_connection_was_given_up_fails_as_a_connection_does(
    with_a_task_in_hand: Connection,
) -> None:
    connection = with_a_task_in_hand
    channel = connection.default_channel
    # What `Connection.collect()` leaves behind when Redis is away.
    channel._disconnect_pools()
    connection._do_close_transport()

    with pytest.raises(connection.connection_errors):
        channel._create_client()
    ignore_errors(connection, connection.close)
