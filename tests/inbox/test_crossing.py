"""Two agents answer at once: the second hears of the first before theirs goes."""

from __future__ import annotations

import threading
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Agent, Team
from conversations.models import Conversation, Message
from conversations.services.crossing import Crossed
from conversations.services.reply import Draft, send_reply
from tests import factories
from tests.inbox.conftest import SignIn


@pytest.fixture
def inbound(conversation: Conversation) -> Message:
    return factories.MessageFactory.create(conversation=conversation)


@pytest.fixture
def tarek(team: Team) -> Agent:
    return factories.AgentFactory.create(name="Tarek Aydin", teams=[team])


def draft(text: str, *seen: Message) -> Draft:
    return Draft(client_uuid=uuid.uuid4(), text=text, seen=tuple(one.pk for one in seen))


def posted(browser: Client, conversation: Conversation, **fields: str) -> object:
    data = {"client_uuid": str(uuid.uuid4()), "text": "Ihr Rucksack ist da!", **fields}
    return browser.post(reverse("inbox:reply", args=[conversation.pk]), data)


def test_a_colleague_was_faster(
    sign_in: SignIn, conversation: Conversation, inbound: Message, agent: Agent, tarek: Agent
) -> None:
    send_reply(conversation, draft("Liegt bereit."), tarek)
    answer = posted(sign_in(agent), conversation, after=str(inbound.pk))
    assert answer.status_code == 409  # type: ignore[attr-defined]
    body = answer.json()  # type: ignore[attr-defined]
    assert body["code"] == "crossed"
    assert "Tarek Aydin" in body["detail"]
    assert Message.objects.filter(author=agent).count() == 0


def test_sent_anyway(
    sign_in: SignIn, conversation: Conversation, inbound: Message, agent: Agent, tarek: Agent
) -> None:
    send_reply(conversation, draft("Liegt bereit."), tarek)
    answer = posted(sign_in(agent), conversation, after=str(inbound.pk), crossed_ok="on")
    assert answer.status_code == 201  # type: ignore[attr-defined]


def test_what_stood_on_screen_has_not_crossed(
    conversation: Conversation, inbound: Message, agent: Agent, tarek: Agent
) -> None:
    seen = send_reply(conversation, draft("Liegt bereit."), tarek).message
    send_reply(conversation, draft("Bis gleich!", inbound, seen), agent)
    assert Message.objects.filter(author=agent).count() == 1


def test_my_own_replies_and_the_customers_messages_do_not_cross(
    conversation: Conversation, inbound: Message, agent: Agent
) -> None:
    send_reply(conversation, draft("Eins", inbound), agent)
    factories.MessageFactory.create(conversation=conversation)
    send_reply(conversation, draft("Zwei", inbound), agent)
    assert Message.objects.filter(author=agent).count() == 2


def test_the_same_client_uuid_again_is_the_same_message(
    conversation: Conversation, inbound: Message, agent: Agent, tarek: Agent
) -> None:
    mine = draft("Eins", inbound)
    first = send_reply(conversation, mine, agent)
    send_reply(conversation, draft("Liegt bereit."), tarek)
    assert send_reply(conversation, mine, agent).message == first.message


@pytest.mark.parametrize("after", ["x", "1 2 3", str(uuid.UUID(int=7)), "\x00", ""])
def test_what_makes_no_sense_is_not_asked(
    sign_in: SignIn,
    conversation: Conversation,
    inbound: Message,
    agent: Agent,
    tarek: Agent,
    after: str,
) -> None:
    send_reply(conversation, draft("Liegt bereit."), tarek)
    answer = posted(sign_in(agent), conversation, after=after.replace("\x00", ""))
    assert answer.status_code == 201  # type: ignore[attr-defined]


def test_another_conversations_message_proves_nothing(
    conversation: Conversation, inbound: Message, agent: Agent, tarek: Agent
) -> None:
    foreign = factories.MessageFactory.create()
    send_reply(conversation, draft("Liegt bereit."), tarek)
    with pytest.raises(Crossed):
        send_reply(conversation, draft("Zwei", inbound, foreign), agent)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_is_second(
    conversation: Conversation, inbound: Message, agent: Agent, tarek: Agent
) -> None:
    start = threading.Barrier(2)
    crossed: list[Agent] = []

    def answer(by: Agent) -> None:
        try:
            start.wait()
            send_reply(conversation, draft(f"Von {by.name}", inbound), by)
        except Crossed:
            crossed.append(by)
        finally:
            connection.close()

    threads = [threading.Thread(target=answer, args=(by,)) for by in (agent, tarek)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(crossed) == 1
    assert Message.objects.filter(author__isnull=False).count() == 1
