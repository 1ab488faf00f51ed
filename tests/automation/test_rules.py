"""Rules at the door: who fits, what they do together, once, and whom they leave alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from accounts.models import Agent, Role, Team
from automation import door
from automation.follow import catch_up
from automation.models import AssignmentRule, NumberHours, Progress, RuleRun
from automation.tasks import FOLLOWERS
from contacts.attribute_models import AttributeDefinition
from contacts.attributes import set_attribute
from contacts.models import Contact
from conversations.dispatch import dispatch_events
from conversations.models import Conversation, Event, EventName, Message, Origin, Priority
from conversations.services.lifecycle import (
    assign_conversation,
    reopen_conversation,
    resolve_conversation,
)
from inbox.event_words import sentence
from tests import factories
from tests.automation.conftest import BERLIN, KARLA, happen, told
from tests.fixtures import Clock
from whatsapp.models import WhatsAppNumber

pytestmark = pytest.mark.django_db
Writes = Callable[..., Message]
FOLLOWER = next(one for one in FOLLOWERS if one.name == "rules")


@pytest.fixture
def team(db: None) -> Team:
    return factories.TeamFactory.create(name="Lost property")


def rule(**fields: Any) -> AssignmentRule:
    many = {
        name: fields.pop(name, [])
        for name in ("numbers", "topics", "labels", "chat_links", "adds_labels")
    }
    made = AssignmentRule.objects.create(
        **{"name": "A rule", "has_labels": bool(many["adds_labels"]), **fields}
    )
    for name, values in many.items():
        getattr(made, name).set(values)
    return made


def state(row: Conversation) -> tuple[Team | None, Agent | None]:
    row = Conversation.objects.get(pk=row.pk)
    return row.team, row.assignee


def test_a_word_leads_to_the_team_and_the_thread_says_why(writes: Writes, team: Team) -> None:
    rule(name="Koffer <b>", words=["Koffer*"], team=team)
    row = writes("Mein KOFFERRAUM ist weg").conversation
    happen()

    assert state(row) == (team, None)
    event = told(EventName.CONVERSATION_ASSIGNED)[0]
    assert (event.actor, event.data["rule"]) == (None, "Koffer <b>")
    with override("en"):
        assert sentence(event) == (
            "Handed over to <b>Lost property</b> by the rule “Koffer &lt;b&gt;”"
        )


def test_everything_at_once(writes: Writes, team: Team, agent: Agent) -> None:
    agent.teams.add(team)
    label = factories.LabelFactory.create()
    rule(team=team, person=agent, priority=Priority.HIGH, adds_labels=[label])
    row = writes().conversation
    happen()

    row.refresh_from_db()
    assert (row.team, row.assignee, row.priority) == (team, agent, Priority.HIGH)
    assert list(row.labels.all()) == [label]
    with override("en"):
        said = [sentence(one) for one in told(EventName.CONVERSATION_ASSIGNED)]
        assert said[1] == f"Assigned to <b>{agent.name}</b> by the rule “A rule”"
        prioritised = sentence(told(EventName.CONVERSATION_PRIORITISED)[0])
        assert prioritised == "Priority now <b>high</b>, by the rule “A rule”"
    assert told(EventName.CONVERSATION_LABELLED)[0].data["rule"] == "A rule"


def test_the_first_that_fits_and_after_it_only_where_it_goes_on(writes: Writes, team: Team) -> None:
    other = factories.TeamFactory.create()
    first = rule(name="1", place=1, priority=Priority.URGENT, goes_on=True)
    second = rule(name="2", place=2, team=team, priority=Priority.LOW)
    rule(name="3", place=3, team=other)
    rule(name="0", place=0, team=other, is_active=False)
    row = writes().conversation
    happen()

    row.refresh_from_db()
    assert (row.team, row.priority) == (team, Priority.URGENT)
    assert set(RuleRun.objects.values_list("rule", flat=True)) == {first.pk, second.pk}


def test_followed_again_nothing_happens_twice(writes: Writes, team: Team, admin: Agent) -> None:
    made = rule(team=team, priority=Priority.HIGH)
    row = writes().conversation
    happen()
    row.refresh_from_db()
    assign_conversation(row, admin, admin)
    before = Event.objects.count()
    rule(name="another", place=1, priority=Priority.LOW)
    Event.objects.update(dispatched_at=None)
    Progress.objects.update(sequence=0)
    happen()

    assert Event.objects.count() == before
    assert RuleRun.objects.get().rule == made


def test_only_what_begins_or_reopens(writes: Writes, team: Team, admin: Agent) -> None:
    row = writes().conversation
    happen()
    rule(team=team)
    writes("and another thing")
    happen()
    assert state(row) == (None, None)

    resolve_conversation(row, admin)
    writes("again")
    happen()
    assert state(row) == (team, None)


def test_a_rule_is_for_what_is_written_since(writes: Writes, team: Team, clock: Clock) -> None:
    row = writes(sent_at=timezone.now() - timedelta(minutes=2)).conversation
    rule(team=team)
    happen()

    assert state(row) == (None, None)


def test_what_an_agent_reopened_is_theirs(writes: Writes, team: Team, admin: Agent) -> None:
    row = writes().conversation
    resolve_conversation(row, admin)
    happen()
    rule(team=team)
    reopen_conversation(row, admin)
    writes("thanks")
    happen()

    assert state(row) == (None, None)


def test_who_has_it_keeps_it_while_they_work_here(
    writes: Writes, team: Team, agent: Agent, admin: Agent
) -> None:
    rule(team=team, person=admin, priority=Priority.HIGH)
    row = writes().conversation
    assign_conversation(row, agent, admin)
    resolve_conversation(row, admin)
    happen()
    RuleRun.objects.all().delete()
    writes("again")
    happen()
    row.refresh_from_db()
    assert (row.assignee, row.priority) == (agent, Priority.HIGH)

    resolve_conversation(row, admin)
    Agent.objects.filter(pk=agent.pk).update(is_active=False)
    writes("once more")
    happen()
    assert state(row) == (team, admin)


def test_whoever_was_quicker_by_hand_is_not_undone(
    writes: Writes, team: Team, agent: Agent, admin: Agent
) -> None:
    rule(team=team)
    row = writes().conversation
    assign_conversation(row, agent, admin)
    assign_conversation(row, None, admin)
    happen()

    assert state(row) == (None, None)


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": Role.READ_ONLY}])
def test_a_person_who_cannot_have_it_does_not(
    writes: Writes, team: Team, agent: Agent, change: dict[str, Any]
) -> None:
    agent.teams.add(team)
    Agent.objects.filter(pk=agent.pk).update(**change)
    rule(team=team, person=agent)
    row = writes().conversation
    happen()

    assert state(row) == (team, None)


def test_a_person_of_another_team_does_not(writes: Writes, agent: Agent) -> None:
    team = factories.TeamFactory.create(name="Another")
    rule(team=team, person=agent)
    row = writes().conversation
    happen()

    assert state(row) == (team, None)


def test_it_is_handed_out(writes: Writes, team: Team) -> None:
    rule(team=team, distributes=True)
    row = writes().conversation
    happen()

    assert state(row) == (team, None)
    row.refresh_from_db()
    assert row.handout_since is not None
    assert row.handout_rule == "A rule"


def test_conditions_of_the_database(
    writes: Writes,
    team: Team,
    number: WhatsAppNumber,
    admin: Agent,
    away: NumberHours,
    clock: Clock,
) -> None:
    clock.at(datetime(2026, 11, 22, 20, tzinfo=BERLIN))  # a Sunday
    kind = AttributeDefinition.objects.create(
        key="vip", kind="yes_no", name_de="VIP", name_en="VIP"
    )
    link = factories.ChatLinkFactory.create(business_number=number)
    message = writes(f"Hallo ({link.spelled})", payload={"referral": {"source_type": "ad"}})
    set_attribute(message.conversation.contact, kind, True, admin)
    label = factories.LabelFactory.create()
    message.conversation.labels.add(label)
    Contact.objects.update(language="en_GB")
    fits: list[dict[str, Any]] = [
        {"numbers": [number]},
        {"languages": ["en"]},
        {"labels": [label]},
        {"attribute": kind, "attribute_equals": "JA"},
        {"came_by": "link"},
        {"came_by": "ad"},
        {"chat_links": [link]},
        {"hours": "outside"},
        {"first_contact": True},
        {"words": ["hallo"]},
    ]
    not_so: list[dict[str, Any]] = [
        {"numbers": [factories.WhatsAppNumberFactory.create()]},
        {"languages": ["de"]},
        {"labels": [factories.LabelFactory.create()]},
        {"hours": "inside"},
        {"attribute": kind, "attribute_equals": "no"},
        {"first_contact": False},
        {"chat_links": [factories.ChatLinkFactory.create(business_number=number)]},
        {"words": ["hall", "!!"]},
    ]
    for at, fields in enumerate(fits):
        rule(name=f"+{at}", team=team, **fields)
    for at, fields in enumerate(not_so):
        rule(name=f"-{at}", team=team, **fields)
    _rules, (tried,) = door.try_rules()

    assert sorted(one.name for one in tried.fitting) == sorted(f"+{n}" for n in range(len(fits)))
    assert [one.name for one in tried.acting] == ["+0"]


def test_someone_who_wrote_before_is_not_new(writes: Writes, team: Team) -> None:
    rule(team=team, first_contact=True)
    contact = factories.ContactFactory.create(wa_id=KARLA.wa_id)
    earlier = factories.ConversationFactory.create(contact=contact, status="resolved")
    old = factories.MessageFactory.create(conversation=earlier, origin=Origin.HISTORY)
    Message.objects.filter(pk=old.pk).update(sent_at=old.sent_at - timedelta(days=30))
    row = writes().conversation
    happen()

    assert state(row) == (None, None)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"distributes": True, "person": "agent"},
        {"priority": 2, "attribute_equals": "x"},
        {"priority": 2, "words": ["x"] * 51},
    ],
)
def test_the_database_refuses_what_makes_no_sense(agent: Agent, fields: dict[str, Any]) -> None:
    if "person" in fields:
        fields = {**fields, "person": agent}
    with pytest.raises(IntegrityError), transaction.atomic():
        rule(**fields)


def test_a_run_is_there_once_per_message(writes: Writes, team: Team) -> None:
    made, message = rule(team=team), writes()
    happen()
    run = RuleRun.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleRun.objects.create(
            rule=made, conversation=message.conversation, message=message, ran_at=run.ran_at
        )


def test_a_rule_that_cannot_be_carried_out_holds_nobody_up(
    writes: Writes, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_fields: object) -> None:
        raise ValueError

    monkeypatch.setattr(door, "ask_to_hand_out", broken)
    rule(name="1", place=1, words=["fails"], distributes=True)
    rule(name="2", place=2, team=team)
    first = writes("fails").conversation
    second = writes("Hallo", person=somebody("4915199999999")).conversation
    happen()

    assert state(first) == (None, None)
    assert state(second) == (team, None)
    assert RuleRun.objects.count() == 1


def somebody(wa_id: str) -> Any:
    return type(KARLA)(wa_id=wa_id, bsuid=f"DE.{wa_id}", name="Ole")


def test_a_batch_without_matches_costs_the_same_for_few_and_many(
    writes: Writes, team: Team
) -> None:
    rule(team=team, words=["never"], goes_on=True)

    def cost(count: int) -> int:
        for at in range(count):
            writes("Hallo", person=somebody(f"49151{count:03}{at:05}"))
        dispatch_events()
        with CaptureQueriesContext(connection) as queries:
            catch_up(FOLLOWER)
        return len(queries)

    cost(1)
    assert cost(2) == cost(12)


def test_trying_costs_the_same_for_few_and_many(writes: Writes, team: Team) -> None:
    rule(team=team)

    def cost(count: int) -> int:
        for at in range(count):
            writes("Hallo", person=somebody(f"49152{count:03}{at:05}"))
        with CaptureQueriesContext(connection) as queries:
            assert door.try_rules()[1]
        return len(queries)

    assert cost(2) == cost(9)
    assert not told(EventName.CONVERSATION_ASSIGNED)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_the_same_events_do_it_once(writes: Writes, team: Team) -> None:
    rule(team=team, priority=Priority.HIGH)
    message = writes()
    dispatch_events()
    events = list(Event.objects.filter(name=EventName.MESSAGE_RECEIVED))
    barrier = Barrier(2)

    def work() -> None:
        try:
            barrier.wait()
            with transaction.atomic():
                door.follow_arrivals(events)
        finally:
            connection.close()

    workers = [Thread(target=work) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()

    assert RuleRun.objects.get().message == message
    assert len(told(EventName.CONVERSATION_ASSIGNED)) == 1
    assert len(told(EventName.CONVERSATION_PRIORITISED)) == 1
