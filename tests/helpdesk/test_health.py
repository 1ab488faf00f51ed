"""`/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from conversations.models import Status
from helpdesk import heartbeat
from helpdesk.tasks import beat_heartbeat
from tests import factories
from tests.fixtures import Clock


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
    assert response.json() == {
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


def test_metrics_answer_without_redis(client: Client, db: None, no_redis: None) -> None:
    assert "helpdesk_redis_up 0.0" in client.get("/metrics").content.decode()


def test_posting_is_not_for_here(client: Client) -> None:
    assert client.post("/healthz").status_code == 405


def test_a_worker_stamps_its_queues(redis_client: redis.Redis) -> None:
    heartbeat.stamp_own_queues()

    assert heartbeat.ages()
