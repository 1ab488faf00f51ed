"""What waits says until when and why, and can be taken back by those who may write."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agent
from conversations.models import Conversation, Message, Reason, Status
from tests import factories
from tests.fixtures import Clock
from tests.inbox.conftest import SignIn

WHY = "WhatsApp withheld it: this customer gets too much marketing already."


@pytest.fixture
def browser(sign_in: SignIn, agent: Agent) -> Client:
    agent.language = "en"
    agent.save()
    return sign_in(agent)


def waiting(conversation: Conversation, **fields: Any) -> Message:
    own = {"wamid": None, "status": Status.QUEUED, "type": "template", "text": "Werbung"}
    return factories.MessageFactory.create(
        conversation=conversation, outbound=True, **{**own, **fields}
    )


def page(client: Client, conversation: Conversation) -> str:
    path = reverse("inbox:conversation", args=[conversation.pk])
    return client.get(path).content.decode()


def url(message: Message) -> str:
    return reverse("inbox:take-back", args=[message.pk])


def test_what_is_put_off_says_until_when_and_why(
    browser: Client, conversation: Conversation
) -> None:
    until = timezone.now() + timedelta(days=1)
    message = waiting(
        conversation, scheduled_at=until, status_reason="131049", status_detail=WHY, attempts=1
    )
    text = page(browser, conversation)
    local = timezone.localtime(until)
    assert f"Waits until {local:%B} {local.day}, {local:%H:%M} – {WHY}" in text
    assert url(message) in text


def test_what_is_for_later_says_when(browser: Client, conversation: Conversation) -> None:
    message = waiting(conversation, scheduled_at=timezone.now() + timedelta(hours=5))
    text = page(browser, conversation)
    assert "Leaves on " in text
    assert url(message) in text


def test_what_a_limit_holds_says_why(browser: Client, conversation: Conversation) -> None:
    why = "Too many messages to this customer at once; it is tried again."
    waiting(conversation, status_reason="131056", status_detail=why)
    assert f"Waits – {why}" in page(browser, conversation)


@pytest.mark.parametrize("status", [Status.QUEUED, Status.SENDING, Status.ACCEPTED])
def test_what_leaves_at_once_says_nothing(
    browser: Client, conversation: Conversation, status: str
) -> None:
    message = waiting(conversation, status=status)
    assert url(message) not in page(browser, conversation)


def test_when_its_time_has_come_it_does_not_wait_any_more(
    browser: Client, conversation: Conversation, clock: Clock
) -> None:
    message = waiting(conversation, scheduled_at=timezone.now() + timedelta(hours=5))
    clock.forward(timedelta(hours=5, seconds=1))
    assert url(message) not in page(browser, conversation)


def test_the_attempt_before_leads_to_the_new_one(
    browser: Client, conversation: Conversation
) -> None:
    failed = waiting(conversation, status=Status.FAILED, status_reason="131049")
    assert "Send again" in page(browser, conversation)
    again = waiting(conversation, again_of=failed)
    text = page(browser, conversation)
    assert "There is a new attempt" in text
    assert f'data-quote="{again.pk}"' in text
    assert "Send again" not in text


def test_an_agent_takes_it_back(browser: Client, conversation: Conversation) -> None:
    message = waiting(conversation, scheduled_at=timezone.now() + timedelta(days=1))
    for _ in range(2):
        answer = browser.post(url(message))
        assert answer.status_code == 200
        text = answer.content.decode()
        assert f'id="message-{message.pk}"' in text
        assert "Not sent – It was taken back before it left." in text
        assert "Send again" in text
    message.refresh_from_db()
    assert (message.status, message.status_reason) == (Status.BLOCKED, Reason.TAKEN_BACK)


def test_what_is_on_its_way_is_not_taken_back(browser: Client, conversation: Conversation) -> None:
    answer = browser.post(url(waiting(conversation, status=Status.SENDING)))
    assert (answer.status_code, answer.json()["code"]) == (409, "cannot_take_back")


def test_other_methods_do_nothing(browser: Client, conversation: Conversation) -> None:
    message = waiting(conversation)
    assert browser.get(url(message)).status_code == 405
    message.refresh_from_db()
    assert message.status == Status.QUEUED


def test_nobody_takes_back_what_they_do_not_see(
    sign_in: SignIn, other_agent: Agent, conversation: Conversation, agent: Agent
) -> None:
    conversation.team = agent.teams.get()
    conversation.save()
    message = waiting(conversation)
    assert sign_in(other_agent).post(url(message)).status_code == 404
    message.refresh_from_db()
    assert message.status == Status.QUEUED


def test_who_may_only_read_takes_nothing_back(
    sign_in: SignIn, read_only: Agent, conversation: Conversation
) -> None:
    message = waiting(conversation)
    assert sign_in(read_only).post(url(message)).status_code == 403
    message.refresh_from_db()
    assert message.status == Status.QUEUED
