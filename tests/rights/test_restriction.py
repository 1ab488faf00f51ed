"""Restricted: kept, and nothing is sent. Objected: no marketing any more, and all else goes on."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.utils import timezone, translation

from accounts.models import Agent
from consent import gate, rights
from consent.models import Act, ConsentRecord, Purpose
from consent.models.data_request import DataRequest
from contacts.merging import merge_contacts
from contacts.models import Contact, MergeReason
from conversations.errors import Refused
from conversations.models import Conversation, Message, Reason, Status
from conversations.policy import may_use, may_write_freely
from conversations.services import attention
from conversations.services.claim import claim_due, claim_message
from conversations.services.reply import Draft, send_reply
from tests import factories
from tests.conversations.fakes import FakeGateway

pytestmark = pytest.mark.django_db


@pytest.fixture
def restriction(conversation: Conversation, admin: Agent) -> DataRequest:
    return rights.start(rights.ask(conversation.contact, "restriction", admin), admin)


def fresh(conversation: Conversation) -> Conversation:
    return Conversation.objects.select_related("contact").get(pk=conversation.pk)


def test_nothing_may_be_written(
    conversation: Conversation, agent: Agent, restriction: DataRequest
) -> None:
    now = timezone.now()
    assert may_write_freely(fresh(conversation), now).reason == Reason.RESTRICTED
    with pytest.raises(Refused):
        send_reply(fresh(conversation), Draft(uuid4(), text="Hello"), agent, refuse=True)
    blocked = send_reply(fresh(conversation), Draft(uuid4(), text="Hello"), agent).message
    assert (blocked.status, blocked.status_reason) == (Status.BLOCKED, Reason.RESTRICTED)
    with translation.override("en"):
        assert "restrict the use of their data" in blocked.reason_words


def test_a_template_may_not_be_sent_whatever_was_agreed_to(
    conversation: Conversation, restriction: DataRequest
) -> None:
    factories.ConsentRecordFactory.create(contact=conversation.contact)
    template = factories.MessageTemplateFactory.create()
    verdict = may_use(template, fresh(conversation).contact)
    assert verdict.reason == Reason.RESTRICTED
    permission = gate.permits(fresh(conversation).contact, Purpose.SERVICE)
    assert permission.refusal is gate.Refusal.RESTRICTED


def test_what_waits_in_the_queue_does_not_leave(
    conversation: Conversation, agent: Agent, admin: Agent
) -> None:
    message = send_reply(conversation, Draft(uuid4(), text="Hello"), agent).message
    other = factories.ConversationFactory.create()
    neighbour = send_reply(other, Draft(uuid4(), text="Hello"), agent).message
    rights.start(rights.ask(conversation.contact, "restriction", admin), admin)

    found = claim_due(FakeGateway(), "reply", 10)  # type: ignore[arg-type]
    assert [claim.message.pk for claim in found.claims] == [neighbour.pk]
    message.refresh_from_db()
    assert (message.status, message.status_reason) == (Status.BLOCKED, Reason.RESTRICTED)


def test_no_blue_ticks(
    conversation: Conversation, restriction: DataRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.MessageFactory.create(conversation=conversation)
    channel = FakeGateway()
    monkeypatch.setattr(attention, "gateway", lambda: channel)
    attention.show_read(conversation.pk)
    attention.show_typing(conversation.pk)
    assert (channel.read, channel.typing) == ([], [])


def test_it_holds_for_whoever_the_person_turns_out_to_be(
    conversation: Conversation, agent: Agent, admin: Agent, restriction: DataRequest
) -> None:
    other = factories.ConversationFactory.create()
    assert not gate.is_restricted(other.contact)
    merge_contacts(other.contact, conversation.contact, MergeReason.BY_HAND, admin)
    for contact in Contact.objects.all():
        assert gate.is_restricted(contact)
    contacts = list(Contact.objects.all())
    gate.know_restrictions(contacts)
    assert all(gate.is_restricted(contact) for contact in contacts)
    # Those who are queued are seen in the claim as well.
    rights.lift(restriction, admin)
    message = send_reply(fresh(other), Draft(uuid4(), text="Hello"), agent).message
    rights.start(rights.ask(conversation.contact, "restriction", admin), admin)
    assert claim_message(FakeGateway(), message.pk) is None


def test_it_can_be_lifted(
    conversation: Conversation, agent: Agent, admin: Agent, restriction: DataRequest
) -> None:
    rights.lift(restriction, admin)
    assert not gate.is_restricted(Contact.objects.get(pk=conversation.contact_id))
    message = send_reply(fresh(conversation), Draft(uuid4(), text="Hello"), agent).message
    assert claim_message(FakeGateway(), message.pk) is not None
    with pytest.raises(rights.RightsRefused):
        rights.lift(restriction, admin)


def test_what_comes_in_is_kept(conversation: Conversation, restriction: DataRequest) -> None:
    factories.MessageFactory.create(conversation=conversation)
    assert Message.objects.filter(conversation=conversation).count() == 1


def test_an_objection_ends_marketing_and_nothing_else(
    conversation: Conversation, admin: Agent
) -> None:
    contact = conversation.contact
    factories.ConsentRecordFactory.create(contact=contact)
    for topic in ("news", "offers"):
        factories.ConsentRecordFactory.create(contact=contact, purpose="marketing", topic=topic)
    request = rights.start(rights.ask(contact, "objection", admin, "by telephone"), admin)

    assert request.state == "done"
    assert gate.permits(contact, Purpose.SERVICE).granted
    for topic in ("", "news", "offers", "another"):
        assert gate.permits(contact, Purpose.MARKETING, topic).refusal == gate.Refusal.OPTED_OUT
    entries = ConsentRecord.objects.filter(act=Act.OBJECTED)
    assert {entry.topic for entry in entries} == {"", "news", "offers"}
    assert {entry.words for entry in entries} == {"by telephone"}
