"""The page: who sees what, in how many queries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Agent, Team
from conversations.models import Conversation
from conversations.services.lifecycle import assign_conversation, assign_team
from tests import factories
from tests.inbox.conftest import SignIn

INBOX = reverse("inbox:inbox")


def url(conversation: Conversation) -> str:
    return reverse("inbox:conversation", args=[conversation.pk])


def test_a_stranger_is_sent_to_the_login(client: Client, db: None) -> None:
    assert client.get(INBOX).headers["Location"] == "/accounts/login/?next=/"


def test_a_script_without_a_session_hears_401_and_where_to_sign_in(
    client: Client, db: None
) -> None:
    answer = client.get(reverse("inbox:counts"), headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/accounts/login/")


def test_the_list_shows_what_is_mine(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    client = sign_in(agent)
    assert "Karla Kundin" not in client.get(INBOX).content.decode()
    Conversation.objects.update(assignee=agent)
    assert "Karla Kundin" in client.get(INBOX).content.decode()


def test_a_list_page_costs_at_most_12_queries(
    sign_in: SignIn,
    agent: Agent,
    team: Team,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    label = factories.LabelFactory.create()
    for _ in range(15):
        row = factories.ConversationFactory.create(assignee=agent, team=team, labels=[label])
        row.last_message = factories.MessageFactory.create(conversation=row)
        row.save()
    client = sign_in(agent)
    client.get(INBOX)
    with django_assert_max_num_queries(12):
        page = client.get(INBOX)
    assert page.content.count(b"data-last-at") == 15


def test_the_next_page_begins_where_the_last_ended(
    sign_in: SignIn, agent: Agent, team: Team
) -> None:
    now = timezone.now()
    number = factories.WhatsAppNumberFactory.create()
    for place in range(45):
        factories.ConversationFactory.create(
            business_number=number, team=team, last_inbound_at=now - timedelta(minutes=place // 3)
        )
    client = sign_in(agent)
    first = client.get(reverse("inbox:rows"), {"view": "all"})
    cursor = first.context["page"].next
    second = client.get(reverse("inbox:rows"), {"view": "all", "after": cursor})
    shown = [row.pk for page in (first, second) for row in page.context["page"].rows]
    assert len(shown) == len(set(shown)) == 45
    assert second.context["page"].next == ""


@pytest.mark.parametrize("cursor", ["", "nonsense", "2026-11-20T10:00:00~x", "~", "2026~1"])
def test_a_cursor_that_is_none_shows_the_first_page(
    sign_in: SignIn, agent: Agent, conversation: Conversation, cursor: str
) -> None:
    page = sign_in(agent).get(reverse("inbox:rows"), {"view": "all", "after": cursor})
    assert "Karla Kundin" in page.content.decode()


def test_search_finds_by_name_and_by_number(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    client = sign_in(agent)
    for query in ("karla", "4915112345678", "+49 151 1234"):
        page = client.get(reverse("inbox:rows"), {"view": "all", "q": query})
        assert "Karla Kundin" in page.content.decode(), query
    assert (
        "Nothing for"
        in client.get(reverse("inbox:rows"), {"view": "all", "q": "Nobody"}).content.decode()
    )


def test_one_conversation_costs_at_most_12_queries(
    sign_in: SignIn,
    agent: Agent,
    conversation: Conversation,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    asked = factories.MessageFactory.create(conversation=conversation)
    for _ in range(60):
        answer = factories.MessageFactory.create(
            conversation=conversation, outbound=True, context_wamid=asked.wamid
        )
        factories.ReactionFactory.create(message=answer)
    factories.NoteFactory.create(conversation=conversation)
    assign_conversation(conversation, agent, by=agent)
    assign_team(conversation, factories.TeamFactory.create(), by=agent)
    client = sign_in(agent)
    client.get(url(conversation), headers={"HX-Request": "true"})
    with django_assert_max_num_queries(12):
        page = client.get(url(conversation), headers={"HX-Request": "true"})
    assert page.content.count(b'<article class="msg') == 50
    assert b"<html" not in page.content


def test_history_goes_back_to_the_first_message_without_a_gap(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    """WhatsApp's clock has seconds: several messages share one."""
    start = timezone.now() - timedelta(hours=5)
    for place in range(120):
        factories.MessageFactory.create(
            conversation=conversation, sent_at=start + timedelta(seconds=place // 7)
        )
    client = sign_in(agent)
    page = client.get(url(conversation), headers={"HX-Request": "true"})
    seen = [row.item.pk for row in page.context["items"]]
    while cursor := page.context["earlier"]:
        page = client.get(reverse("inbox:history", args=[conversation.pk]), {"before": cursor})
        seen += [row.item.pk for row in page.context["items"]]
    assert len(seen) == len(set(seen)) == 120


def test_another_teams_conversation_does_not_exist(
    sign_in: SignIn, other_agent: Agent, conversation: Conversation
) -> None:
    client = sign_in(other_agent)
    for name in ("conversation", "head", "composer", "contact", "assignees", "picker"):
        assert client.get(reverse(f"inbox:{name}", args=[conversation.pk])).status_code == 404
    assert "Karla" not in client.get(INBOX, {"view": "all"}).content.decode()


@pytest.mark.parametrize("name", ["conversation", "head", "composer", "contact", "assignees"])
def test_every_part_can_be_fetched_alone_and_only_read(
    sign_in: SignIn, agent: Agent, conversation: Conversation, name: str
) -> None:
    client = sign_in(agent)
    address = reverse(f"inbox:{name}", args=[conversation.pk])
    assert client.get(address).status_code == 200
    assert client.post(address).status_code == 405


def test_the_read_only_role_sees_no_composer(
    sign_in: SignIn, read_only: Agent, conversation: Conversation
) -> None:
    page = sign_in(read_only).get(url(conversation)).content.decode()
    assert "reply-form" not in page
    assert "Your role may read, but not write." in page


def test_the_unread_line_stands_before_the_first_unread_message(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    read, *unread = (
        factories.MessageFactory.create(
            conversation=conversation, sent_at=timezone.now() - timedelta(minutes=9 - place)
        )
        for place in range(3)
    )
    Conversation.objects.update(unread=2)
    page = sign_in(agent).get(url(conversation))
    assert page.context["unread_from"] == str(unread[0].pk)
    text = page.content.decode()
    assert (
        text.index(str(read.pk)) < text.index("unread-line") < text.index(f"message-{unread[0].pk}")
    )
