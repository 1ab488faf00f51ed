"""A message that missed its window: the way to a template, who may take it, what becomes of it."""

from __future__ import annotations

import asyncio
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import Agent
from conversations.models import Conversation, Message, MessageTemplate, Reason, Status
from tests import factories
from tests.inbox.conftest import SignIn
from tests.inbox.live_helpers import OpenInbox, dispatch, session_of

TEXT = "Ihr Koffer ist gefunden und liegt für Sie bereit."


def answer_template(shown: Conversation, **more: Any) -> MessageTemplate:
    """Two variables: what a person is called, and any text."""
    body = {
        "type": "BODY",
        "text": "Hallo {{1}}, zu Ihrer Frage: {{2}} Ihr Kundenservice",
        "example": {"body_text": [["Frau Kaya", "Der Zug fährt wieder nach Plan."]]},
    }
    numbers = [shown.business_number]
    return factories.MessageTemplateFactory.create(
        **{"business_numbers": numbers, "components": [body], "name": "answer", **more}
    )


def missed_message(shown: Conversation, **more: Any) -> Message:
    """Written in time, and blocked when its turn came."""
    fields = {
        "text": TEXT,
        "wamid": None,
        "status": Status.BLOCKED,
        "status_reason": Reason.WINDOW_CLOSED,
    }
    return factories.MessageFactory.create(conversation=shown, outbound=True, **{**fields, **more})


@pytest.fixture
def closed(conversation: Conversation) -> Conversation:
    factories.ConsentRecordFactory.create(contact=conversation.contact)
    conversation.window_expires_at = conversation.created_at
    conversation.save()
    return conversation


@pytest.fixture
def missed(closed: Conversation) -> Message:
    return missed_message(closed)


def url(name: str, *args: object, instead: object = None) -> str:
    return reverse(f"inbox:{name}", args=args) + (f"?instead={instead}" if instead else "")


def page(client: Client, shown: Conversation) -> str:
    return client.get(url("conversation", shown.pk)).content.decode()


def send(client: Client, asked: MessageTemplate, missed: Message, **values: str) -> HttpResponse:
    fields = {
        "client_uuid": str(uuid.uuid4()),
        "instead": str(missed.pk),
        "body_1": "Frau Kaya",
        "body_2": TEXT,
    }
    path = url("template", missed.conversation_id, asked.pk)
    return client.post(path, {**fields, **values})


def test_a_bubble_that_missed_its_window_offers_a_template(
    sign_in: SignIn, agent: Agent, closed: Conversation, missed: Message
) -> None:
    html = page(sign_in(agent), closed)
    assert html.count("Send as template") == 1
    assert f'data-instead="{missed.pk}"' in html


@pytest.mark.parametrize(
    "other",
    [
        {"status_reason": Reason.NO_ADDRESS},
        {"status": Status.FAILED, "status_reason": "131026"},
        {"status": Status.QUEUED, "status_reason": ""},
        {"type": "template"},
    ],
)
def test_no_other_bubble_does(
    sign_in: SignIn, agent: Agent, closed: Conversation, other: dict[str, str]
) -> None:
    message = missed_message(closed, **other)
    client = sign_in(agent)
    assert "Send as template" not in page(client, closed)
    answer = client.get(url("picker", closed.pk, instead=message.pk))
    assert (answer.status_code, answer.json()["code"]) == (409, "cannot_send_again")


def test_the_picker_names_the_message_and_shows_first_what_takes_its_text(
    sign_in: SignIn, agent: Agent, closed: Conversation, missed: Message
) -> None:
    numbers = [closed.business_number]
    factories.MessageTemplateFactory.create(
        name="a_greeting",
        business_numbers=numbers,
        components=[
            {
                "type": "BODY",
                "text": "Hallo {{1}}, schön dass Sie da sind.",
                "example": {"body_text": [["Lena"]]},
            }
        ],
    )
    answer_template(closed)
    html = sign_in(agent).get(url("picker", closed.pk, instead=missed.pk)).content.decode()
    assert TEXT in html
    assert html.index("Answer") < html.index("A greeting")
    assert html.count("with your text") == 1
    assert html.count(f"?instead={missed.pk}") == 2
    assert "autofocus" in html


def test_without_a_message_the_picker_is_as_it_was(
    sign_in: SignIn, agent: Agent, closed: Conversation
) -> None:
    answer_template(closed)
    html = sign_in(agent).get(url("picker", closed.pk)).content.decode()
    assert not any(word in html for word in ("instead", "with your text", "autofocus"))


def test_the_text_stands_in_the_first_variable_that_takes_any_text(
    sign_in: SignIn, agent: Agent, closed: Conversation
) -> None:
    missed = missed_message(closed, text="Ihr Koffer\n\nist   da.")
    asked = answer_template(closed)
    path = url("picked", closed.pk, asked.pk, instead=missed.pk)
    html = sign_in(agent).get(path).content.decode()
    assert 'name="body_2" value="Ihr Koffer ist da."' in html
    assert 'name="body_1" value=""' in html
    assert '<b data-gap="body_2">Ihr Koffer ist da.</b>' in html
    assert f'name="instead" value="{missed.pk}"' in html


@pytest.mark.parametrize("text", ["", "x" * 1000, "x" * 1100])
def test_what_does_not_fit_is_left_out(
    sign_in: SignIn, agent: Agent, closed: Conversation, text: str
) -> None:
    missed = missed_message(closed, text=text)
    asked = answer_template(closed)
    path = url("picked", closed.pk, asked.pk, instead=missed.pk)
    assert 'name="body_2" value=""' in sign_in(agent).get(path).content.decode()


