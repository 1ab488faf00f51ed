"""What agents and other systems write down of a customer's word."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Agent, Role
from consent import gate
from consent.models import Act, Clock, Source, Topic
from consent.rights import ask, start
from consent.services import record_inbound_message
from consent.verify import verify_ledger
from conversations.errors import Malformed, NotAllowed
from conversations.models import Conversation, Event, EventName
from conversations.services.consent_on_word import OnWord, record_on_word
from tests import factories

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def topic() -> Topic:
    return Topic.objects.get(key="news")


@pytest.fixture
def lead() -> Agent:
    return factories.AgentFactory.create(role=Role.LEAD)


def agreed(conversation: Conversation, by: Agent, **ago: float) -> None:
    at = timezone.now() - timedelta(**ago or {"minutes": 1})
    said = OnWord("granted", "news", "Ja, gern.", "Telefon, Aufnahme 4711", at)
    assert record_on_word(conversation.contact, said, by)


def test_a_withdrawal_ends_everything_at_once(
    conversation: Conversation, agent: Agent, lead: Agent, topic: Topic
) -> None:
    agreed(conversation, lead)
    assert gate.permits(conversation.contact, "marketing", "news").granted

    rows = record_on_word(conversation.contact, OnWord("withdrawn", "", "Lassen Sie das."), agent)

    assert [(row.act, row.topic, row.source) for row in rows] == [
        (Act.WITHDRAWN, "", Source.AGENT),
        (Act.WITHDRAWN, "news", Source.AGENT),
    ]
    assert rows[0].clock == Clock.OURS
    assert rows[0].words == "Lassen Sie das."
    assert rows[0].detail.actor == f"agent:{agent.pk}"
    refusal = gate.permits(conversation.contact, "marketing", "news").refusal
    assert refusal == gate.Refusal.OPTED_OUT
    event = Event.objects.get(name=EventName.CONSENT_CHANGED, data__change="withdrawn")
    assert event.data["topics"] == ["", "news"]
    assert event.actor == agent


def test_agreeing_needs_a_lead_and_evidence(
    conversation: Conversation, agent: Agent, lead: Agent, topic: Topic
) -> None:
    said = OnWord("granted", "news", "Ja, gern.")
    with pytest.raises(NotAllowed):
        record_on_word(conversation.contact, said, agent)
    with pytest.raises(Malformed) as error:
        record_on_word(conversation.contact, said, lead)
    assert list(error.value.errors) == ["evidence", "occurred_at"]
    agreed(conversation, lead)


def test_the_read_only_role_writes_nothing_down(conversation: Conversation) -> None:
    reader = factories.AgentFactory.create(role=Role.READ_ONLY)
    with pytest.raises(NotAllowed):
        record_on_word(conversation.contact, OnWord("withdrawn", "", "Nein."), reader)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (OnWord("renewed", "news", "Ja", "hier"), "act"),
        (OnWord("granted", "", "Ja", "hier", NOW), "topic"),
        (OnWord("granted", "nothing", "Ja", "hier", NOW), "topic"),
        (OnWord("granted", "news", "Ja", "hier"), "occurred_at"),
        (OnWord("withdrawn", "", "  "), "words"),
        (OnWord("withdrawn", "", "x" * 2_001), "words"),
        (OnWord("withdrawn", "", "x", reference="x" * 151), "reference"),
        (
            OnWord("withdrawn", "", "x", occurred_at=timezone.now() + timedelta(hours=1)),
            "occurred_at",
        ),
    ],
)
def test_what_is_wrong_is_named(
    conversation: Conversation, lead: Agent, topic: Topic, said: OnWord, field: str
) -> None:
    admin = factories.AgentFactory.create(role=Role.ADMIN)
    with pytest.raises(Malformed) as error:
        record_on_word(conversation.contact, said, admin)
    assert list(error.value.errors) == [field]


def test_an_older_word_does_not_undo_a_newer_act(
    conversation: Conversation, lead: Agent, topic: Topic
) -> None:
    agreed(conversation, lead, days=3)
    last_week = timezone.now() - timedelta(days=7)
    [row] = record_on_word(
        conversation.contact, OnWord("withdrawn", "news", "Nein", occurred_at=last_week), lead
    )
    assert row.clock == Clock.STATED
    assert gate.permits(conversation.contact, "marketing", "news").granted


def test_a_letter_of_last_week_does_not_undo_yesterdays_stop(
    conversation: Conversation, agent: Agent, lead: Agent, topic: Topic
) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    record_inbound_message(conversation.contact, "STOPP", "wamid.stop", yesterday)
    with pytest.raises(Malformed) as error:
        agreed(conversation, lead, days=7)
    assert list(error.value.errors) == ["occurred_at"]
    agreed(conversation, lead, hours=1)
    assert gate.permits(conversation.contact, "marketing", "news").granted


def test_a_withdrawal_beats_whatever_whatsapps_clock_says(
    conversation: Conversation, agent: Agent, topic: Topic
) -> None:
    ahead = timezone.now() + timedelta(seconds=30)
    record_inbound_message(conversation.contact, "START", "wamid.start", ahead)
    record_on_word(conversation.contact, OnWord("withdrawn", "", "Nein."), agent)
    refusal = gate.permits(conversation.contact, "marketing", "news").refusal
    assert refusal == gate.Refusal.OPTED_OUT


def test_nobody_agrees_to_a_topic_that_is_over_or_for_somebody_who_is_going(
    conversation: Conversation, lead: Agent, topic: Topic
) -> None:
    Topic.objects.filter(key="news").update(is_active=False)
    with pytest.raises(Malformed) as error:
        agreed(conversation, lead)
    assert list(error.value.errors) == ["topic"]
    Topic.objects.filter(key="news").update(is_active=True)
    ask(conversation.contact, "erasure", None)
    with pytest.raises(Malformed) as error:
        agreed(conversation, lead)
    assert list(error.value.errors) == ["act"]


def test_nobody_agrees_for_somebody_who_asked_to_be_left_alone(
    conversation: Conversation, lead: Agent, topic: Topic
) -> None:
    admin = factories.AgentFactory.create(role=Role.ADMIN)
    start(ask(conversation.contact, "restriction", admin), admin)
    with pytest.raises(Malformed):
        agreed(conversation, lead)
    assert record_on_word(conversation.contact, OnWord("withdrawn", "", "Nein."), lead)


@pytest.mark.django_db(transaction=True)
def test_the_same_reference_at_once_is_one_entry() -> None:
    lead = factories.AgentFactory.create(role=Role.LEAD)
    conversation = factories.ConversationFactory.create()
    said = OnWord("withdrawn", "", "Nein.", reference="crm-1", source=Source.API)

    def write(_: int) -> int:
        try:
            return len(record_on_word(conversation.contact, said, lead))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(write, range(8)))

    assert sorted(written) == [0] * 7 + [1]
    assert Event.objects.filter(name=EventName.CONSENT_CHANGED).count() == 1
    assert verify_ledger().broken is None
