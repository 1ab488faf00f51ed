"""What went wrong elsewhere on the way out; see `test_faults_of_others.py`.

Each fault once, seen from outside. Its edges are tested where the code is.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Agent
from conversations import tasks
from conversations.gateway import Refused
from conversations.models import (
    Conversation,
    Message,
    Status,
)
from conversations.services.reading import mark_read
from conversations.services.reply import send_again
from tests import factories
from tests.conversations.conftest import channel  # noqa: F401 (a fixture)
from tests.conversations.fakes import FakeGateway
from tests.conversations.test_deliver import deliver, says, write

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media_folder(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.mark.django_db(transaction=True)
def test_the_request_is_sent_before_the_row_is_safe_chatwoot_15451(
    conversation: Conversation, agent: Agent
) -> None:
    seen: list[tuple[Any, ...] | None] = []
    wire = FakeGateway()
    wire.before_answer = lambda message: seen.append(_from_outside(message))
    message = write(conversation, agent)

    deliver(message, wire)

    # While the request was under way, another connection saw the row and its attempt.
    assert seen == [("sending", 1)]


def _from_outside(message: Message) -> tuple[Any, ...] | None:
    with psycopg.connect(**connection.get_connection_params()) as other:
        return other.execute(
            "SELECT status, attempts FROM conversations_message WHERE id = %s", [message.pk]
        ).fetchone()


def test_ticks_run_backwards_chatwoot_14529(
    conversation: Conversation,
    agent: Agent,
    channel: FakeGateway,  # noqa: F811
) -> None:
    message = deliver(write(conversation, agent), channel)

    for status in ("read", "delivered", "sent", "delivered"):
        says(message, status)

        assert message.status == Status.READ


def test_delivered_is_said_over_a_stored_error_chatwoot_13377(
    conversation: Conversation,
    agent: Agent,
    channel: FakeGateway,  # noqa: F811
) -> None:
    message = deliver(write(conversation, agent), channel)
    says(message, "failed", reason="131026", detail="Undeliverable.")
    says(message, "sent")
    assert (message.status, message.status_reason) == (Status.FAILED, "131026")

    says(message, "delivered")  # it reached another device

    assert (message.status, message.status_reason) == (Status.DELIVERED, "")
    assert message.reason_words == ""


def test_retry_never_sends_again_chatwoot_14120(
    conversation: Conversation,
    agent: Agent,
    channel: FakeGateway,  # noqa: F811
) -> None:
    channel.answers = [Refused("131000", "Something went wrong.")]
    failed = deliver(write(conversation, agent), channel)
    assert failed.status == Status.FAILED

    again = deliver(send_again(failed, agent), channel)

    assert again.status == Status.ACCEPTED
    assert again.again_of_id == failed.pk
    assert [message.pk for message in channel.sent] == [failed.pk, again.pk]


def test_the_customer_gets_no_read_receipt_chatwoot_5982(
    conversation: Conversation,
    agent: Agent,
    channel: FakeGateway,  # noqa: F811
    django_capture_on_commit_callbacks: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    published: list[tuple[Any, ...]] = []
    monkeypatch.setattr(
        "conversations.services.reading.nudge", lambda *words, **_: published.append(words)
    )
    asked = factories.MessageFactory.create(conversation=conversation)
    conversation.unread = 1
    conversation.save()

    with django_capture_on_commit_callbacks(execute=True):
        mark_read(conversation, agent)
    ((name, pk),) = [words for words in published if "read" in words[0]]
    tasks.mark_read_on_channel(pk)

    assert name == "conversations.mark_read_on_channel"
    assert channel.read == [asked]


def test_header_variables_are_not_asked_for_chatwoot_13851(
    conversation: Conversation, agent: Agent
) -> None:
    factories.ConsentRecordFactory.create(contact=conversation.contact)
    template = factories.MessageTemplateFactory.create(
        business_numbers=[conversation.business_number],
        components=[
            {"type": "HEADER", "format": "TEXT", "text": "Your {{1}}"},
            {"type": "BODY", "text": "Hello {{1}}"},
        ],
    )
    browser = Client()
    browser.force_login(agent)

    page = browser.get(reverse("inbox:picked", args=[conversation.pk, template.pk]))
    assert 'name="header_1"' in page.content.decode()
    values = {"header_1": "suitcase", "body_1": "Karla", "client_uuid": str(uuid4())}
    browser.post(reverse("inbox:template", args=[conversation.pk, template.pk]), values)

    sent = Message.objects.get().payload["template"]["components"]
    assert "suitcase" in json.dumps([part for part in sent if part["type"] == "header"])
