"""Leads say what an agent answers in and knows."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import Agent
from tests import factories
from tests.inbox.conftest import SignIn

pytestmark = pytest.mark.django_db


def test_a_lead_sets_languages_and_topics(sign_in: SignIn, lead: Agent, agent: Agent) -> None:
    lost, found = factories.LabelFactory.create(), factories.LabelFactory.create()
    agent.skills.set([found])
    url = reverse("inbox:skills", args=[agent.pk])
    browser = sign_in(lead)
    assert agent.name in browser.get(url).content.decode()
    answer = browser.post(url, {"languages": "de, en,de", "labels": [lost.pk]})
    assert answer.status_code == 302
    agent.refresh_from_db()
    assert agent.languages == ["de", "en"]
    assert list(agent.skills.all()) == [lost]
    browser.post(url, {"languages": ""})
    agent.refresh_from_db()
    assert agent.languages == []


def test_what_makes_no_sense_is_said_and_nothing_is_lost(
    sign_in: SignIn, lead: Agent, agent: Agent
) -> None:
    url = reverse("inbox:skills", args=[agent.pk])
    for languages in ("Deutsch", "de, <b>", ",".join(["de"] * 30)):
        answer = sign_in(lead).post(url, {"languages": languages})
        assert answer.status_code == 422
        assert b"id_languages" in answer.content
    assert sign_in(lead).post(url, {"labels": ["nothing"]}).status_code == 422
    agent.refresh_from_db()
    assert agent.languages == []


def test_only_leads_and_only_by_get_and_post(
    sign_in: SignIn, lead: Agent, agent: Agent, read_only: Agent
) -> None:
    url = reverse("inbox:skills", args=[agent.pk])
    for who in (agent, read_only):
        assert sign_in(who).get(url).status_code == 404
        assert sign_in(who).post(url, {"languages": "de"}).status_code == 404
    assert sign_in(lead).put(url).status_code == 405
    assert sign_in(lead).get(reverse("inbox:skills", args=[0])).status_code == 404
