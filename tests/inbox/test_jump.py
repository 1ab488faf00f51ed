"""Opening a thread at a message, a note or an event, and going on from there in both directions."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Agent
from conversations.models import Conversation, Event, EventName, Message
from inbox.paging import AROUND, ITEMS
from tests import factories
from tests.inbox.conftest import SignIn

pytestmark = pytest.mark.django_db
_ITEM = re.compile(r'id="message-([0-9a-f-]{36})"')


@pytest.fixture
def messages(conversation: Conversation) -> list[Message]:
    """130 messages, three of them in each second."""
    start = timezone.now() - timedelta(hours=3)
    made = [
        factories.MessageFactory.create(
            conversation=conversation, text=f"Nr {n}", sent_at=start + timedelta(seconds=n // 3)
        )
        for n in range(130)
    ]
    return sorted(made, key=lambda one: (one.sent_at, str(one.pk)))


def shown(page: bytes) -> list[str]:
    return _ITEM.findall(page.decode())


def cursor(page: bytes, name: str) -> str:
    found = re.search(rf'data-{name}="([^"]+)"', page.decode())
    return found[1] if found else ""


def test_the_thread_opens_at_the_message_and_goes_on_without_a_gap(
    sign_in: SignIn, agent: Agent, conversation: Conversation, messages: list[Message]
) -> None:
    keys = [str(one.pk) for one in messages]
    client = sign_in(agent)
    path = f"/conversations/{conversation.pk}/"
    page = client.get(path, {"at": keys[40]}).content
    ids = shown(page)
    assert ids == keys[40 + AROUND - ITEMS : 40 + AROUND]
    assert f'data-shown="message-{keys[40]}"' in page.decode()
    while later := cursor(page, "later"):
        page = client.get(f"{path}history/", {"from": later}).content
        ids += shown(page)
    assert ids == keys[40 + AROUND - ITEMS :]
    earlier = cursor(client.get(path, {"at": keys[40]}).content, "earlier")
    before = shown(client.get(f"{path}history/", {"before": earlier}).content)
    assert before + ids == keys


def test_at_the_end_nothing_is_later(
    sign_in: SignIn, agent: Agent, conversation: Conversation, messages: list[Message]
) -> None:
    path = f"/conversations/{conversation.pk}/"
    page = sign_in(agent).get(path, {"at": str(messages[-1].pk)}).content
    assert cursor(page, "later") == ""
    assert shown(page)[-1] == str(messages[-1].pk)


def test_notes_and_events_are_jumped_to_as_well(
    sign_in: SignIn, agent: Agent, conversation: Conversation, messages: list[Message]
) -> None:
    note = factories.NoteFactory.create(
        conversation=conversation, text="hier", created_at=messages[30].sent_at
    )
    event = Event.objects.create(
        name=EventName.CONVERSATION_RESOLVED,
        conversation=conversation,
        occurred_at=messages[30].sent_at,
    )
    client = sign_in(agent)
    for name, element in ((str(note.pk), f"note-{note.pk}"), (f"event-{event.pk}",) * 2):
        page = client.get(f"/conversations/{conversation.pk}/", {"at": name}).content.decode()
        assert f'id="{element}"' in page
        assert f'data-shown="{element}"' in page
        around = client.get(f"/conversations/{conversation.pk}/history/", {"around": name})
        assert f'id="{element}"' in around.content.decode()


@pytest.mark.parametrize("at", ["x", "event-x", "event-99", "event-", "\x00", "²", "event-²"])
def test_what_is_not_there_opens_the_end(
    sign_in: SignIn,
    agent: Agent,
    conversation: Conversation,
    at: str,
) -> None:
    message = factories.MessageFactory.create(conversation=conversation, text="Moin")
    client = sign_in(agent)
    page = client.get(f"/conversations/{conversation.pk}/", {"at": at})
    assert shown(page.content) == [str(message.pk)]
    around = client.get(f"/conversations/{conversation.pk}/history/", {"around": at})
    assert around.status_code == 404


def test_an_item_of_another_conversation_is_not_shown(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    other = factories.MessageFactory.create(
        conversation=factories.ConversationFactory.create(), text="Fremd"
    )
    page = sign_in(agent).get(f"/conversations/{conversation.pk}/", {"at": str(other.pk)})
    assert page.status_code == 200
    assert "Fremd" not in page.content.decode()
