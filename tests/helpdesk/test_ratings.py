"""Ratings inside the inbox: for leads, of what they may see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agent, Role
from automation.figures import rating_figures
from automation.models import CsatAnswer, CsatRequest
from conversations.access import visible_conversations
from conversations.models import Conversation
from tests import factories

pytestmark = pytest.mark.django_db
URL = "/ratings/"


def rate(score: int, conversation: Conversation | None = None) -> CsatAnswer:
    now = timezone.now()
    row = conversation or factories.ConversationFactory.create()
    asked = CsatRequest.objects.create(
        conversation=row,
        state=CsatRequest.State.ANSWERED,
        ask_at=now,
        asked_at=now,
        resolved_at=now,
    )
    return CsatAnswer.objects.create(request=asked, score=score, answered_at=now)


@pytest.fixture
def lead(client: Client) -> Agent:
    one: Agent = factories.AgentFactory.create(role=Role.LEAD)
    client.force_login(one)
    return one


def test_leads_see_figures_and_the_newest(client: Client, lead: Agent) -> None:
    assert reverse("ratings") == URL
    row = rate(5)
    rate(2)
    page = client.get(URL).content.decode()
    assert "3.5" in page or "3,5" in page
    assert f"/conversations/{row.request.conversation_id}/" in page
    assert client.get(URL, {"days": "7"}).status_code == 200
    assert client.get(URL, {"days": "x'"}).status_code == 200
    assert client.post(URL).status_code == 405


def test_only_leads(client: Client, agent: Agent, read_only: Agent) -> None:
    assert client.get(URL).status_code == 302
    for one in (agent, read_only):
        client.force_login(one)
        assert client.get(URL).status_code == 403


def test_what_a_lead_does_not_see_counts_for_nothing(client: Client, lead: Agent) -> None:
    rate(5)
    closed = factories.WhatsAppNumberFactory.create()
    closed.teams.add(factories.TeamFactory.create())
    hidden = rate(1, factories.ConversationFactory.create(business_number=closed))
    since = timezone.now() - timedelta(days=30)
    assert rating_figures(since, visible_conversations(lead)).answered == 1
    page = client.get(URL).content.decode()
    assert str(hidden.request.conversation_id) not in page


def test_many_ratings_cost_no_more_queries(client: Client, lead: Agent) -> None:
    rate(1)
    client.get(URL)
    with CaptureQueriesContext(connection) as few:
        client.get(URL)
    for score in (1, 2, 3, 4, 5, 5, 5):
        rate(score)
    with CaptureQueriesContext(connection) as many:
        client.get(URL)
    assert len(many) == len(few)
