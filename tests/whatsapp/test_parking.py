"""Codes that say "later", at once and by webhook: how long, how often, and with which words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Agent
from consent.services import record_inbound_message
from contacts.services import Person
from conversations.gateway import Accepted, Refused, StatusUpdate, TryLater
from conversations.models import (
    Conversation,
    DeliveryAttempt,
    Lane,
    Message,
    MessageTemplate,
    Status,
    TemplateCategory,
    TemplateStatus,
)
from conversations.services.claim import claim_due
from conversations.services.reply import Draft, send_reply
from conversations.services.settle import Settled, settle_all
from tests import factories
from tests.fixtures import Clock
from tests.whatsapp.graph import Graph
from tests.whatsapp.test_ingest_samples import ingest, sample
from whatsapp.error_table import HOUR_S, MEANINGS, Retry
from whatsapp.errors import words_of
from whatsapp.gateway import WhatsAppGateway
from whatsapp.items import Report, apply_set

pytestmark = pytest.mark.django_db

PARKING = sorted(code for code, known in MEANINGS.items() if known.retry is Retry.LATER)
# The shortest each may wait, by the reference or by decision 37, and how often in all.
SHORTEST = {131049: 24 * HOUR_S, 131064: 6 * HOUR_S, 132015: 6 * HOUR_S, 134101: 600.0}
TRIES = {131049: 4, 131064: 4, 132015: 2, 134101: 4}


@pytest.fixture
def template(number: Any) -> MessageTemplate:
    found: MessageTemplate = factories.MessageTemplateFactory.create(business_numbers=[number])
    return found


@pytest.fixture
def message(conversation: Conversation, agent: Agent, template: MessageTemplate) -> Message:
    record_inbound_message(conversation.contact, "Hallo", "wamid.hello", timezone.now())
    body = {"type": "body", "parameters": [{"type": "text", "text": "4711"}]}
    draft = Draft(
        uuid4(), type="template", template=template, payload={"template": {"components": [body]}}
    )
    return send_reply(conversation, draft, agent).message


def pump() -> list[Message]:
    """One round over the wire: what left for WhatsApp."""
    channel = WhatsAppGateway()
    claims = claim_due(channel, Lane.REPLY, 20).claims
    assert settle_all([Settled(one, channel.send(one.message)) for one in claims]) == []
    for one in claims:
        one.message.refresh_from_db()
    return [one.message for one in claims]


def fail(message: Message, code: int) -> None:
    """WhatsApp's `failed` status, as the webhook brings it."""
    update = StatusUpdate(
        message.business_number_id,
        message.wamid or "",
        "failed",
        timezone.now(),
        message_id=str(message.pk),
        reason=str(code),
        detail=words_of(code),
    )
    apply_set([Report(update, Person())])
    # Only the template's state follows here; it is approved again by the next sync.
    MessageTemplate.objects.update(status=TemplateStatus.APPROVED)


def test_the_codes_that_say_later_are_all_here() -> None:
    assert set(PARKING) == set(SHORTEST) == set(TRIES)


@pytest.mark.parametrize("code", PARKING)
def test_refused_at_once_it_waits_longer_each_time_and_is_given_up(
    graph: Graph, message: Message, clock: Clock, code: int
) -> None:
    clock.at(timezone.now())
    waits = []
    while True:
        graph.refuses(code)
        (sent,) = pump()
        MessageTemplate.objects.update(status=TemplateStatus.APPROVED)
        if sent.status != Status.QUEUED:
            break
        assert sent.scheduled_at is not None
        assert "Please" not in sent.status_detail  # nothing for the agent to do yet
        waits.append((sent.scheduled_at - timezone.now()).total_seconds())
        clock.at(sent.scheduled_at - timedelta(seconds=1))
        assert pump() == []
        clock.forward(timedelta(seconds=1))
    assert (sent.status, sent.status_reason) == (Status.FAILED, str(code))
    assert sent.status_detail == words_of(code)
    assert len(graph.requests) == TRIES[code] == len(waits) + 1
    assert waits[0] == SHORTEST[code]
    assert waits == sorted(waits)


@pytest.mark.parametrize("code", PARKING)
def test_refused_by_webhook_it_waits_just_as_long(
    graph: Graph, message: Message, clock: Clock, code: int
) -> None:
    clock.at(timezone.now())
    sent, waits = message, []
    for number in range(1, TRIES[code] + 1):
        graph.accepts(f"wamid.{number}")
        assert pump() == [sent]
        sent.refresh_from_db()
        fail(sent, code)
        sent.refresh_from_db()
        assert sent.status == Status.FAILED
        again = Message.objects.filter(again_of=sent).first()
        if again is None:
            break
        assert again.scheduled_at is not None
        waits.append((again.scheduled_at - timezone.now()).total_seconds())
        clock.at(again.scheduled_at)
        sent = again
    assert sent.status_detail == words_of(code)
    assert len(waits) == TRIES[code] - 1
    assert waits[0] == SHORTEST[code]
    assert waits == sorted(waits)


