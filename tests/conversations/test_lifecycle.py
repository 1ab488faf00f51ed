"""Assign, resolve, reopen, read: each once, each announced."""

from __future__ import annotations

from uuid import uuid4

import pytest

from accounts.models import Agent, Team
from conversations import tasks
from conversations.errors import NotAllowed
from conversations.models import Conversation, Event
from conversations.services.lifecycle import (
    assign_conversation,
    assign_team,
    reopen_conversation,
    resolve_conversation,
    set_status,
)
from conversations.services.notes import write_note
from conversations.services.reading import mark_read
from tests import factories
from tests.conversations.fakes import FakeGateway

pytestmark = pytest.mark.django_db


def test_assigning_says_from_whom_to_whom(conversation: Conversation, agent: Agent) -> None:
    assign_conversation(conversation, agent, by=agent)
    assign_conversation(conversation, agent, by=agent)
    conversation.refresh_from_db()
    assert conversation.assignee == agent
    event = Event.objects.get(name="conversation.assigned")
    assert (event.data["from_assignee"], event.data["to_assignee"]) == (None, agent.pk)


def test_handing_to_a_team(conversation: Conversation, agent: Agent, team: Team) -> None:
    elsewhere = factories.TeamFactory.create()
    assign_team(conversation, elsewhere, by=agent)
    event = Event.objects.get()
    assert (event.data["from_team"], event.data["to_team"]) == (team.pk, elsewhere.pk)


def test_resolve_and_reopen(conversation: Conversation, agent: Agent) -> None:
    resolve_conversation(conversation, by=agent)
    resolve_conversation(conversation, by=agent)
    reopen_conversation(conversation, by=agent)
    names = list(Event.objects.values_list("name", flat=True))
    assert names == ["conversation.resolved", "conversation.reopened"]
    conversation.refresh_from_db()
    assert (conversation.status, conversation.resolved_at) == ("open", None)


def test_pending_and_snoozed(conversation: Conversation, agent: Agent) -> None:
    set_status(conversation, "pending", by=agent)
    conversation.refresh_from_db()
    assert conversation.status == "pending"


def test_reading_clears_unread_and_turns_the_customers_ticks_blue(
    conversation: Conversation, agent: Agent, channel: FakeGateway
) -> None:
    message = factories.MessageFactory.create(conversation=conversation)
    Conversation.objects.update(unread=3)
    conversation.refresh_from_db()
    mark_read(conversation, by=agent)
    tasks.mark_read_on_channel(str(conversation.pk))
    conversation.refresh_from_db()
    assert conversation.unread == 0
    assert channel.read == [message]


def test_the_read_only_role_changes_nothing(conversation: Conversation, read_only: Agent) -> None:
    Conversation.objects.update(unread=3)
    conversation.refresh_from_db()
    mark_read(conversation, by=read_only)
    conversation.refresh_from_db()
    assert conversation.unread == 3
    for write in (
        lambda: assign_conversation(conversation, read_only, by=read_only),
        lambda: resolve_conversation(conversation, by=read_only),
        lambda: write_note(conversation, "x", by=read_only),
    ):
        with pytest.raises(NotAllowed):
            write()


def test_a_note_written_twice_with_one_uuid_is_one_note(
    conversation: Conversation, agent: Agent
) -> None:
    once = uuid4()
    first = write_note(conversation, "Kundin hört schlecht", agent, once)
    assert write_note(conversation, "Kundin hört schlecht", agent, once) == first
