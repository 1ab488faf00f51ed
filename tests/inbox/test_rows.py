"""What a row says: service level, priority, snooze, whose turn it is; and who may ask for which."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Agent
from conversations.models import Conversation, Direction, Priority, Status
from conversations.services.snooze import snooze_conversation
from tests import factories
from tests.inbox.conftest import SignIn

pytestmark = pytest.mark.django_db
ROWS = reverse("inbox:rows")


def row(sign_in: SignIn, agent: Agent, **query: Any) -> str:
    return sign_in(agent).get(ROWS, {"view": "all", **query}).content.decode()


@pytest.mark.parametrize(
    ("due", "warn", "words"),
    [(-1, -60, ">SLA verfehlt<"), (22, 5, 'class="faint"'), (6, -1, 'class="warn"')],
)
def test_the_service_level_stands_in_the_corner(
    sign_in: SignIn, agent: Agent, conversation: Conversation, due: int, warn: int, words: str
) -> None:
    now = timezone.now()
    Conversation.objects.update(
        sla_due_at=now + timedelta(minutes=due, seconds=30),
        sla_warn_at=now + timedelta(minutes=warn),
    )
    page = row(sign_in, agent)
    assert "data-sla=" in page
    assert words in page or "SLA missed" in page


def test_a_service_level_of_tomorrow_is_no_news(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    Conversation.objects.update(sla_due_at=timezone.now() + timedelta(days=2))
    assert "data-sla=" not in row(sign_in, agent)


def test_priority_and_snooze_are_marked(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    assert "#flag" not in row(sign_in, agent)
    Conversation.objects.update(priority=Priority.URGENT)
    snooze_conversation(conversation, None, agent)
    page = row(sign_in, agent)
    assert "#flag" in page
    assert "#zzz" in page


def test_only_those_asked_for_that_belong_come_back(
    sign_in: SignIn, agent: Agent, other_agent: Agent, conversation: Conversation
) -> None:
    other = factories.ConversationFactory.create(resolved=True)
    only = f"{conversation.pk},{other.pk},nonsense"
    page = row(sign_in, agent, only=only)
    assert str(conversation.pk) in page
    assert str(other.pk) not in page
    assert str(conversation.pk) not in row(sign_in, other_agent, only=only)
    assert str(conversation.pk) not in row(sign_in, agent, only=only, language="xx")


@pytest.mark.parametrize("sort", ["waiting", "sla", "priority", "oldest", "snoozed", "closes"])
def test_pages_of_every_order_follow_each_other(sign_in: SignIn, agent: Agent, sort: str) -> None:
    now = timezone.now()
    number = factories.WhatsAppNumberFactory.create()
    for place in range(45):
        made = factories.ConversationFactory.create(
            business_number=number, last_inbound_at=now - timedelta(hours=place // 2)
        )
        if place % 3:
            Conversation.objects.filter(pk=made.pk).update(
                waiting_since=now - timedelta(minutes=place // 2),
                sla_due_at=now + timedelta(minutes=place // 2),
                priority=1 + place % 4,
            )
    client = sign_in(agent)
    first = client.get(ROWS, {"view": "all", "sort": sort})
    second = client.get(ROWS, {"view": "all", "sort": sort, "after": first.context["page"].next})
    shown = [one.pk for page in (first, second) for one in page.context["page"].rows]
    assert len(shown) == len(set(shown)) == 45


@pytest.mark.parametrize(
    "query",
    [
        "view=mine&sort=waiting&label=1,2&assignee=1,2&topic=news&number=1&link=3&team=1",
        "view=all&language=en&unread=yes&window=closing&priority=high&created=7",
        "view=resolved&sort=closes&label_not=4",
    ],
)
def test_any_filter_costs_at_most_12_queries(
    sign_in: SignIn,
    lead: Agent,
    query: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client = sign_in(lead)
    for place in range(45):
        factories.ConversationFactory.create(assignee=lead, resolved=bool(place % 2))
    client.get(f"/?{query}")
    with django_assert_max_num_queries(12):
        assert client.get(f"/?{query}").status_code == 200


def test_a_hostile_address_is_a_page_with_a_word(sign_in: SignIn, agent: Agent) -> None:
    query = "view=%00&sort=x&team=-1&label=1;drop&saved=9e9&rest=x&status=<b>&q=%00&after=%00"
    page = sign_in(agent).get(f"/?{query}")
    assert page.status_code == 200
    assert "team, label, status" in page.content.decode()


def test_what_was_not_sent_does_not_hide_the_service_level(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    failed = factories.MessageFactory.create(
        conversation=conversation, direction=Direction.OUTBOUND, status=Status.FAILED
    )
    Conversation.objects.update(last_message=failed)
    assert "went-wrong" in row(sign_in, agent)
    assert "data-sla=" not in row(sign_in, agent)
    Conversation.objects.update(sla_due_at=timezone.now() + timedelta(minutes=22))
    page = row(sign_in, agent)
    assert "went-wrong" in page
    assert "data-sla=" in page
