"""Blue ticks and "typing": told when they are true, wanted, and not too often."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from redis import ConnectionError as RedisAway

from accounts.models import Agent
from conversations.models import Conversation, Message
from conversations.services import attention
from conversations.services.attention import TYPING_TASK, show_read, show_typing, tell_typing
from tests import factories
from tests.conversations.fakes import FakeGateway


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The tasks that were published."""
    published: list[tuple[str, str]] = []

    def nudge(*words: str) -> bool:
        published.append((words[0], words[1]))
        return True

    monkeypatch.setattr(attention, "nudge", nudge)
    return published


@pytest.fixture
def asked(conversation: Conversation) -> Message:
    return factories.MessageFactory.create(conversation=conversation)


def set_number(conversation: Conversation, **switches: bool) -> None:
    for name, value in switches.items():
        setattr(conversation.business_number, name, value)
    conversation.business_number.save()


def test_typing_is_told_once_in_twenty_seconds(
    conversation: Conversation, agent: Agent, told: list[tuple[str, str]]
) -> None:
    assert [tell_typing(conversation, agent) for _ in range(3)] == [True, False, False]
    assert told == [(TYPING_TASK, str(conversation.pk))]


@pytest.mark.parametrize(
    "switch",
    [{"sends_typing": False}, {"sends_read_receipts": False}, {"is_active": False}],
    ids=lambda switch: next(iter(switch)),
)
def test_a_number_can_do_without(
    conversation: Conversation,
    agent: Agent,
    told: list[tuple[str, str]],
    channel: FakeGateway,
    asked: Message,
    switch: dict[str, bool],
) -> None:
    set_number(conversation, **switch)
    assert not tell_typing(conversation, agent)
    show_typing(conversation.pk)
    assert told == []
    assert channel.typing == []


def test_outside_the_window_nobody_types(
    conversation: Conversation, agent: Agent, told: list[tuple[str, str]], channel: FakeGateway
) -> None:
    conversation.window_expires_at = timezone.now() - timedelta(seconds=1)
    conversation.save()
    assert not tell_typing(conversation, agent)
    show_typing(conversation.pk)
    assert channel.typing == []


def test_the_read_only_role_does_not_type(
    conversation: Conversation, read_only: Agent, told: list[tuple[str, str]]
) -> None:
    assert not tell_typing(conversation, read_only)


def test_without_redis_nothing_is_told_and_nothing_breaks(
    conversation: Conversation,
    agent: Agent,
    told: list[tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(*_: Any, **__: Any) -> bool:
        raise RedisAway

    monkeypatch.setattr(cache, "add", away)
    assert not tell_typing(conversation, agent)
    assert told == []


def test_the_channel_is_told_of_the_last_message(
    conversation: Conversation, channel: FakeGateway, asked: Message
) -> None:
    show_typing(conversation.pk)
    show_read(conversation.pk)
    assert channel.typing == [asked]
    assert channel.read == [asked]


def test_what_is_unread_again_by_then_is_not_marked(
    conversation: Conversation, channel: FakeGateway, asked: Message
) -> None:
    conversation.unread = 1
    conversation.save()
    show_read(conversation.pk)
    assert channel.read == []


def test_a_number_without_blue_ticks_sends_none(
    conversation: Conversation, channel: FakeGateway, asked: Message
) -> None:
    set_number(conversation, sends_read_receipts=False)
    show_read(conversation.pk)
    assert channel.read == []
