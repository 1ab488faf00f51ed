"""What the inbox's pages cost: server time, queries and compressed size of each.

`python -m benchmarks.pages` answers JSON for the database it is pointed at, which
`benchmarks/generate.py` has filled; `--table` prints it to be read. A process of its own: the
measuring one needs no Django.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from statistics import median
from typing import Any, cast

import django

django.setup()

from django.conf import settings  # noqa: E402 (Django must be set up before)
from django.db import connection  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from accounts.models import Agent, Role, Team  # noqa: E402
from benchmarks.page_addresses import SEARCHES, lists  # noqa: E402
from benchmarks.plans import plans  # noqa: E402
from benchmarks.prepare import agent_number  # noqa: E402
from conversations.models import BusinessNumber, Label  # noqa: E402

# At most so many times, and no longer than this for one page.
ROUNDS, LONGEST_S = 5, 0.8
_LONGEST = """
    SELECT conversation_id, count(*) FROM conversations_message
    GROUP BY conversation_id ORDER BY count(*) DESC LIMIT 1
"""
Figures = dict[str, float]


def measure(client: Client, url: str, *, htmx: bool = True) -> Figures:
    """Milliseconds of warm requests (the best, and the middle), queries, compressed size.

    Two requests come before that nobody counts: the first reads from disk, the second one's
    queries are counted, which takes time itself.
    """
    headers = {"HX-Request": "true"} if htmx else {}
    _get(client, url, headers)
    with CaptureQueriesContext(connection) as queries:
        answer = _get(client, url, headers)
    asked = len(queries)  # the next request forgets them
    times: list[float] = []
    began = time.perf_counter()
    while len(times) < ROUNDS and (not times or time.perf_counter() - began < LONGEST_S):
        start = time.perf_counter()
        _get(client, url, headers)
        times.append((time.perf_counter() - start) * 1000)
    return {
        "ms": round(min(times), 1),
        "median_ms": round(median(times), 1),
        "queries": asked,
        "kb": round(len(gzip.compress(answer.content, 6)) / 1024, 1),
    }


def _get(client: Client, url: str, headers: dict[str, str]) -> HttpResponse:
    answer = cast(HttpResponse, client.get(url, headers=headers))
    if answer.status_code != 200:
        raise RuntimeError(f"{url}: {answer.status_code}")
    return answer


def signed_in(agent: Agent) -> Client:
    client = Client(HTTP_HOST="localhost")
    client.force_login(agent)
    return client


def longest_conversation() -> tuple[str, int]:
    """Its key, and how many messages it has."""
    with connection.cursor() as cursor:
        cursor.execute(_LONGEST)
        pk, count = cursor.fetchone()
    return str(pk), int(count)


def one_of_a_team() -> Agent:
    """An agent who sees the conversations of one team, and has work of their own."""
    made = Agent.objects.filter(role=Role.AGENT, email__startswith="made")
    return made.order_by("pk")[:1].get()


def addresses() -> dict[str, dict[str, str]]:
    """Of lists and of searches, by name."""
    agent = one_of_a_team()
    keys = {
        "agent": agent.pk,
        "team": Team.objects.order_by("pk")[:1].get().pk,
        "label": Label.objects.order_by("pk")[:1].get().pk,
        "number": BusinessNumber.objects.order_by("pk").last().pk,  # type: ignore[union-attr]
    }
    asked = {name: f"/rows/?{query}" for name, query in lists(keys).items()}
    return {"lists": asked, "searches": SEARCHES}


def people() -> dict[str, Client]:
    return {"lead": signed_in(agent_number(0)), "agent": signed_in(one_of_a_team())}


def everything(only: str = "") -> dict[str, Any]:
    """Each page for a lead, who sees all teams, and for an agent of one; of those with `only` in
    their name."""
    who, asked = people(), addresses()
    longest, messages = longest_conversation()
    return {
        "thread": {"messages": messages, **measure(who["lead"], f"/conversations/{longest}/")},
        "page": measure(who["lead"], f"/conversations/{longest}/?view=all", htmx=False),
        "lists": _of_each(asked["lists"], who, only),
        "searches": _of_each(asked["searches"], who, only),
    }


def _of_each(
    asked: dict[str, str], people: dict[str, Client], only: str
) -> dict[str, dict[str, Figures]]:
    return {
        name: {who: measure(client, url) for who, client in people.items()}
        for name, url in asked.items()
        if only in name
    }


def table(found: dict[str, Any]) -> str:
    """What docs/lists.md and docs/search.md show."""
    lines = [f"{name}: {found[name]}" for name in ("thread", "page")]
    for kind in ("lists", "searches"):
        lines += ["", f"| {kind} | lead | agent | queries | KB |", "|---|---|---|---|---|"]
        for name, one in found[kind].items():
            lead, agent = one["lead"], one["agent"]
            lines.append(
                f"| `{name}` | {lead['ms']:.0f} ms | {agent['ms']:.0f} ms "
                f"| {lead['queries']:.0f} | {lead['kb']:.0f} |"
            )
    return "\n".join(lines)


def all_plans(only: str) -> str:
    lead, asked = people()["lead"], addresses()
    urls = [url for some in asked.values() for name, url in some.items() if only in name]
    return "\n\n".join(plans(lead, url) for url in urls)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--table", action="store_true", help="to be read, instead of JSON")
    parser.add_argument("--only", default="", help="pages with this in their name")
    parser.add_argument("--plans", action="store_true", help="of the slowest statements")
    options = parser.parse_args()
    settings.DEBUG = False  # else every statement is written down
    if options.plans:
        sys.stdout.write(all_plans(options.only))
        return
    found = everything(options.only)
    sys.stdout.write(table(found) if options.table else json.dumps(found))
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
