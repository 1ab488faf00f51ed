"""An agent writes: one row per client UUID, refused with the reason, never lost."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.models import Agent
from consent.services import record_inbound_message
from conversations.delivery import NO_WORD
from conversations.errors import (
    CannotSendAgain,
    ClientUuidReused,
    Malformed,
    NotAllowed,
    Refused,
)
from conversations.models import Conversation, Event, Message, Reason, Status
from conversations.services.lifecycle import resolve_conversation
from conversations.services.reply import Draft, send_again, send_reply
from tests import factories
from tests.fixtures import Clock

pytestmark = pytest.mark.django_db


def draft(text: str = "Wir kümmern uns.", **fields: object) -> Draft:
    return Draft(**{"client_uuid": uuid4(), "text": text, **fields})  # type: ignore[arg-type]


def test_a_reply_is_queued_and_announced(conversation: Conversation, agent: Agent) -> None:
    reply = send_reply(conversation, draft(), agent)
    assert reply.message.status == Status.QUEUED
    conversation.refresh_from_db()
    assert conversation.last_message == reply.message
    assert Event.objects.get().name == "message.created"


def test_the_same_client_uuid_again_is_the_same_message(
    conversation: Conversation, agent: Agent
) -> None:
    once = draft()
    first = send_reply(conversation, once, agent)
    again = send_reply(conversation, once, agent)
    assert again.replayed
    assert again.message == first.message
    assert Message.objects.count() == 1


def test_the_same_client_uuid_with_other_words_is_refused(
    conversation: Conversation, agent: Agent
) -> None:
    once = draft("eins")
    send_reply(conversation, once, agent)
    with pytest.raises(ClientUuidReused):
        send_reply(conversation, draft("zwei", client_uuid=once.client_uuid), agent)


def test_outside_the_window_it_is_blocked_with_the_reason(agent: Agent) -> None:
    closed = factories.ConversationFactory.create(closed=True)
    message = send_reply(closed, draft(), agent).message
    assert (message.status, message.status_reason) == (Status.BLOCKED, Reason.WINDOW_CLOSED)


def test_or_refused_and_not_stored_for_the_api(agent: Agent) -> None:
    closed = factories.ConversationFactory.create(closed=True)
    with pytest.raises(Refused) as refused:
        send_reply(closed, draft(), agent, refuse=True)
    assert refused.value.code == "window_closed"
    assert not Message.objects.exists()


@pytest.mark.parametrize("text", ["", "  \n", "x" * 4097, "a\x00b"])
def test_what_cannot_be_sent_is_said_by_field(
    conversation: Conversation, agent: Agent, text: str
) -> None:
    with pytest.raises(Malformed) as malformed:
        send_reply(conversation, draft(text), agent)
    assert "text" in malformed.value.errors


def test_the_read_only_role_cannot_write(conversation: Conversation, read_only: Agent) -> None:
    with pytest.raises(NotAllowed):
        send_reply(conversation, draft(), read_only)


def test_a_number_switched_off_sends_nothing(conversation: Conversation, agent: Agent) -> None:
    conversation.business_number.is_active = False
    conversation.business_number.save()
    message = send_reply(conversation, draft(), agent).message
    assert message.status_reason == Reason.NUMBER_UNAVAILABLE


def test_somebody_elses_upload_cannot_be_sent(
    conversation: Conversation, agent: Agent, other_agent: Agent
) -> None:
    media = factories.MediaFactory.create(message=None, uploaded_by=other_agent)
    with pytest.raises(Malformed):
        send_reply(conversation, draft("", type="image", media_id=media.pk), agent)


def test_a_reply_never_stands_above_what_it_answers(
    conversation: Conversation, agent: Agent, clock: Clock
) -> None:
    ahead = clock.forward(timedelta()) + timedelta(seconds=90)
    Conversation.objects.update(last_message_at=ahead)
    assert send_reply(conversation, draft(), agent).message.sent_at == ahead


def test_answering_a_resolved_conversation_reopens_it(
    conversation: Conversation, agent: Agent
) -> None:
    resolve_conversation(conversation, agent)
    send_reply(conversation, draft(), agent)
    conversation.refresh_from_db()
    assert conversation.status == "open"


@pytest.mark.parametrize(
    ("template_status", "category", "words", "reason"),
    [
        ("approved", "utility", "Hallo", ""),
        ("paused", "utility", "Hallo", Reason.TEMPLATE_NOT_APPROVED),
        ("approved", "utility", None, Reason.NO_CONSENT),
        ("approved", "marketing", "Hallo", Reason.NO_CONSENT),
        ("approved", "marketing", "START", ""),
        ("approved", "marketing", "Stopp!", Reason.OPTED_OUT),
    ],
)
def test_a_template_needs_approval_and_consent_not_the_window(
    agent: Agent, template_status: str, category: str, words: str | None, reason: str
) -> None:
    closed = factories.ConversationFactory.create(closed=True)
    if words is not None:
        from_customer(closed, words)
    template = factories.MessageTemplateFactory.create(status=template_status, category=category)
    filled = [{"type": "body", "parameters": [{"type": "text", "text": "Karla"}]}]
    payload = {"template": {"components": filled}}
    asked = draft("", type="template", template=template, payload=payload)
    assert send_reply(closed, asked, agent).message.status_reason == reason


def test_send_again_makes_one_new_attempt_however_often_it_is_clicked(
    conversation: Conversation, agent: Agent
) -> None:
    failed = factories.MessageFactory.create(
        conversation=conversation, outbound=True, status=Status.FAILED
    )
    first, second = send_again(failed, agent), send_again(failed, agent)
    assert first == second != failed
    assert (first.status, first.again_of) == (Status.QUEUED, failed)


@pytest.mark.parametrize(
    ("status", "reason"),
    [("queued", ""), ("sending", ""), ("unconfirmed", ""), ("accepted", ""), ("read", "")],
)
def test_what_may_still_arrive_is_not_sent_again(
    conversation: Conversation, agent: Agent, status: str, reason: str
) -> None:
    message = factories.MessageFactory.create(
        conversation=conversation, outbound=True, status=status, status_reason=reason
    )
    with pytest.raises(CannotSendAgain):
        send_again(message, agent)


def test_after_the_grace_period_without_word_it_may(
    conversation: Conversation, agent: Agent
) -> None:
    message = factories.MessageFactory.create(
        conversation=conversation, outbound=True, status="unconfirmed", status_reason=NO_WORD
    )
    assert send_again(message, agent).status == Status.QUEUED


def from_customer(conversation: Conversation, words: str) -> None:
    record_inbound_message(
        conversation.contact,
        words,
        f"wamid.{uuid4()}",
        conversation.last_inbound_at,  # type: ignore[arg-type]
    )
