"""`/healthz`, `/readyz` and `/metrics`: is it alive, can it work, how much is there to do."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import psycopg
import redis
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from conversations.models import Conversation
from helpdesk import heartbeat
from helpdesk.figures import Figures, Row, read, read_numbers
from helpdesk.metrics import Database, Exposition

log = logging.getLogger(__name__)

# A webhook that waits longer than this means that customers' messages are not seen.
LAG_LIMIT_S = 60.0
ANSWER_WITHIN_MS = 2000


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
    """200 when database, Redis, workers and the inbound queue are in order, else 503.

    `figures` says how much waits where; only the webhooks' lag makes a process unready, since no
    other process would be quicker with the rest.
    """
    figures = figures_now()
    redis_check, workers = check_redis()
    checks = {
        "database": check_database(figures),
        "redis": redis_check,
        "workers": workers,
        "queue_lag": check_lag(figures),
    }
    ready = all(check.ok for check in checks.values())
    body = {
        "status": "ok" if ready else "unavailable",
        "checks": {name: check.as_json() for name, check in checks.items()},
        "figures": figures.as_json() if figures else None,
    }
    return JsonResponse(body, status=200 if ready else 503)


def figures_now() -> Figures | None:
    """How much waits where; None when PostgreSQL does not answer.

    On a connection of its own: the pool would make a caller wait while the database is away.
    """
    try:
        parameters = {**connection.get_connection_params(), "connect_timeout": 2}
        with psycopg.connect(**parameters, autocommit=True) as direct:
            direct.execute(f"SET statement_timeout = {ANSWER_WITHIN_MS}")
            return read(lambda query: direct.execute(query.encode()).fetchall())
    except psycopg.Error:
        log.warning("readyz.database_failing", exc_info=True)
        return None


def check_database(figures: Figures | None) -> Check:
    """Whether PostgreSQL answers."""
    return Check(ok=True) if figures else Check(ok=False, detail="PostgreSQL does not answer.")


def check_lag(figures: Figures | None) -> Check:
    """Whether webhooks are processed in time."""
    if figures is None:
        return Check(ok=False, detail="Unknown without the database.")
    lag_s = figures.webhook_events.oldest_s
    detail = f"The oldest webhook has waited {lag_s:.0f} s." if lag_s > LAG_LIMIT_S else ""
    return Check(ok=not detail, detail=detail)


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
    registry.register(Exposition(_database))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _database() -> Database | None:
    if figures_now() is None:
        return None  # the pool would wait for it
    try:
        is_open = Conversation.objects.exclude(status=Conversation.Status.RESOLVED)
        return read(_ask), read_numbers(_ask), is_open.count()
    except Error:
        log.warning("metrics.database_failing", exc_info=True)
        return None


def _ask(query: str) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())
