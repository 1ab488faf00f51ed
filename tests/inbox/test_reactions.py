"""Our reaction on a message: put there, changed, taken back; and what one cannot react to."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agent
from conversations.models import Conversation, Message, Reaction
from tests import factories
from tests.inbox.conftest import SignIn


@pytest.fixture
def browser(sign_in: SignIn, agent: Agent) -> Client:
    return sign_in(agent)


@pytest.fixture
def target(conversation: Conversation) -> Message:
    return factories.MessageFactory.create(conversation=conversation, text="Thank you!")


def react(browser: Client, target: Message, emoji: str) -> HttpResponse:
    data = {"client_uuid": str(uuid.uuid4()), "emoji": emoji}
    return browser.post(reverse("inbox:react", args=[target.pk]), data)


def test_a_reaction_is_queued_and_the_message_comes_back_with_it(
    browser: Client, target: Message
) -> None:
    answer = react(browser, target, "👍")
    assert answer.status_code == 201
    html = answer.content.decode()
    assert f'id="message-{target.pk}"' in html
    assert "data-take-back" in html
    assert "👍" in html
    sent = Message.objects.get(type="reaction")
    assert sent.payload == {"reaction": {"message_id": target.wamid, "emoji": "👍"}}


def test_there_is_one_of_ours_and_it_can_be_taken_back(browser: Client, target: Message) -> None:
    react(browser, target, "👍")
    react(browser, target, "❤️")
    assert [reaction.emoji for reaction in Reaction.objects.all()] == ["❤️"]
    html = react(browser, target, "").content.decode()
    assert not Reaction.objects.exists()
    assert "data-take-back" not in html
    assert Message.objects.filter(type="reaction").last().payload["reaction"]["emoji"] == ""


@pytest.mark.parametrize("case", ["old", "revoked", "reaction", "closed"])
def test_what_one_cannot_react_to(
    browser: Client, conversation: Conversation, target: Message, case: str
) -> None:
    if case == "old":
        Message.objects.update(sent_at=timezone.now() - timedelta(days=31))
    elif case == "revoked":
        Message.objects.update(revoked_at=timezone.now())
    elif case == "reaction":
        Message.objects.update(type="reaction", direction="outbound", status="sent")
    else:
        Conversation.objects.update(window_expires_at=timezone.now())
    answer = react(browser, target, "👍")
    assert answer.status_code == 422
    assert answer.json()["detail"]
    assert not Reaction.objects.exists()


def test_what_has_not_left_yet_cannot_be_reacted_to(
    browser: Client, conversation: Conversation
) -> None:
    waiting = factories.MessageFactory.create(
        conversation=conversation, outbound=True, status="queued", wamid=None
    )
    assert react(browser, waiting, "👍").status_code == 422


def test_others_may_not(
    sign_in: SignIn, read_only: Agent, other_agent: Agent, target: Message
) -> None:
    assert react(sign_in(read_only), target, "👍").status_code == 403
    assert react(sign_in(other_agent), target, "👍").status_code == 404