def test_meta_s_own_webhook_puts_it_off(graph: Graph, message: Message) -> None:
    body = sample("status-failed-131049-ecosystem")
    graph.accepts(body["entry"][0]["changes"][0]["value"]["statuses"][0]["id"])
    assert pump() == [message]
    for _ in range(2):
        assert ingest(body).state == "processed"
    message.refresh_from_db()
    again = Message.objects.get(again_of=message)
    assert (message.status, again.status) == (Status.FAILED, Status.QUEUED)
    assert again.scheduled_at is not None
    assert again.scheduled_at >= timezone.now() + timedelta(hours=23, minutes=59)


def test_the_two_ways_count_together(graph: Graph, message: Message, clock: Clock) -> None:
    clock.at(timezone.now())
    for number in range(3):
        if number % 2:
            graph.accepts(f"wamid.{number}")
            (sent,) = pump()
            fail(sent, 131049)
        else:
            graph.refuses(131049)
            pump()
        waiting = Message.objects.get(status=Status.QUEUED)
        assert waiting.scheduled_at is not None
        assert waiting.scheduled_at - timezone.now() == timedelta(days=2**number)
        clock.at(waiting.scheduled_at)
    graph.refuses(131049)
    (sent,) = pump()
    assert sent.status == Status.FAILED


def test_other_refusals_in_between_do_not_count(
    graph: Graph, message: Message, clock: Clock
) -> None:
    clock.at(timezone.now())
    for _ in range(5):
        graph.refuses(131016, status=503)
        pump()
        clock.forward(timedelta(minutes=6))
    graph.refuses(131049)
    pump()
    message.refresh_from_db()
    assert message.scheduled_at == timezone.now() + timedelta(days=1)


def test_a_code_to_sign_in_with_is_not_kept_for_later(
    graph: Graph, message: Message, template: MessageTemplate
) -> None:
    MessageTemplate.objects.update(category=TemplateCategory.AUTHENTICATION)
    message.template = MessageTemplate.objects.get(pk=template.pk)
    graph.refuses(131064)
    assert isinstance(WhatsAppGateway().send(message), Refused)


def test_a_free_form_message_is_refused_with_what_one_can_do(
    graph: Graph, conversation: Conversation, agent: Agent
) -> None:
    free = factories.MessageFactory.create(
        conversation=conversation, outbound=True, author=agent, wamid=None, status="sending"
    )
    graph.refuses(131064)
    outcome = WhatsAppGateway().send(free)
    assert outcome == Refused("131064", words_of(131064))
    assert WhatsAppGateway().put_off(free, "131064") is None


@pytest.mark.parametrize("reason", ["", "131026", "131047", "nonsense", "9" * 30, "internal"])
def test_nothing_else_is_put_off(message: Message, reason: str) -> None:
    assert WhatsAppGateway().put_off(message, reason) is None


def test_the_log_of_attempts_tells_that_it_waits(graph: Graph, message: Message) -> None:
    graph.refuses(131049)
    pump()
    entry = DeliveryAttempt.objects.get(message=message)
    assert (entry.outcome, entry.reason, entry.wait_s) == ("try_later", "131049", 24 * HOUR_S)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    before=st.lists(st.sampled_from(["131049", "131064", "131016", ""]), max_size=8),
    code=st.sampled_from(PARKING),
)
def test_it_waits_never_shorter_than_whatsapp_wants_whatever_came_before(
    before: list[str], code: int, conversation: Conversation, template: MessageTemplate
) -> None:
    row = factories.MessageFactory.create(
        conversation=conversation,
        outbound=True,
        status="sending",
        type="template",
        template=template,
        wamid=None,
    )
    for number, reason in enumerate(before, 1):
        DeliveryAttempt.objects.create(
            message=row, number=number, reason=reason, started_at=timezone.now()
        )
    later = WhatsAppGateway().put_off(row, str(code))
    times = before.count(str(code))
    if times + 1 >= TRIES[code]:
        assert later is None
        return
    assert isinstance(later, TryLater)
    assert later.is_parked
    assert later.wait_s is not None
    assert later.wait_s >= SHORTEST[code]


def test_what_is_taken_again_is_accepted(graph: Graph, message: Message, clock: Clock) -> None:
    graph.refuses(131049)
    pump()
    clock.forward(timedelta(days=1, seconds=1))
    graph.accepts("wamid.AGAIN")
    assert WhatsAppGateway().send(message) == Accepted("wamid.AGAIN")
