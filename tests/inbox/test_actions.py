"""What an agent does with a conversation: assign, resolve, reopen, read."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import Agent, Team
from conversations.models import Conversation
from tests import factories
from tests.inbox.conftest import SignIn

ACTIONS = ["assign", "resolve", "reopen", "read"]


def url(name: str, conversation: Conversation) -> str:
    return reverse(f"inbox:{name}", args=[conversation.pk])


def test_i_take_it(sign_in: SignIn, agent: Agent, conversation: Conversation) -> None:
    page = sign_in(agent).post(url("assign", conversation), {"agent": "me"})
    conversation.refresh_from_db()
    assert conversation.assignee == agent
    assert "Anna Agent" in page.content.decode()
    assert 'data-key="i"' not in page.content.decode()


def test_a_colleague_gets_it_and_gives_it_back(
    sign_in: SignIn, agent: Agent, team: Team, conversation: Conversation
) -> None:
    client = sign_in(agent)
    colleague = factories.AgentFactory.create(teams=[team])
    client.post(url("assign", conversation), {"agent": colleague.pk})
    conversation.refresh_from_db()
    assert conversation.assignee == colleague
    client.post(url("assign", conversation), {"agent": ""})
    conversation.refresh_from_db()
    assert conversation.assignee is None


@pytest.mark.parametrize("wanted", ["999999", "x", "1 OR 1", "²"])
def test_nobody_there_is_404(
    sign_in: SignIn, agent: Agent, conversation: Conversation, wanted: str
) -> None:
    client = sign_in(agent)
    assert client.post(url("assign", conversation), {"agent": wanted}).status_code == 404
    assert client.post(url("assign", conversation), {"team": wanted}).status_code == 404


def test_a_reader_cannot_owe_a_reply(
    sign_in: SignIn, agent: Agent, read_only: Agent, conversation: Conversation
) -> None:
    answer = sign_in(agent).post(url("assign", conversation), {"agent": read_only.pk})
    assert answer.status_code == 404


def test_who_hands_it_to_another_team_is_led_back_to_the_list(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    elsewhere = factories.TeamFactory.create()
    answer = sign_in(agent).post(url("assign", conversation), {"team": elsewhere.pk})
    assert answer.headers["HX-Redirect"] == "/"
    conversation.refresh_from_db()
    assert conversation.team == elsewhere


def test_resolved_and_reopened(sign_in: SignIn, agent: Agent, conversation: Conversation) -> None:
    client = sign_in(agent)
    assert "Reopen" in client.post(url("resolve", conversation)).content.decode()
    conversation.refresh_from_db()
    assert conversation.is_resolved
    assert "Resolve" in client.post(url("reopen", conversation)).content.decode()
    conversation.refresh_from_db()
    assert not conversation.is_resolved


def test_a_thread_on_screen_is_read(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    Conversation.objects.update(unread=3)
    assert sign_in(agent).post(url("read", conversation)).status_code == 204
    conversation.refresh_from_db()
    assert conversation.unread == 0


def test_a_reader_leaves_no_trace(
    sign_in: SignIn, read_only: Agent, conversation: Conversation
) -> None:
    Conversation.objects.update(unread=3)
    client = sign_in(read_only)
    assert client.post(url("read", conversation)).status_code == 204
    for name in ("assign", "resolve", "reopen"):
        assert client.post(url(name, conversation), {"agent": ""}).status_code == 403
    conversation.refresh_from_db()
    assert (conversation.unread, conversation.status) == (3, Conversation.Status.OPEN)


@pytest.mark.parametrize("name", ACTIONS)
def test_another_teams_conversation_is_404(
    sign_in: SignIn, other_agent: Agent, conversation: Conversation, name: str
) -> None:
    assert sign_in(other_agent).post(url(name, conversation), {"agent": "me"}).status_code == 404


@pytest.mark.parametrize("name", ACTIONS)
def test_reading_the_address_of_an_action_is_405(
    sign_in: SignIn, agent: Agent, conversation: Conversation, name: str
) -> None:
    assert sign_in(agent).get(url(name, conversation)).status_code == 405
