"""What `/metrics` tells Prometheus: figures of the database, queue lengths, heartbeats."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import redis
from celery import current_app
from kombu import Connection
from kombu.exceptions import ChannelError
from kombu.exceptions import OperationalError as BrokerError
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from conversations.refusals import refusals
from helpdesk import heartbeat
from helpdesk.figures import Figures, NumberState

log = logging.getLogger(__name__)

# What the database tells; None when it does not answer.
Database = tuple[Figures, list[NumberState], int]


class Exposition(Collector):
    """The figures of the moment of asking."""

    def __init__(self, database: Callable[[], Database | None]) -> None:
        self._database = database

    def describe(self) -> list[Metric]:
        """Nothing: registering asks no database."""
        return []

    def collect(self) -> Iterator[Metric]:
        database = self._database()
        yield gauge("database_up", "1 when PostgreSQL answers.", database is not None)
        if database is not None:
            figures, numbers, conversations = database
            yield from of_figures(figures)
            yield from of_numbers(numbers)
            yield gauge("conversations_open", "Conversations not resolved.", conversations)
        yield from _refusals()
        yield from _lengths()
        yield from _heartbeats()


def gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"helpdesk_{name}", words, value=float(value))


def by(name: str, words: str, label: str, values: dict[str, float]) -> Metric:
    """One gauge, a value per label."""
    family = GaugeMetricFamily(f"helpdesk_{name}", words, labels=[label])
    for of, value in values.items():
        family.add_metric([of], float(value))
    return family


def of_figures(figures: Figures) -> Iterator[Metric]:
    """Queues, messages on their way, what a person must see to."""
    queues, events = figures.queues, figures.webhook_events
    yield by(
        "rows_waiting",
        "Rows whose turn it is, by queue.",
        "queue",
        {name: queue.waiting for name, queue in queues.items()},
    )
    yield by(
        "rows_held",
        "Rows that wait for a time still to come, by queue.",
        "queue",
        {name: queue.held for name, queue in queues.items()},
    )
    yield by(
        "rows_oldest_seconds",
        "For how long the oldest row could have been done, by queue.",
        "queue",
        {name: queue.oldest_s for name, queue in queues.items()},
    )
    yield gauge("webhook_events_pending", "Webhook events to be processed.", events.waiting)
    yield gauge(
        "webhook_event_oldest_pending_seconds",
        "Age of the oldest webhook event that waits.",
        events.oldest_s,
    )
    yield by(
        "webhook_events_set_aside",
        "Webhook events that a person must see to, by state.",
        "state",
        {"failed": figures.failed_events, "unknown_number": figures.unknown_number_events},
    )
    replies, bulk = figures.outbound_reply, figures.outbound_bulk
    yield by(
        "messages_in_flight",
        "Outbound messages on their way or without an answer, by status.",
        "status",
        {
            "queued": replies.waiting + replies.held + bulk.waiting + bulk.held,
            "sending": figures.sending,
            "unconfirmed": figures.unconfirmed,
        },
    )
    yield gauge(
        "events_undispatched", "Events the live inbox has not heard of.", figures.live.waiting
    )
    yield gauge("media_pending", "Files to be fetched.", figures.media.waiting + figures.media.held)
    yield gauge("tasks_parked", "Tasks that were set aside.", figures.parked)


def of_numbers(numbers: list[NumberState]) -> Iterator[Metric]:
    """By id, never by phone number."""
    yield by(
        "number_can_send",
        "0 when the number is switched off here or blocked by Meta, by id.",
        "number",
        {str(one.pk): one.is_active and not one.is_blocked for one in numbers},
    )
    family = GaugeMetricFamily(
        "helpdesk_number_state",
        "1 for what Meta last said of the number.",
        labels=["number", "status", "quality", "can_send"],
    )
    for one in numbers:
        family.add_metric([str(one.pk), one.status, one.quality, one.can_send], 1.0)
    yield family


def _refusals() -> Iterator[Metric]:
    family = CounterMetricFamily(
        "helpdesk_refusals", "Messages that our own rules refused, by reason.", labels=["reason"]
    )
    try:
        for reason, count in refusals().items():
            family.add_metric([reason], count)
    except redis.RedisError:
        log.warning("metrics.redis_failing")
        return
    yield family


def _lengths() -> Iterator[Metric]:
    try:
        with current_app.connection_for_read() as broker:
            lengths = {queue: _waiting_in(broker, queue) for queue in heartbeat.QUEUES}
    except (BrokerError, OSError, redis.RedisError):
        log.warning("metrics.broker_failing")
        return
    yield by("queue_length", "Tasks that wait in the broker, by queue.", "queue", {**lengths})


def _heartbeats() -> Iterator[Metric]:
    try:
        ages = heartbeat.ages()
    except redis.RedisError:
        yield gauge("redis_up", "1 when Redis answers.", 0)
        return
    yield gauge("redis_up", "1 when Redis answers.", 1)
    yield by(
        "heartbeat_age_seconds",
        "Seconds since a worker of the queue, or beat, gave a sign of life.",
        "of",
        ages,
    )


def _waiting_in(broker: Connection, queue: str) -> int:
    """Tasks that wait in `queue`; one that was never used has none."""
    channel: Any = broker.default_channel
    try:
        return int(channel.queue_declare(queue=queue, passive=True).message_count)
    except ChannelError:
        return 0
