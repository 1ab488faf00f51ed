"""Every list there is, by each view, order and filter field: at most 12 queries, however many rows;
and a thread, however long."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Agent, Team
from benchmarks.page_addresses import lists
from conversations.models import Conversation, Label
from tests import factories
from tests.inbox.conftest import SignIn

pytestmark = pytest.mark.django_db

MOST = 12
KEYS = {"agent": 1, "team": 1, "label": 1, "number": 1}
ROWS = 8


def cost(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url, headers={"HX-Request": "true"})
    assert answer.status_code == 200, url
    return len(queries)


def make(agent: Agent, team: Team, label: Label, number: int) -> None:
    for _ in range(number):
        one = factories.ConversationFactory.create(team=team, assignee=agent, unread=1)
        one.labels.add(label)
        one.last_message = factories.MessageFactory.create(conversation=one)
        one.last_message_at = one.waiting_since = timezone.now()
        one.save()


@pytest.mark.parametrize("name", list(lists(KEYS)))
def test_a_list_costs_few_queries_whatever_it_is_narrowed_by(
    sign_in: SignIn, lead: Agent, conversation: Conversation, team: Team, name: str
) -> None:
    label = Label.objects.create(name="Fundsache")
    keys = {
        "agent": lead.pk,
        "team": team.pk,
        "label": label.pk,
        "number": conversation.business_number_id,
    }
    url = f"/rows/?{lists(keys)[name]}"
    client = sign_in(lead)
    make(lead, team, label, 1)
    cost(client, url)  # what a process asks once
    few = cost(client, url)
    make(lead, team, label, ROWS)
    many = cost(client, url)
    # An empty list asks less; one with rows asks the same for all of them.
    assert many <= MOST
    assert many <= few + 3  # labels, files and identities are asked for once there are any


def test_a_thread_costs_few_queries_however_long(
    sign_in: SignIn, lead: Agent, conversation: Conversation
) -> None:
    client = sign_in(lead)
    for _ in range(3):
        factories.MessageFactory.create(conversation=conversation)
    url = f"/conversations/{conversation.pk}/"
    cost(client, url)
    few = cost(client, url)
    for _ in range(70):
        factories.MessageFactory.create(conversation=conversation)
    many = cost(client, url)
    assert many <= few + 1
    assert many <= THREAD_MOST, many


# Head, composer and contact's pane come with it.
THREAD_MOST = 12
