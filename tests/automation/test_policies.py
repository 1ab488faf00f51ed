"""Which promise holds for whom: conditions, changed rules, and what a missed one leads to."""

from __future__ import annotations

import pytest

from accounts.models import Agent, Team
from automation.models import Notify, SlaClock, SlaPolicy
from automation.overdue import look_at_promises
from automation.service_levels import apply_to_open
from conversations.events import record
from conversations.models import EventName, Priority, SlaTarget
from conversations.services.labels import set_labels
from tests import factories
from tests.automation.conftest import HOUR, MINUTE, MONDAY, Writes, clock_of, happen, told
from tests.fixtures import Clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(clock: Clock) -> None:
    clock.at(MONDAY)


def test_a_label_brings_another_policy_and_taking_it_away_the_first_again(
    policy: SlaPolicy, writes: Writes, agent: Agent
) -> None:
    urgent = factories.LabelFactory.create(name="VIP")
    quick = SlaPolicy.objects.create(name="VIP", place=1, first_response_min=15)
    quick.labels.add(urgent)
    row = writes().conversation
    happen()
    set_labels(row, [urgent.pk], agent)
    happen()
    assert clock_of(row, SlaTarget.FIRST_RESPONSE).due_at == MONDAY + 15 * MINUTE
    assert clock_of(row, SlaTarget.RESOLUTION).cancelled_at is not None

    set_labels(row, [], agent)
    happen()
    assert clock_of(row, SlaTarget.FIRST_RESPONSE).due_at == MONDAY + HOUR
    assert clock_of(row, SlaTarget.RESOLUTION).is_open


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"languages": ["de"]}, True),
        ({"languages": ["en"]}, False),
        ({"priorities": [Priority.NORMAL]}, True),
        ({"priorities": [Priority.URGENT]}, False),
    ],
)
def test_conditions(writes: Writes, condition: dict[str, object], holds: bool) -> None:
    SlaPolicy.objects.create(name="Some", first_response_min=60, **condition)
    row = writes().conversation
    happen()

    assert SlaClock.objects.filter(conversation=row).exists() == holds


def test_conditions_on_number_team_and_topic(writes: Writes, team: Team) -> None:
    row = writes().conversation
    elsewhere = SlaPolicy.objects.create(name="Elsewhere", first_response_min=60)
    elsewhere.teams.add(team)
    happen()
    assert not SlaClock.objects.exists()

    elsewhere.teams.clear()
    elsewhere.numbers.add(row.business_number)
    record(EventName.CONVERSATION_CHANGED, row)
    happen()
    assert clock_of(row, SlaTarget.FIRST_RESPONSE).is_open


def test_a_new_policy_does_not_hold_for_what_began_before_until_it_is_applied(
    writes: Writes, clock: Clock
) -> None:
    row = writes().conversation
    clock.at(MONDAY + 3 * HOUR)
    SlaPolicy.objects.create(name="New", first_response_min=60)
    record(EventName.CONVERSATION_CHANGED, row)
    happen()
    assert not SlaClock.objects.exists()

    assert apply_to_open() is None
    # Nobody misses a promise that was not made before.
    assert clock_of(row, SlaTarget.FIRST_RESPONSE).due_at == MONDAY + 4 * HOUR


def test_other_times_hold_for_new_clocks_and_by_hand_for_open_ones(
    policy: SlaPolicy, writes: Writes
) -> None:
    row = writes().conversation
    happen()
    SlaPolicy.objects.update(first_response_min=30)
    record(EventName.CONVERSATION_CHANGED, row)
    happen()
    assert clock_of(row, SlaTarget.FIRST_RESPONSE).due_at == MONDAY + HOUR

    apply_to_open()
    assert clock_of(row, SlaTarget.FIRST_RESPONSE).due_at == MONDAY + HOUR / 2


def test_a_policy_that_is_switched_off_drops_its_clocks(policy: SlaPolicy, writes: Writes) -> None:
    row = writes().conversation
    happen()
    SlaPolicy.objects.update(is_active=False)
    apply_to_open()

    row.refresh_from_db()
    assert not SlaClock.objects.filter(cancelled_at=None).exists()
    assert row.sla_due_at is None


def test_what_is_missed_for_too_long_goes_to_another_team_and_up(
    policy: SlaPolicy, writes: Writes, team: Team, clock: Clock
) -> None:
    SlaPolicy.objects.update(
        escalate_after_min=30,
        notify=Notify.BOTH,
        raise_priority_to=Priority.URGENT,
        move_to_team=team,
    )
    row = writes().conversation
    happen()
    clock.at(MONDAY + 61 * MINUTE)
    look_at_promises()
    clock.at(MONDAY + 92 * MINUTE)
    look_at_promises()
    look_at_promises()

    row.refresh_from_db()
    assert (row.priority, row.team) == (Priority.URGENT, team)
    escalated = [one for one in told(EventName.SLA_BREACHED) if one.data.get("escalated")]
    assert [one.data["notify"] for one in escalated] == [["assignee", "leads"]]
    (moved,) = told(EventName.CONVERSATION_ASSIGNED)
    assert moved.data["to_team"] == team.pk
    assert len(told(EventName.CONVERSATION_PRIORITISED)) == 1
