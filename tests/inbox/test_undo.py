"""Undo send: a message waits its seconds, in order, and never past its window."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Agent, Preferences
from conversations.errors import CannotTakeBack
from conversations.gateway import gateway
from conversations.models import Conversation, Message, Status
from conversations.services.claim import claim_message
from conversations.services.reply import Draft, send_reply
from conversations.services.waiting import take_back
from tests import factories
from tests.inbox.conftest import SignIn


@pytest.fixture
def browser(sign_in: SignIn, agent: Agent) -> Client:
    return sign_in(agent)


def send(browser: Client, conversation: Conversation, text: str = "Moin", **more: str) -> Message:
    fields = {"client_uuid": str(uuid4()), "text": text, **more}
    response = browser.post(f"/conversations/{conversation.pk}/reply/", fields)
    assert response.status_code == 201, response.content
    return Message.objects.get(client_uuid=fields["client_uuid"])


def left_s(message: Message) -> float:
    assert message.scheduled_at is not None
    return (message.scheduled_at - message.created_at).total_seconds()


def test_it_waits_ten_seconds_unless_set_otherwise(
    browser: Client, conversation: Conversation, agent: Agent
) -> None:
    first = send(browser, conversation)
    assert left_s(first) == pytest.approx(10, abs=1)
    assert first.is_held
    assert claim_message(gateway(), first.pk) is None

    Preferences.objects.create(agent=agent, undo_send_s=0)
    second = send(browser, conversation, "sofort")
    assert second.scheduled_at is None
    first.refresh_from_db()
    assert first.scheduled_at is None  # not overtaken


def test_its_bubble_says_until_when_to_the_page_and_nothing_to_people(
    browser: Client, conversation: Conversation, agent: Agent
) -> None:
    send(browser, conversation)
    page = browser.get(f"/conversations/{conversation.pk}/").content.decode()
    assert f'data-author="{agent.pk}"' in page
    assert "data-held" in page
    assert "Leaves on" not in page


def test_the_same_post_again_is_the_same_message(
    browser: Client, conversation: Conversation
) -> None:
    press = str(uuid4())
    for _ in range(2):
        fields = {"client_uuid": press, "text": "Moin"}
        path = f"/conversations/{conversation.pk}/reply/"
        assert browser.post(path, fields).status_code == 201
    assert conversation.messages.count() == 1


def test_what_the_api_sends_does_not_wait(
    conversation: Conversation, agent: Agent, browser: Client
) -> None:
    held = send(browser, conversation)
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {factories.issue_token(agent)}")
    body = {"client_uuid": str(uuid4()), "type": "text", "text": "Hi"}
    path = f"/api/v1/conversations/{conversation.pk}/messages/"
    assert api.post(path, body, format="json").status_code == 201
    assert Message.objects.get(client_uuid=body["client_uuid"]).scheduled_at is None
    held.refresh_from_db()
    assert held.scheduled_at is None


def test_a_window_that_is_about_to_close_is_not_waited_out(
    browser: Client, conversation: Conversation
) -> None:
    soon = timezone.now() + timedelta(seconds=35)
    Conversation.objects.update(window_expires_at=soon)
    first = send(browser, conversation)
    Conversation.objects.update(window_expires_at=timezone.now() + timedelta(seconds=8))
    second = send(browser, conversation, "schnell")
    first.refresh_from_db()
    assert second.scheduled_at is None
    assert first.scheduled_at is None


def test_what_is_planned_for_later_is_left_alone(
    browser: Client, conversation: Conversation, agent: Agent
) -> None:
    later = timezone.now() + timedelta(hours=2)
    planned = send_reply(conversation, Draft(uuid4(), text="x", scheduled_at=later), agent).message
    send(browser, conversation)
    planned.refresh_from_db()
    assert planned.scheduled_at == later


def test_taken_back_its_words_quote_and_files_return(
    browser: Client, conversation: Conversation, agent: Agent
) -> None:
    asked = factories.MessageFactory.create(conversation=conversation)
    upload = factories.MediaFactory.create(message=None, uploaded_by=agent)
    message = send(browser, conversation, "Da!", context=asked.wamid, upload=str(upload.pk))

    for _ in range(2):
        back = browser.post(f"/messages/{message.pk}/recall/").json()
        assert (back["text"], back["context"]) == ("Da!", asked.wamid)
        assert [file["filename"] for file in back["files"]] == ["ticket.png"]
        assert f"message-{message.pk}" in back["bubble"]
    message.refresh_from_db()
    assert message.status == Status.BLOCKED
    again = send(browser, conversation, "Da!", upload=back["files"][0]["id"])
    assert again.media.count() == 1


def test_what_has_left_cannot_be_taken_back(browser: Client, conversation: Conversation) -> None:
    message = send(browser, conversation)
    Message.objects.update(status=Status.SENDING)
    response = browser.post(f"/messages/{message.pk}/recall/")
    assert response.status_code == 409
    assert response.json()["code"] == "cannot_take_back"


def test_strangers_and_the_read_only_role_take_nothing_back(
    sign_in: SignIn,
    browser: Client,
    conversation: Conversation,
    other_agent: Agent,
    read_only: Agent,
) -> None:
    message = send(browser, conversation)
    for name in ("recall", "move"):
        path = f"/messages/{message.pk}/{name}/"
        assert sign_in(other_agent).post(path).status_code == 404
        assert sign_in(read_only).post(path).status_code == 403
        assert browser.get(path).status_code == 405


@pytest.mark.django_db(transaction=True)
def test_taken_back_and_claimed_at_once_exactly_one_wins(
    conversation: Conversation,
    agent: Agent,
) -> None:
    message = send_reply(conversation, Draft(uuid4(), text="x", hold_s=10), agent).message
    Message.objects.update(scheduled_at=timezone.now())

    def back() -> bool:
        try:
            take_back(message, agent)
        except CannotTakeBack:
            return False
        finally:
            connection.close()
        return True

    def claim() -> bool:
        try:
            return claim_message(gateway(), message.pk) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        taken, claimed = pool.submit(back), pool.submit(claim)
        won = (taken.result(), claimed.result())
    message.refresh_from_db()
    # A claim skips what somebody holds, and looks again later.
    assert won.count(True) == 1
    assert message.status == (Status.BLOCKED if won[0] else Status.SENDING)


def test_what_was_undone_was_never_said(browser: Client, conversation: Conversation) -> None:
    asked = factories.MessageFactory.create(conversation=conversation, text="Wo ist er?")
    conversation.last_message, conversation.last_message_at = asked, asked.sent_at
    conversation.save(update_fields=["last_message", "last_message_at"])
    message = send(browser, conversation, "Gleich da!")
    conversation.refresh_from_db()
    assert conversation.last_message == message

    back = browser.post(f"/messages/{message.pk}/recall/").json()

    assert " hidden" in back["bubble"].partition(">")[0]
    conversation.refresh_from_db()
    assert (conversation.last_message, conversation.last_message_at) == (asked, asked.sent_at)


def test_a_plan_that_is_taken_back_stays_on_the_thread(
    browser: Client, conversation: Conversation, agent: Agent
) -> None:
    later = timezone.now() + timedelta(hours=2)
    planned = send_reply(conversation, Draft(uuid4(), text="x", scheduled_at=later), agent).message
    back = browser.post(f"/messages/{planned.pk}/recall/").json()
    assert " hidden" not in back["bubble"].partition(">")[0]