def test_sent_it_names_the_old_one_which_says_so_and_offers_nothing_more(
    sign_in: SignIn, agent: Agent, closed: Conversation, missed: Message
) -> None:
    client = sign_in(agent)
    before = missed.updated_at
    answer = send(client, answer_template(closed), missed)
    assert answer.status_code == 201
    sent = Message.objects.get(type="template")
    assert (sent.again_of, sent.status) == (missed, Status.QUEUED)
    missed.refresh_from_db()
    assert (missed.status, missed.updated_at > before) == (Status.BLOCKED, True)
    html = page(client, closed)
    assert f'data-quote="{sent.pk}">A template was sent instead</a>' in html
    assert "Send as template" not in html
    assert "Send again" not in html


def test_a_double_click_is_one_message_and_a_second_template_is_refused(
    sign_in: SignIn, agent: Agent, closed: Conversation, missed: Message
) -> None:
    client, asked, same = sign_in(agent), answer_template(closed), str(uuid.uuid4())
    assert [send(client, asked, missed, client_uuid=same).status_code for _ in "ab"] == [201, 201]
    answer = send(client, asked, missed)
    assert answer.status_code == 409
    assert answer.json()["detail"] == "A template was already sent instead of this message."
    assert client.get(url("kind", closed.pk, "template", instead=missed.pk)).status_code == 409
    assert Message.objects.filter(again_of=missed).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_agents_at_once_only_one_is_heard(
    sign_in: SignIn, agent: Agent, lead: Agent, closed: Conversation, missed: Message
) -> None:
    asked = answer_template(closed)

    def go(client: Client) -> int:
        try:
            return send(client, asked, missed).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        codes = list(pool.map(go, [sign_in(agent), sign_in(lead)]))
    assert sorted(codes) == [201, 409]
    assert Message.objects.filter(again_of=missed).count() == 1


def test_what_policy_blocks_again_leaves_the_way_open(
    sign_in: SignIn, agent: Agent, closed: Conversation, missed: Message
) -> None:
    client = sign_in(agent)
    send(client, answer_template(closed, category="marketing"), missed)
    assert Message.objects.get(type="template").status_reason == Reason.NO_CONSENT
    assert "Send as template" in page(client, closed)
    assert send(client, answer_template(closed, language="en"), missed).status_code == 201


def test_a_bad_value_is_refused_as_ever(
    sign_in: SignIn, agent: Agent, closed: Conversation, missed: Message
) -> None:
    answer = send(sign_in(agent), answer_template(closed), missed, body_2="")
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["body_2"])
    assert not Message.objects.filter(type="template").exists()


@pytest.mark.parametrize("name", ["picker", "picked", "kind", "template"])
def test_somebody_elses_conversation_is_404(
    sign_in: SignIn, other_agent: Agent, closed: Conversation, missed: Message, name: str
) -> None:
    asked = answer_template(closed)
    args = {"picker": (), "kind": ("template",)}.get(name, (asked.pk,))
    path = url(name, closed.pk, *args, instead=missed.pk)
    client = sign_in(other_agent)
    answer = client.post(path) if name == "template" else client.get(path)
    assert answer.status_code == 404


def test_another_conversations_message_or_none_at_all_is_404(
    sign_in: SignIn, lead: Agent, closed: Conversation
) -> None:
    elsewhere = missed_message(factories.ConversationFactory.create())
    client, asked = sign_in(lead), answer_template(closed)
    for instead in (elsewhere.pk, uuid.uuid4(), "nonsense"):
        assert client.get(url("picker", closed.pk, instead=instead)).status_code == 404
    path = url("template", closed.pk, asked.pk)
    fields = {"client_uuid": str(uuid.uuid4()), "body_1": "a", "body_2": "b"}
    assert client.post(path, {**fields, "instead": str(elsewhere.pk)}).status_code == 404
    assert client.post(path, {**fields, "instead": "nonsense"}).status_code == 422


def test_the_read_only_role_is_refused(
    sign_in: SignIn, read_only: Agent, closed: Conversation, missed: Message
) -> None:
    client, asked = sign_in(read_only), answer_template(closed)
    assert client.get(url("picker", closed.pk, instead=missed.pk)).status_code == 403
    assert client.get(url("kind", closed.pk, "template", instead=missed.pk)).status_code == 403
    assert send(client, asked, missed).status_code == 403
    assert not Message.objects.filter(type="template").exists()


def test_the_wrong_method_is_405(
    sign_in: SignIn, agent: Agent, closed: Conversation, missed: Message
) -> None:
    client, asked = sign_in(agent), answer_template(closed)
    assert client.post(url("picker", closed.pk, instead=missed.pk)).status_code == 405
    assert client.get(url("template", closed.pk, asked.pk)).status_code == 405


@pytest.mark.django_db(transaction=True)
def test_other_agents_see_it_live(
    sign_in: SignIn, agent: Agent, lead: Agent, closed: Conversation, missed: Message
) -> None:
    asked = answer_template(closed)
    client = sign_in(agent)

    async def watch() -> list[dict[str, Any]]:
        async with OpenInbox(await session_of(lead)) as inbox:
            await inbox.frame("hello")
            await sync_to_async(send)(client, asked, missed)
            await dispatch()
            return [await inbox.frame() for _ in range(2)]

    frames = asyncio.run(watch())
    (old,) = [frame for frame in frames if frame["message"] == str(missed.pk)]
    assert "data-quote" in old["html"]["item"]
    assert "data-instead" not in old["html"]["item"]
