"""Who waits for an answer, and since when: told as it goes, counted when something goes wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Agent
from conversations.gateway import Accepted, Refused, StatusUpdate
from conversations.models import Conversation, Message
from conversations.services.answers import count_unresolved, count_waiting
from conversations.services.automatic import send_automatic
from conversations.services.claim import claim_message
from conversations.services.lifecycle import resolve_conversation
from conversations.services.locking import lock_conversation
from conversations.services.receive import receive_message
from conversations.services.reply import Draft, send_reply
from conversations.services.settle import settle
from conversations.services.statuses import apply_status
from tests import factories
from tests.conversations.fakes import FakeGateway
from tests.fixtures import Clock

pytestmark = pytest.mark.django_db


def write(conversation: Conversation, by: Agent) -> Message:
    return send_reply(conversation, Draft(uuid4(), text="Gern!"), by).message


def deliver(message: Message, channel: FakeGateway, outcome: Any = None) -> None:
    claim = claim_message(channel, message.pk)
    assert claim is not None
    settle(claim, outcome or Accepted(f"wamid.{message.pk}"))


def row() -> Conversation:
    return Conversation.objects.get()


def test_from_the_first_unanswered_message_to_the_answer(
    inbound: Any, agent: Agent, channel: FakeGateway
) -> None:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
    for minutes in (0, 10, 20):
        message = receive_message(inbound(sent_at=at + timedelta(minutes=minutes)))
    assert message is not None
    assert (row().waiting_since, row().first_replied_at) == (at, None)
    answer = write(message.conversation, agent)
    assert row().waiting_since == at  # it has not left yet
    deliver(answer, channel)
    assert (row().waiting_since, row().first_replied_at) == (None, answer.sent_at)
    again = receive_message(inbound(sent_at=datetime.now(UTC) + timedelta(seconds=5)))
    assert again is not None
    assert row().waiting_since == again.sent_at
    assert row().first_replied_at == answer.sent_at


def test_who_wrote_while_the_answer_was_on_its_way_waits_since_then(
    inbound: Any, agent: Agent, channel: FakeGateway, clock: Clock
) -> None:
    now = clock.at(timezone.now())
    message = receive_message(inbound(sent_at=now - timedelta(hours=1)))
    assert message is not None
    answer = write(message.conversation, agent)
    later = now + timedelta(minutes=1)
    receive_message(inbound(sent_at=later))
    deliver(answer, channel)
    assert row().waiting_since == later


def test_an_answer_that_fails_was_none(inbound: Any, agent: Agent, channel: FakeGateway) -> None:
    at = datetime.now(UTC) - timedelta(hours=1)
    message = receive_message(inbound(sent_at=at))
    assert message is not None
    answer = write(message.conversation, agent)
    deliver(answer, channel)
    number, wamid = message.business_number_id, f"wamid.{answer.pk}"
    apply_status(StatusUpdate(number, wamid, "failed", timezone.now(), reason="131026"))
    assert (row().waiting_since, row().first_replied_at) == (at, None)
    # Several devices: it arrived after all.
    apply_status(StatusUpdate(number, wamid, "delivered", timezone.now()))
    assert (row().waiting_since, row().first_replied_at) == (None, answer.sent_at)


def test_what_the_platform_refuses_answers_nobody(
    inbound: Any, agent: Agent, channel: FakeGateway
) -> None:
    message = receive_message(inbound(sent_at=datetime.now(UTC) - timedelta(hours=1)))
    assert message is not None
    deliver(write(message.conversation, agent), channel, Refused("131026", ""))
    assert row().waiting_since == message.sent_at


def test_what_leaves_by_itself_answers_nobody(inbound: Any, channel: FakeGateway) -> None:
    message = receive_message(inbound(sent_at=datetime.now(UTC) - timedelta(hours=1)))
    assert message is not None
    away = send_automatic(lock_conversation(message.conversation_id), "Wir sind zu", uuid4())
    assert away is not None
    deliver(away, channel)
    assert (row().waiting_since, row().first_replied_at) == (message.sent_at, None)


def test_nothing_is_owed_once_it_is_resolved(
    inbound: Any, agent: Agent, channel: FakeGateway
) -> None:
    message = receive_message(inbound(sent_at=datetime.now(UTC) - timedelta(hours=1)))
    assert message is not None
    resolve_conversation(message.conversation, by=agent)
    assert row().waiting_since is None
    count_waiting([message.conversation_id])
    assert row().waiting_since is None
    thanks = receive_message(inbound(sent_at=datetime.now(UTC) + timedelta(seconds=2)))
    assert thanks is not None
    assert row().waiting_since == thanks.sent_at
    count_waiting([message.conversation_id])
    assert row().waiting_since == thanks.sent_at  # not since before it was resolved


def test_a_message_that_comes_late_is_counted_where_it_belongs(
    inbound: Any, agent: Agent, channel: FakeGateway
) -> None:
    now = datetime.now(UTC)
    message = receive_message(inbound(sent_at=now - timedelta(hours=2)))
    assert message is not None
    deliver(write(message.conversation, agent), channel)
    receive_message(inbound(sent_at=now - timedelta(hours=1)))  # answered already
    assert row().waiting_since is None


def test_rows_from_before_are_counted_in_portions(inbound: Any) -> None:
    message = receive_message(inbound())
    assert message is not None
    Conversation.objects.update(waiting_since=None)
    after = count_unresolved(limit=1)
    assert after == message.conversation_id
    assert count_unresolved(after) is None
    assert row().waiting_since == message.sent_at


def test_many_answers_cost_as_much_as_one(agent: Agent, channel: FakeGateway) -> None:
    """Two statements for a set, however many."""
    rows = factories.ConversationFactory.create_batch(5)
    for one in rows:
        factories.MessageFactory.create(conversation=one)
    counts = []
    for some in (rows[:1], rows):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            count_waiting([one.pk for one in some])
        counts.append(len([one for one in queries if "conversation" in one["sql"]]))
    assert counts == [2, 2]
