"""`/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from conversations.models import Lane, Message, Status
from helpdesk import figures, heartbeat
from helpdesk.tasks import beat_heartbeat
from tests import factories
from tests.fixtures import Clock
from whatsapp.models import EventState


@pytest.fixture
def workers_alive() -> None:
    heartbeat.stamp(*heartbeat.QUEUES)


@pytest.fixture
def no_redis(settings: LazySettings) -> Iterator[None]:
    settings.REDIS_URL = "redis://127.255.255.254:9/0"
    heartbeat.client.cache_clear()
    yield
    heartbeat.client.cache_clear()


def test_healthz_asks_no_database(
    client: Client, db: None, django_assert_num_queries: DjangoAssertNumQueries, no_redis: None
) -> None:
    with django_assert_num_queries(0):
        response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")


def test_readyz_is_200_when_all_is_in_order(client: Client, db: None, workers_alive: None) -> None:
    response = client.get("/readyz")

    assert response.status_code == 200
    body = response.json()
    nothing = {"waiting": 0, "held": 0, "oldest_s": 0.0}
    assert {name for name, value in body.pop("figures").items() if value == nothing} == {
        "webhook_events",
        "live",
        "outbound_reply",
        "outbound_bulk",
        "media",
    }
    assert body == {
        "status": "ok",
        "checks": {
            name: {"status": "ok"} for name in ("database", "redis", "workers", "queue_lag")
        },
    }


def test_readyz_names_the_queues_nobody_serves(client: Client, db: None) -> None:
    heartbeat.stamp("inbound", "live", "bulk", "maintenance")

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["checks"]["workers"] == {
        "status": "failing",
        "detail": "No worker serves: outbound, media.",
    }


def test_a_worker_that_fell_silent_does_not_count(
    client: Client, db: None, workers_alive: None, clock: Clock
) -> None:
    clock.forward(timedelta(seconds=16))

    assert client.get("/readyz").status_code == 503


def test_readyz_is_503_without_redis(client: Client, db: None, no_redis: None) -> None:
    response = client.get("/readyz")

    assert response.status_code == 503
    checks = response.json()["checks"]
    assert checks["redis"]["status"] == "failing"
    assert checks["database"]["status"] == "ok"


@pytest.mark.django_db(transaction=True)
def test_a_webhook_that_waits_for_minutes_is_a_lag(client: Client, workers_alive: None) -> None:
    factories.WebhookEventFactory.create(received_at=timezone.now() - timedelta(minutes=5))

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["checks"]["queue_lag"]["detail"].startswith("The oldest webhook")


def test_readyz_without_a_database_answers_at_once(
    client: Client, db: None, workers_alive: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = {"host": "127.255.255.254", "port": 9, "dbname": "nowhere"}
    monkeypatch.setattr("helpdesk.health.connection.get_connection_params", lambda: nowhere)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["checks"]["database"]["status"] == "failing"
    assert response.json()["figures"] is None


def ask(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def test_figures_tell_what_waits_from_what_is_held(db: None) -> None:
    now = timezone.now()
    for lane, retry_at in (
        (Lane.REPLY, None),
        (Lane.REPLY, now - timedelta(seconds=20)),
        (Lane.REPLY, now + timedelta(minutes=9)),
        (Lane.BULK, now + timedelta(minutes=9)),
    ):
        row = factories.MessageFactory.create(
            outbound=True, status=Status.QUEUED, lane=lane, retry_at=retry_at
        )
        Message.objects.filter(pk=row.pk).update(created_at=now - timedelta(seconds=30))
    factories.MessageFactory.create(outbound=True, status=Status.SENDING)
    for state in (EventState.FAILED, EventState.UNKNOWN_NUMBER, EventState.WAITING):
        factories.WebhookEventFactory.create(state=state)

    found = figures.read(ask)

    assert (found.outbound_reply.waiting, found.outbound_reply.held) == (2, 1)
    assert 30 <= found.outbound_reply.oldest_s < 40
    assert (found.outbound_bulk.waiting, found.outbound_bulk.held) == (0, 1)
    assert found.outbound_bulk.oldest_s == 0
    assert (found.webhook_events.waiting, found.webhook_events.held) == (0, 1)
    assert (found.failed_events, found.unknown_number_events, found.sending) == (1, 1, 1)


def test_a_replayed_webhook_has_no_age_but_counts(db: None) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    factories.WebhookEventFactory.create(received_at=yesterday, attempts=1)

    events = figures.read(ask).webhook_events

    assert (events.waiting, events.oldest_s) == (1, 0.0)


def test_figures_need_no_look_at_what_is_done(db: None) -> None:
    """Every part is answered by an index over what is not done, however much is stored."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = "\n".join(row[0] for row in ask(f"EXPLAIN {figures._QUERY}"))

    scanned = set(re.findall(r"Seq Scan on (\w+)", plan))

    assert not scanned


def test_metrics_count_what_there_is_to_do(client: Client, db: None, workers_alive: None) -> None:
    factories.MessageFactory.create(outbound=True, status=Status.UNCONFIRMED)
    factories.WebhookEventFactory.create()
    beat_heartbeat()

    lines = client.get("/metrics").content.decode().splitlines()

    assert "helpdesk_database_up 1.0" in lines
    assert "helpdesk_redis_up 1.0" in lines
    assert "helpdesk_webhook_events_pending 1.0" in lines
    assert "helpdesk_conversations_open 1.0" in lines
    assert 'helpdesk_messages_in_flight{status="unconfirmed"} 1.0' in lines
    assert 'helpdesk_queue_length{queue="inbound"} 0.0' in lines
    assert any(line.startswith('helpdesk_heartbeat_age_seconds{of="beat"}') for line in lines)


def test_metrics_know_the_numbers_and_what_was_set_aside(client: Client, db: None) -> None:
    number = factories.WhatsAppNumberFactory.create(can_send="BLOCKED", quality="RED")
    other = factories.WhatsAppNumberFactory.create(can_send="AVAILABLE")
    factories.WebhookEventFactory.create(state=EventState.FAILED)

    lines = client.get("/metrics").content.decode().splitlines()

    assert f'helpdesk_number_can_send{{number="{number.pk}"}} 0.0' in lines
    assert f'helpdesk_number_can_send{{number="{other.pk}"}} 1.0' in lines
    assert 'helpdesk_webhook_events_set_aside{state="failed"} 1.0' in lines
    assert "helpdesk_tasks_parked 0.0" in lines
    assert 'helpdesk_rows_oldest_seconds{queue="outbound_reply"} 0.0' in lines
    assert number.phone_number.lstrip("+") not in "".join(lines)


def test_metrics_answer_without_redis(client: Client, db: None, no_redis: None) -> None:
    assert "helpdesk_redis_up 0.0" in client.get("/metrics").content.decode()


def test_posting_is_not_for_here(client: Client) -> None:
    assert client.post("/healthz").status_code == 405


def test_a_worker_stamps_its_queues(redis_client: redis.Redis) -> None:
    heartbeat.stamp_own_queues()

    assert heartbeat.ages()
