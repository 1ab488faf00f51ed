"""What is unread for each agent."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from accounts.models import Agent
from conversations.models import Conversation, ConversationRead, Event, EventName
from conversations.services.lifecycle import assign_conversation, resolve_conversation
from conversations.services.reading import mark_read, unread_of
from tests import factories
from tests.inbox.conftest import SignIn

pytestmark = pytest.mark.django_db


def fresh(conversation: Conversation) -> Conversation:
    return Conversation.objects.get(pk=conversation.pk)


@pytest.fixture
def two_new(conversation: Conversation) -> Conversation:
    Conversation.objects.update(unread=2, inbound_count=5)
    return fresh(conversation)


def test_who_has_no_marker_goes_by_what_nobody_has_read(
    two_new: Conversation, agent: Agent, lead: Agent
) -> None:
    mark_read(two_new, agent)
    assert (unread_of(fresh(two_new), agent), unread_of(fresh(two_new), lead)) == (0, 0)
    Conversation.objects.update(unread=1, inbound_count=6)
    assert (unread_of(fresh(two_new), agent), unread_of(fresh(two_new), lead)) == (1, 1)


def test_what_a_colleague_has_read_stays_new_to_me(
    two_new: Conversation, agent: Agent, lead: Agent
) -> None:
    mark_read(two_new, agent)
    mark_read(two_new, lead)
    Conversation.objects.update(unread=2, inbound_count=7)
    mark_read(fresh(two_new), lead)
    assert fresh(two_new).unread == 0
    assert unread_of(fresh(two_new), agent) == 2
    mark_read(fresh(two_new), agent)  # told, though it was unread for them alone
    assert Event.objects.filter(name=EventName.CONVERSATION_READ, actor=agent).count() == 2


def test_reading_again_is_no_event(two_new: Conversation, agent: Agent) -> None:
    for _ in range(3):
        mark_read(fresh(two_new), agent)
    assert Event.objects.filter(name=EventName.CONVERSATION_READ).count() == 1
    assert ConversationRead.objects.get().seen_count == 5


def test_the_read_only_role_leaves_no_marker(two_new: Conversation, read_only: Agent) -> None:
    mark_read(two_new, read_only)
    assert not ConversationRead.objects.exists()


def test_what_is_unanswered_is_new_to_who_gets_it(
    two_new: Conversation, agent: Agent, lead: Agent
) -> None:
    mark_read(two_new, agent)
    message = factories.MessageFactory.create(conversation=two_new)
    Conversation.objects.update(waiting_since=message.sent_at)
    assign_conversation(fresh(two_new), agent, by=lead)
    assert unread_of(fresh(two_new), agent) == 1
    mark_read(fresh(two_new), agent)
    assign_conversation(fresh(two_new), lead, by=lead)  # taken by oneself: it is on screen
    assert not ConversationRead.objects.filter(agent=lead).exists()


def test_resolving_leaves_nothing_unread(two_new: Conversation, agent: Agent, lead: Agent) -> None:
    mark_read(two_new, agent)
    Conversation.objects.update(inbound_count=9, unread=4)
    resolve_conversation(fresh(two_new), lead)
    assert unread_of(fresh(two_new), agent) == 0


def test_rows_are_drawn_with_ones_own_number(
    sign_in: SignIn, two_new: Conversation, agent: Agent
) -> None:
    ConversationRead.objects.create(agent=agent, conversation=two_new, seen_count=1)
    page = sign_in(agent).get(reverse("inbox:rows"), {"view": "all"}).content.decode()
    assert 'data-seen="1"' in page
    assert re.search(r'class="count"[^>]*>4<', page)
