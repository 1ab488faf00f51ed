"""Snoozed until a time or until the customer writes, and back by itself, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import Agent
from conversations import tasks
from conversations.errors import AnotherIsOpen, Malformed, NotAllowed
from conversations.models import Conversation, Event
from conversations.services.lifecycle import resolve_conversation, set_status
from conversations.services.receive import receive_message
from conversations.services.snooze import snooze_conversation, wake_conversation, wake_due
from tests import factories
from tests.fixtures import Clock

pytestmark = pytest.mark.django_db


def names() -> list[str]:
    return list(Event.objects.order_by("id").values_list("name", flat=True))


def test_until_a_time_and_back(conversation: Conversation, agent: Agent, clock: Clock) -> None:
    until = timezone.now() + timedelta(hours=3)
    snooze_conversation(conversation, until, by=agent)
    snooze_conversation(conversation, until, by=agent)
    conversation.refresh_from_db()
    assert (conversation.status, conversation.snoozed_until) == ("snoozed", until)
    tasks.wake_snoozed()
    assert Conversation.objects.get().status == "snoozed"
    clock.at(until)
    tasks.wake_snoozed()
    tasks.wake_snoozed()
    conversation.refresh_from_db()
    assert (conversation.status, conversation.snoozed_until) == ("open", None)
    assert conversation.unread == 1  # somebody notices
    assert names() == ["conversation.snoozed", "conversation.woken"]
    assert Event.objects.get(name="conversation.woken").data == {"why": "time"}


def test_the_customer_ends_any_snooze(inbound: Any, agent: Agent) -> None:
    first = receive_message(inbound())
    assert first is not None
    for until in (None, timezone.now() + timedelta(days=2)):
        snooze_conversation(first.conversation, until, by=agent)
        receive_message(inbound())
        row = Conversation.objects.get()
        assert (row.status, row.snoozed_until) == ("open", None)
    assert Event.objects.filter(name="conversation.woken", data__why="customer").count() == 2


def test_by_hand(conversation: Conversation, agent: Agent) -> None:
    snooze_conversation(conversation, None, by=agent)
    wake_conversation(conversation, by=agent)
    wake_conversation(conversation, by=agent)
    assert names() == ["conversation.snoozed", "conversation.woken"]
    assert Event.objects.get(name="conversation.woken").actor == agent


def test_resolving_ends_the_snooze(conversation: Conversation, agent: Agent) -> None:
    snooze_conversation(conversation, timezone.now() + timedelta(hours=1), by=agent)
    resolve_conversation(conversation, by=agent)
    assert Conversation.objects.get().snoozed_until is None
    snooze_conversation(conversation, None, by=agent)  # and a resolved one can be snoozed
    assert Conversation.objects.get().status == "snoozed"
    set_status(conversation, "pending", by=agent)
    assert Conversation.objects.get().status == "pending"


@pytest.mark.parametrize("by", [-timedelta(seconds=1), timedelta(days=400)])
def test_a_time_that_makes_no_sense(
    conversation: Conversation, agent: Agent, by: timedelta
) -> None:
    with pytest.raises(Malformed):
        snooze_conversation(conversation, timezone.now() + by, by=agent)
    assert names() == []


def test_readers_and_those_whose_customer_goes_on_elsewhere(
    conversation: Conversation, agent: Agent, read_only: Agent
) -> None:
    with pytest.raises(NotAllowed):
        snooze_conversation(conversation, None, by=read_only)
    resolve_conversation(conversation, by=agent)
    factories.ConversationFactory.create(
        contact=conversation.contact, business_number=conversation.business_number
    )
    with pytest.raises(AnotherIsOpen):
        snooze_conversation(conversation, None, by=agent)


def test_the_database_keeps_times_to_the_snoozed(conversation: Conversation) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Conversation.objects.update(snoozed_until=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_what_somebody_holds_is_left_for_the_next_run(
    conversation: Conversation, agent: Agent, clock: Clock
) -> None:
    """A worker that holds rows, or dies with them, keeps nobody else waiting."""
    until = timezone.now() + timedelta(hours=1)
    snooze_conversation(conversation, until, by=agent)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(
                "SELECT 1 FROM conversations_conversation WHERE id = %s FOR UPDATE",
                [conversation.pk],
            )
            clock.at(until + timedelta(seconds=1))
            assert wake_due() == 0
            cursor.execute("ROLLBACK")
    finally:
        other.close()
    assert wake_due() == 1
