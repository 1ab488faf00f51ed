"""A withdrawal blocks what waits, in its own transaction, whoever sent it."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Agent
from consent.ledger import Entry, append
from consent.models import Act, Source, Topic
from consent.rights import ask, start
from consent.services import record_inbound_message, record_platform_preference
from contacts.models import Contact
from conversations.models import (
    Conversation,
    Event,
    EventName,
    Message,
    MessageTemplate,
    Reason,
    Status,
)
from conversations.services.consent_on_word import OnWord, record_on_word
from conversations.services.reply import Draft, send_reply
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def template(conversation: Conversation) -> MessageTemplate:
    return factories.MessageTemplateFactory.create(
        category="marketing",
        business_numbers=[conversation.business_number],
        topic=Topic.objects.get(key="news"),
    )


def says(contact: Contact, words: str) -> None:
    record_inbound_message(contact, words, f"wamid.{uuid4()}", timezone.now())


def queue(conversation: Conversation, template: MessageTemplate, agent: Agent) -> Message:
    """For tomorrow, so that no worker would look at it today."""
    says(conversation.contact, "START")
    draft = Draft(
        client_uuid=uuid4(),
        type="template",
        template=template,
        payload={
            "template": {
                "name": template.name,
                "language": {"code": template.language},
                "components": [{"type": "body", "parameters": [{"type": "text", "text": "Karla"}]}],
            }
        },
        scheduled_at=timezone.now() + timedelta(days=1),
    )
    message = send_reply(conversation, draft, agent).message
    assert message.status == Status.QUEUED
    return message


@pytest.mark.parametrize("way", ["stop", "topic", "word", "platform", "objection", "expiry"])
def test_every_way_to_leave_blocks_what_waits(
    conversation: Conversation, template: MessageTemplate, agent: Agent, way: str
) -> None:
    message = queue(conversation, template, agent)
    contact = conversation.contact

    if way == "stop":
        says(contact, "STOPP")
    elif way == "topic":
        says(contact, "STOPP Neuigkeiten")
    elif way == "word":
        record_on_word(contact, OnWord("withdrawn", "", "Nein."), agent)
    elif way == "platform":
        record_platform_preference(contact, Act.WITHDRAWN, "preference-1", timezone.now())
    elif way == "expiry":
        _expire(contact)
    else:
        start(ask(contact, "objection", agent), agent)

    message.refresh_from_db()
    reason = Reason.CONSENT_EXPIRED if way == "expiry" else Reason.OPTED_OUT
    assert (message.status, message.status_reason) == (Status.BLOCKED, reason)
    events = Event.objects.filter(name=EventName.MESSAGE_STATUS_CHANGED, message=message)
    assert [event.data["status"] for event in events] == ["blocked"]


def _expire(contact: Contact) -> None:
    entry = Entry(
        contact=contact,
        purpose="marketing",
        topic="news",
        act=Act.EXPIRED,
        source=Source.SYSTEM,
        occurred_at=timezone.now(),
    )
    append([entry])


def test_a_restriction_blocks_answers_too(
    conversation: Conversation, template: MessageTemplate, agent: Agent
) -> None:
    later = timezone.now() + timedelta(hours=1)
    draft = Draft(client_uuid=uuid4(), type="text", text="Morgen.", scheduled_at=later)
    answer = send_reply(conversation, draft, agent).message
    message = queue(conversation, template, agent)

    start(ask(conversation.contact, "restriction", agent), agent)

    for row in (answer, message):
        row.refresh_from_db()
        assert (row.status, row.status_reason) == (Status.BLOCKED, Reason.RESTRICTED)


def test_what_goes_on_being_allowed_waits_on(
    conversation: Conversation, template: MessageTemplate, agent: Agent
) -> None:
    Topic.objects.create(key="offers", name_de="Angebote", name_en="Offers")
    message = queue(conversation, template, agent)
    other = factories.ConversationFactory.create(business_number=conversation.business_number)
    others = queue(other, template, agent)
    says(conversation.contact, "START Angebote")

    says(conversation.contact, "STOPP Angebote")
    says(other.contact, "STOPP")

    message.refresh_from_db()
    others.refresh_from_db()
    assert (message.status, others.status) == (Status.QUEUED, Status.BLOCKED)


def test_what_was_said_by_a_contact_that_was_merged_counts(
    conversation: Conversation, template: MessageTemplate, agent: Agent
) -> None:
    message = queue(conversation, template, agent)
    merged = factories.ContactFactory.create(merged_into=conversation.contact)

    record_platform_preference(merged, Act.WITHDRAWN, "preference-1", timezone.now())

    message.refresh_from_db()
    assert message.status == Status.BLOCKED


def test_it_comes_and_goes_with_the_withdrawal(
    conversation: Conversation, template: MessageTemplate, agent: Agent
) -> None:
    message = queue(conversation, template, agent)
    with transaction.atomic():
        says(conversation.contact, "STOPP")
        transaction.set_rollback(True)
    message.refresh_from_db()
    assert message.status == Status.QUEUED


@pytest.mark.django_db(transaction=True)
def test_a_row_that_a_worker_holds_is_left_to_it(number: object) -> None:
    """Nobody waits for anybody, so nothing can wait in a circle."""
    agent = factories.AgentFactory.create()
    conversation = factories.ConversationFactory.create()
    template = factories.MessageTemplateFactory.create(
        category="marketing",
        business_numbers=[conversation.business_number],
        topic=Topic.objects.get(key="news"),
    )
    message = queue(conversation, template, agent)
    holder = connection.copy()
    try:
        holder.set_autocommit(False)
        with holder.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM conversations_message WHERE id = %s FOR NO KEY UPDATE",
                [message.pk],
            )
        says(conversation.contact, "STOPP")
    finally:
        holder.rollback()
        holder.close()
    message.refresh_from_db()
    assert message.status == Status.QUEUED
