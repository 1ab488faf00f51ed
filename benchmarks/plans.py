"""How PostgreSQL goes about the slowest statements of a page: EXPLAIN (ANALYZE, BUFFERS)."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

# Statements that are shown for each page, and how long they must take to be.
MOST, LEAST_S = 4, 0.003


def plans(client: Client, url: str) -> str:
    """The slowest statements of a warm page, with their plans."""
    client.get(url, headers={"HX-Request": "true"})
    with CaptureQueriesContext(connection) as queries:
        client.get(url, headers={"HX-Request": "true"})
    slow = [one for one in queries.captured_queries if float(one["time"]) >= LEAST_S]
    slow.sort(key=lambda one: -float(one["time"]))
    told = [f"== {url}: {len(queries)} queries"]
    told += [_plan(one) for one in slow[:MOST] if one["sql"].lstrip().startswith(("SELECT", "("))]
    return "\n\n".join(told)


def _plan(query: dict[str, Any]) -> str:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS) " + query["sql"].replace("%", "%%"), [])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    return f"-- {query['time']} s\n{query['sql']}\n{plan}"
