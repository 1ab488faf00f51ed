"""The admin's first page says who is here."""

from __future__ import annotations

import pytest
import redis
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Agent, Availability
from accounts.presence import IDLE_S, note_open
from helpdesk.admin_today import who_is_here
from tests import factories


def has_open(redis_client: redis.Redis, agent: Agent, idle_s: int = 0) -> None:
    now = timezone.now().timestamp()
    with redis_client.pipeline() as pipe:
        note_open(pipe, {agent.pk: now - idle_s}, now)
        pipe.execute()


def test_who_is_here_and_who_is_away(
    browser: Client, redis_client: redis.Redis, agent: Agent, lead: Agent, admin: Agent
) -> None:
    away = factories.AgentFactory.create(name="Ayla Away", availability=Availability.AWAY)
    gone = factories.AgentFactory.create(name="Gerd Gone", is_active=False)
    for one in (agent, away, gone):
        has_open(redis_client, one)
    has_open(redis_client, lead, IDLE_S + 60)

    here = who_is_here()
    shown = browser.get("/admin/").content.decode()

    assert here.online == [agent]
    assert sorted(one.pk for one in here.away) == sorted([lead.pk, away.pk])
    assert here.agents == Agent.objects.filter(is_active=True).count()
    assert agent.name in shown
    assert "Ayla Away" in shown
    assert "Gerd Gone" not in shown


def test_names_of_agents_are_escaped(browser: Client, redis_client: redis.Redis) -> None:
    has_open(redis_client, factories.AgentFactory.create(name="<b>Eve</b>"))

    assert "<b>Eve</b>" not in browser.get("/admin/").content.decode()


def test_without_redis_nobody_is_known_to_be_here_and_the_page_opens(
    browser: Client, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise redis.ConnectionError

    monkeypatch.setattr("accounts.presence._redis", refuse)

    assert browser.get("/admin/").status_code == 200
    assert who_is_here().online == []


def test_it_costs_one_query_however_many_there_are(agent: Agent) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            who_is_here()
        return len(queries)

    assert cost() == 1
    factories.AgentFactory.create_batch(5)
    assert cost() == 1
