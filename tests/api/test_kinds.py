"""What the API says of messages that were edited, taken back, reacted to or not written with us."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Agent
from contacts.services import Person
from conversations.gateway import InboundEdit, InboundReaction
from conversations.models import Conversation, Message, Origin
from conversations.services.annotations import receive_edit, receive_reaction
from tests import factories
from tests.api.conftest import Caller

AT = datetime(2026, 11, 20, 10, 14, tzinfo=UTC)


def row(api: APIClient, message: Message) -> dict[str, Any]:
    answer = api.get(f"/api/v1/messages/{message.pk}/")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
def message(conversation: Conversation) -> Message:
    """Said "Gleis 3", then "Gleis 4"."""
    message = factories.MessageFactory.create(
        conversation=conversation, text="Gleis 3", sent_at=AT, payload={"referral": {"a": 1}}
    )
    edit(message, 2, text="Gleis 4")
    return message


def edit(message: Message, minutes: int, **more: Any) -> None:
    at = AT + timedelta(minutes=minutes)
    receive_edit(InboundEdit(message.business_number_id, str(message.wamid), at, **more))


def test_an_edit_is_told_without_what_stood_there(api: APIClient, message: Message) -> None:
    found = row(api, message)
    assert (found["text"], found["payload"]) == ("Gleis 4", {"referral": {"a": 1}})
    assert found["edited_at"]


def test_leads_are_told_what_stood_there(message: Message, lead: Agent, call_as: Caller) -> None:
    found = row(call_as(lead), message)
    assert found["payload"]["earlier_texts"] == [{"text": "Gleis 3", "at": AT.isoformat()}]


def test_what_was_taken_back_is_gone_but_not_for_leads(
    api: APIClient, message: Message, lead: Agent, call_as: Caller
) -> None:
    factories.MediaFactory.create(message=message)
    edit(message, 5, revoked=True)
    found = row(api, message)
    assert (found["text"], found["media"], found["payload"]) == ("", [], {})
    assert found["revoked_at"]
    found = row(call_as(lead), message)
    assert found["text"] == "Gleis 4"
    assert len(found["media"]) == 1


def test_a_file_that_was_taken_back_is_not_served(
    api: APIClient, message: Message, lead: Agent, call_as: Caller
) -> None:
    media = factories.MediaFactory.create(message=message)
    edit(message, 5, revoked=True)
    assert api.get(f"/api/v1/media/{media.pk}/").status_code == 404
    answer = call_as(lead).get(f"/api/v1/media/{media.pk}/")
    answer.close()
    assert answer.status_code == 200


def test_reactions_of_both_sides_stand_on_their_message(api: APIClient, message: Message) -> None:
    for minute, emoji in enumerate(("👍", "❤️")):
        receive_reaction(
            InboundReaction(
                message.business_number_id,
                Person(),
                str(message.wamid),
                emoji,
                AT + timedelta(minutes=minute),
            )
        )
    factories.ReactionFactory.create(
        message=message, direction="outbound", emoji="🎉", reacted_at=AT + timedelta(hours=1)
    )
    found = row(api, message)["reactions"]
    assert [(one["emoji"], one["by"]) for one in found] == [("❤️", "contact"), ("🎉", "agent")]


@pytest.mark.parametrize("origin", list(Origin))
def test_where_a_message_came_from_is_told(
    api: APIClient, conversation: Conversation, origin: Origin
) -> None:
    written = factories.MessageFactory.create(
        conversation=conversation, outbound=True, author=None, origin=origin
    )
    found = row(api, written)
    assert (found["origin"], found["author"]) == (origin.value, None)
