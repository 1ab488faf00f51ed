"""Handing out from the thread, the bar of many, and the page of the team."""

from __future__ import annotations

import time

import pytest
from django.urls import reverse

from accounts.models import Agent, Team
from accounts.presence import _redis, note_open
from conversations.models import Conversation
from inbox.models import BulkRun
from tests import factories
from tests.inbox.conftest import SignIn

pytestmark = pytest.mark.django_db


def here(*agents: Agent) -> None:
    now = time.time()
    with _redis().pipeline() as pipe:
        note_open(pipe, {agent.pk: now for agent in agents}, now)
        pipe.execute()


@pytest.fixture
def mate(team: Team) -> Agent:
    return factories.AgentFactory.create(name="Tarek Aydin", teams=[team])


@pytest.fixture
def theirs(conversation: Conversation, team: Team) -> Conversation:
    Conversation.objects.update(team=team)
    return Conversation.objects.get(pk=conversation.pk)


def assign(name: str, conversation: Conversation) -> str:
    return reverse(f"inbox:{name}", args=[conversation.pk])


def test_from_the_menu_to_whose_turn_it_is(
    sign_in: SignIn, agent: Agent, mate: Agent, theirs: Conversation
) -> None:
    browser = sign_in(agent)
    menu = browser.get(reverse("inbox:assignees", args=[theirs.pk])).content.decode()
    assert "by-itself" in menu
    words = browser.post(assign("assign", theirs), {"agent": "by-itself"}).content.decode()
    assert "Waits until somebody is here and has room" in words
    here(mate)
    data = {"agent": "by-itself", "note": "Ist dringend"}
    words = browser.post(assign("assign", theirs), data).content.decode()
    assert "Tarek Aydin" in words
    assert "Waits until" not in words
    assert theirs.notes.get().text == "Ist dringend"


def test_it_can_be_called_off(sign_in: SignIn, agent: Agent, theirs: Conversation) -> None:
    browser = sign_in(agent)
    browser.post(assign("assign", theirs), {"agent": "by-itself"})
    assert "Waits until" not in browser.post(assign("keep", theirs)).content.decode()
    assert Conversation.objects.get(pk=theirs.pk).handout_since is None


def test_wrong_method_others_and_read_only(
    sign_in: SignIn, agent: Agent, other_agent: Agent, read_only: Agent, theirs: Conversation
) -> None:
    Conversation.objects.update(assignee=agent)
    assert sign_in(agent).get(assign("keep", theirs)).status_code == 405
    assert sign_in(other_agent).post(assign("keep", theirs)).status_code == 404
    for path, data in (
        (assign("keep", theirs), {}),
        (assign("assign", theirs), {"agent": "by-itself"}),
    ):
        assert sign_in(read_only).post(path, data).status_code in (403, 404)


def test_many_are_handed_out_and_given_back(
    sign_in: SignIn, lead: Agent, agent: Agent, mate: Agent, theirs: Conversation
) -> None:
    Conversation.objects.update(assignee=agent)
    here(mate)
    browser = sign_in(lead)
    url = reverse("inbox:bulk-begin", args=["assign"])
    assert browser.post(url, {"ids": [theirs.pk], "agent": "by-itself"}).status_code == 200
    theirs.refresh_from_db()
    assert theirs.assignee == mate
    browser.post(reverse("inbox:bulk-undo", args=[BulkRun.objects.get().pk]))
    theirs.refresh_from_db()
    assert (theirs.assignee, theirs.handout_since) == (agent, None)


def test_many_wait_and_an_undo_calls_that_off(
    sign_in: SignIn, lead: Agent, mate: Agent, theirs: Conversation
) -> None:
    browser = sign_in(lead)
    url = reverse("inbox:bulk-begin", args=["assign"])
    browser.post(url, {"ids": [theirs.pk], "agent": "by-itself"})
    theirs.refresh_from_db()
    assert theirs.handout_since is not None
    browser.post(reverse("inbox:bulk-undo", args=[BulkRun.objects.get().pk]))
    theirs.refresh_from_db()
    assert theirs.handout_since is None


def test_what_an_absent_agent_has_is_handed_out_or_taken_over(
    sign_in: SignIn, lead: Agent, agent: Agent, mate: Agent, theirs: Conversation
) -> None:
    Conversation.objects.update(assignee=agent)
    mate.languages = ["de", "da"]
    mate.save(update_fields=["languages"])
    factories.LabelFactory.create(name="Fundsache").skilled.set([mate])
    here(mate)
    browser = sign_in(lead)
    page = browser.get(reverse("inbox:team")).content.decode()
    url = reverse("inbox:take-over", args=[agent.pk])
    assert url in page
    assert "Answers in: de, da · Knows: Fundsache" in page
    answer = browser.post(url, {"to": "turn"})
    assert answer.status_code == 302
    theirs.refresh_from_db()
    assert theirs.assignee == mate
    assert browser.post(reverse("inbox:take-over", args=[mate.pk]), {"to": "me"}).status_code == 302
    theirs.refresh_from_db()
    assert theirs.assignee == lead
    assert browser.post(url, {"to": "anybody"}).status_code == 422
    assert browser.get(url).status_code == 405


def test_only_leads_take_over(
    sign_in: SignIn, agent: Agent, read_only: Agent, mate: Agent, theirs: Conversation
) -> None:
    Conversation.objects.update(assignee=mate)
    url = reverse("inbox:take-over", args=[mate.pk])
    for who in (agent, read_only):
        assert sign_in(who).post(url, {"to": "me"}).status_code == 404
    theirs.refresh_from_db()
    assert theirs.assignee == mate
