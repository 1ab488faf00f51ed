"""The page: who sees what, in how many queries."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.http import HttpResponse
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


HEAD = re.compile(r'class="list-group" data-group="(\w+)".*?data-number>(\d*)<')


def heads(page: HttpResponse) -> list[tuple[str, int]]:
    """The heads of the list, each with its number; not those that wait in the template."""
    text = page.content.decode().partition("<template")[0]
    return [(key, int(number)) for key, number in HEAD.findall(text)]


def closing_in(agent: Agent, **left: float) -> Conversation:
    """A conversation of `agent` whose window closes in that time; a day ago without one."""
    expires = timezone.now() + timedelta(**left)
    return factories.ConversationFactory.create(
        assignee=agent, last_inbound_at=expires - timedelta(hours=24)
    )


def test_mine_stands_by_what_closes_next_under_heads(sign_in: SignIn, agent: Agent) -> None:
    older, later, never, newer, soon, urgent = (
        closing_in(agent, hours=-9),
        closing_in(agent, hours=20),
        closing_in(agent, hours=-1),
        closing_in(agent, hours=-3),
        closing_in(agent, minutes=90),
        closing_in(agent, minutes=9),
    )
    Conversation.objects.filter(pk=never.pk).update(window_expires_at=None)
    Conversation.objects.filter(pk=older.pk).update(last_message_at=timezone.now())

    page = sign_in(agent).get(INBOX, {"view": "mine"})

    assert page.context["page"].rows == [urgent, soon, later, older, never, newer]
    assert heads(page) == [("soon", 2), ("later", 1), ("closed", 3)]


def test_closing_soon_has_its_urgent_ones_under_a_head(sign_in: SignIn, agent: Agent) -> None:
    soon, urgent = closing_in(agent, minutes=31), closing_in(agent, minutes=29)
    closing_in(agent, hours=3)
    page = sign_in(agent).get(INBOX, {"view": "closing"})
    assert page.context["page"].rows == [urgent, soon]
    assert heads(page) == [("urgent", 1), ("soon", 1)]


@pytest.mark.parametrize("view", ["all", "unassigned", "resolved"])
def test_the_newest_first_has_no_heads(sign_in: SignIn, agent: Agent, view: str) -> None:
    closing_in(agent, hours=3)
    page = sign_in(agent).get(INBOX, {"view": view})
    assert b"list-group" not in page.content


def test_pages_of_mine_go_on_in_their_group_and_count_it_whole(
    sign_in: SignIn, agent: Agent
) -> None:
    """Ties included: several windows close in WhatsApp's same second, several closed ones have
    the same last message."""
    for place in range(25):
        closing_in(agent, hours=5 + place // 4)
        closing_in(agent, hours=-1 - place // 4)
        if place < 20:
            closing_in(agent, minutes=60)
    seconds = Conversation.objects.all()
    for row in seconds:
        row.window_expires_at = row.window_expires_at.replace(second=0, microsecond=0)
        row.last_message_at = row.last_message_at.replace(second=0, microsecond=0)
        row.save()
    client = sign_in(agent)
    rows: list[Conversation] = []
    shown: list[list[tuple[str, int]]] = []
    query = {"view": "mine"}
    while True:
        page = client.get(reverse("inbox:rows"), query)
        rows += page.context["page"].rows
        shown.append(heads(page))
        if not page.context["page"].next:
            break
        query["after"] = page.context["page"].next
    assert len(rows) == len({row.pk for row in rows}) == 70
    assert shown == [[("soon", 20), ("later", 25)], [("closed", 25)]]
    open_ones, closed = rows[:45], rows[45:]
    assert open_ones == sorted(open_ones, key=lambda row: (row.window_expires_at, row.pk))
    assert [row.last_message_at for row in closed] == sorted(
        (row.last_message_at for row in closed), reverse=True
    )


def test_nothing_is_skipped_when_windows_close_between_two_pages(
    sign_in: SignIn, agent: Agent
) -> None:
    for place in range(50):
        closing_in(agent, hours=1, minutes=place)
    client = sign_in(agent)
    first = client.get(reverse("inbox:rows"), {"view": "mine"}).context["page"]
    latest = first.rows[-1].window_expires_at
    with time_machine.travel(latest + timedelta(minutes=3), tick=False):
        rest = client.get(reverse("inbox:rows"), {"view": "mine", "after": first.next})
    assert {*first.rows, *rest.context["page"].rows} == {*Conversation.objects.all()}


def test_a_page_of_mine_costs_at_most_12_queries(
    sign_in: SignIn, agent: Agent, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for place in range(45):
        closing_in(agent, hours=place % 9)
    client = sign_in(agent)
    client.get(INBOX)
    with django_assert_max_num_queries(12):
        assert client.get(INBOX).context["page"].next


def test_the_counts_know_the_groups_of_the_list_they_are_asked_for(
    sign_in: SignIn, agent: Agent
) -> None:
    closing_in(agent, hours=1)
    closing_in(agent, hours=9)
    client, address = sign_in(agent), reverse("inbox:counts")
    mine = client.get(address, {"view": "mine"}).json()
    assert (mine["mine"], mine["groups"]) == (2, {"soon": 1, "later": 1, "closed": 0})
    found_none = client.get(address, {"view": "mine", "q": "Nobody"}).json()
    assert found_none["groups"] == {"soon": 0, "later": 0, "closed": 0}
    assert client.get(address, {"view": "all"}).json()["groups"] == {}


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


def test_one_conversation_costs_at_most_13_queries(
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
    with django_assert_max_num_queries(13):
        page = client.get(url(conversation), headers={"HX-Request": "true"})
    assert page.content.count(b'<article class="msg') == 50
    assert b"<html" not in page.content


@pytest.mark.parametrize("per_second", [7, 120])
def test_history_goes_back_to_the_first_message_without_a_gap(
    sign_in: SignIn, agent: Agent, conversation: Conversation, per_second: int
) -> None:
    """WhatsApp's clock has seconds: several messages share one, even more than a page holds."""
    start = timezone.now() - timedelta(hours=5)
    for place in range(120):
        factories.MessageFactory.create(
            conversation=conversation, sent_at=start + timedelta(seconds=place // per_second)
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
