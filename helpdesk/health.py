"""`/healthz`, `/readyz` and `/metrics`: is it alive, can it work, how much is there to do."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import redis
from celery import current_app
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu import Connection
from kombu.exceptions import ChannelError
from kombu.exceptions import OperationalError as BrokerError
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from conversations.models import Conversation, Event, Media, MediaStatus, Message, Status
from helpdesk import heartbeat
from whatsapp.models import EventState, WebhookEvent

log = logging.getLogger(__name__)

# A webhook that waits longer than this means that customers' messages are not seen.
LAG_LIMIT_S = 60.0
OLDEST_PENDING = (
    "SELECT coalesce(extract(epoch FROM now() - min(received_at)), 0)::float "
    # What is looked at again, or was replayed by hand, is old by nature.
    "FROM (SELECT received_at FROM {table} WHERE state = 'pending' AND attempts = 0 "
    "AND processed_at IS NULL ORDER BY id LIMIT 1) AS oldest"
)


@dataclass(frozen=True)
class Check:
    """One line of `/readyz`; `detail` names what is wrong, in English, without personal data."""

    ok: bool
    detail: str = ""

    def as_json(self) -> dict[str, str]:
        status = {"status": "ok" if self.ok else "failing"}
        return {**status, "detail": self.detail} if self.detail else status


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nobody: a restart does not mend a broken database."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when database, Redis, workers and the inbound queue are in order, else 503."""
    database, queue_lag = check_database()
    redis_check, workers = check_redis()
    checks = {
        "database": database,
        "redis": redis_check,
        "workers": workers,
        "queue_lag": queue_lag,
    }
    ready = all(check.ok for check in checks.values())
    body = {
        "status": "ok" if ready else "unavailable",
        "checks": {name: check.as_json() for name, check in checks.items()},
    }
    return JsonResponse(body, status=200 if ready else 503)


def check_database() -> tuple[Check, Check]:
    """Whether PostgreSQL answers, and how long the oldest webhook waits.

    On a connection of its own: the pool would make a caller wait while the database is away.
    """
    try:
        parameters = {**connection.get_connection_params(), "connect_timeout": 2}
        with psycopg.connect(**parameters, autocommit=True) as direct:
            direct.execute("SET statement_timeout = 2000")
            query = OLDEST_PENDING.format(table=WebhookEvent._meta.db_table)
            row = direct.execute(query.encode()).fetchone()
    except psycopg.Error:
        log.warning("readyz.database_failing", exc_info=True)
        return Check(ok=False, detail="PostgreSQL does not answer."), Check(
            ok=False, detail="Unknown without the database."
        )
    lag_s = float(row[0]) if row else 0.0
    detail = f"The oldest webhook has waited {lag_s:.0f} s." if lag_s > LAG_LIMIT_S else ""
    return Check(ok=True), Check(ok=not detail, detail=detail)


def check_redis() -> tuple[Check, Check]:
    """Whether Redis answers, and whether a worker serves each queue."""
    try:
        silent = heartbeat.silent_queues()
    except redis.RedisError:
        log.warning("readyz.redis_failing", exc_info=True)
        return Check(ok=False, detail="Redis does not answer."), Check(
            ok=False, detail="Unknown without Redis."
        )
    detail = f"No worker serves: {', '.join(silent)}." if silent else ""
    return Check(ok=True), Check(ok=not detail, detail=detail)


@require_safe
@never_cache
def metrics(_request: HttpRequest) -> HttpResponse:
    """Prometheus. Counts and ages only; keep it off the public net at the reverse proxy."""
    registry = CollectorRegistry()
    registry.register(Figures())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Figures(Collector):
    """What is read from the database, the broker and the heartbeats at the moment of asking."""

    def describe(self) -> list[Metric]:
        """Nothing: registering asks no database."""
        return []

    def collect(self) -> Iterator[Metric]:
        database, _ = check_database()
        yield GaugeMetricFamily(
            "helpdesk_database_up", "1 when PostgreSQL answers.", value=float(database.ok)
        )
        if database.ok:
            yield from self._webhook_events()
            yield from self._messages()
        yield from self._queues()
        yield from self._heartbeats()

    def _webhook_events(self) -> Iterator[Metric]:
        pending = WebhookEvent.objects.filter(state=EventState.PENDING)
        yield GaugeMetricFamily(
            "helpdesk_webhook_events_pending",
            "Webhook events that wait to be processed.",
            value=pending.count(),
        )
        with connection.cursor() as cursor:
            cursor.execute(OLDEST_PENDING.format(table=WebhookEvent._meta.db_table))
            age_s = cursor.fetchone()[0]
        yield GaugeMetricFamily(
            "helpdesk_webhook_event_oldest_pending_seconds",
            "Age of the oldest webhook event that waits.",
            value=age_s,
        )

    def _messages(self) -> Iterator[Metric]:
        messages = GaugeMetricFamily(
            "helpdesk_messages_in_flight",
            "Outbound messages on their way or without an answer, by status.",
            labels=["status"],
        )
        for status in (Status.QUEUED, Status.SENDING, Status.UNCONFIRMED):
            count = Message.objects.filter(status=status).count()
            messages.add_metric([str(status)], count)
        yield messages
        yield GaugeMetricFamily(
            "helpdesk_conversations_open",
            "Conversations that are not resolved.",
            value=Conversation.objects.exclude(status=Conversation.Status.RESOLVED).count(),
        )
        yield GaugeMetricFamily(
            "helpdesk_events_undispatched",
            "Events that the live inbox has not heard of.",
            value=Event.objects.filter(dispatched_at=None).count(),
        )
        yield GaugeMetricFamily(
            "helpdesk_media_pending",
            "Files that wait to be fetched from WhatsApp.",
            value=Media.objects.filter(status=MediaStatus.PENDING).count(),
        )

    def _queues(self) -> Iterator[Metric]:
        lengths = GaugeMetricFamily(
            "helpdesk_queue_length", "Tasks that wait in the broker, by queue.", labels=["queue"]
        )
        try:
            with current_app.connection_for_read() as broker:
                for queue in heartbeat.QUEUES:
                    lengths.add_metric([queue], _waiting_in(broker, queue))
        except (BrokerError, OSError, redis.RedisError):
            log.warning("metrics.broker_failing")
            return
        yield lengths

    def _heartbeats(self) -> Iterator[Metric]:
        try:
            ages = heartbeat.ages()
        except redis.RedisError:
            yield GaugeMetricFamily("helpdesk_redis_up", "1 when Redis answers.", value=0)
            return
        yield GaugeMetricFamily("helpdesk_redis_up", "1 when Redis answers.", value=1)
        family = GaugeMetricFamily(
            "helpdesk_heartbeat_age_seconds",
            "Seconds since a worker of the queue, or beat, gave a sign of life.",
            labels=["of"],
        )
        for name, age_s in ages.items():
            family.add_metric([name], age_s)
        yield family


def _waiting_in(broker: Connection, queue: str) -> int:
    """Tasks that wait in `queue`; one that was never used has none."""
    channel: Any = broker.default_channel
    try:
        return int(channel.queue_declare(queue=queue, passive=True).message_count)
    except ChannelError:
        return 0
