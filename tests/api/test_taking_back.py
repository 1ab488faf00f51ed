"""A message that waits is taken back through the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Agent
from conversations.models import Conversation, Message, Status
from tests import factories
from tests.api.conftest import Caller


@pytest.fixture
def message(conversation: Conversation) -> Message:
    found: Message = factories.MessageFactory.create(
        conversation=conversation,
        outbound=True,
        wamid=None,
        status=Status.QUEUED,
        scheduled_at=timezone.now() + timedelta(days=1),
    )
    return found


def path_of(message: Any) -> str:
    return f"/api/v1/messages/{message.pk}/take-back/"


def test_what_waits_is_blocked_then(api: APIClient, message: Message) -> None:
    for _ in range(2):
        answer = api.post(path_of(message), headers={"Accept-Language": "en"})
        assert answer.status_code == 200
        body = answer.json()
        assert (body["status"], body["status_reason"]) == ("blocked", "taken_back")
        assert body["status_detail"] == "It was taken back before it left."


def test_what_is_on_its_way_stays(api: APIClient, message: Message) -> None:
    Message.objects.update(status=Status.SENDING)
    answer = api.post(path_of(message))
    assert (answer.status_code, answer.json()["code"]) == (409, "cannot_take_back")


def test_what_one_does_not_see_is_not_there(
    call_as: Caller, agent: Agent, other_agent: Agent, message: Message
) -> None:
    Conversation.objects.update(team=agent.teams.get())
    assert call_as(other_agent).post(path_of(message)).status_code == 404


def test_who_may_only_read_takes_nothing_back(
    call_as: Caller, read_only: Agent, message: Message
) -> None:
    answer = call_as(read_only).post(path_of(message))
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_it_is_posted(api: APIClient, message: Message) -> None:
    assert api.get(path_of(message)).status_code == 405
