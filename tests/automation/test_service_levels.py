"""Promises to customers: set, kept, missed, at rest, escalated; shown on rows; each told once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Agent, Team
from automation.models import BusinessCalendar, SlaClock, SlaPolicy
from automation.overdue import look_at_promises
from conversations.events import record
from conversations.models import Conversation, Event, EventName, Message, SlaTarget, Status
from conversations.services.lifecycle import resolve_conversation, set_status
from tests import factories
from tests.automation.conftest import (
    BERLIN,
    HOUR,
    MINUTE,
    MONDAY,
    Writes,
    clock_of,
    event,
    happen,
    told,
)
from tests.fixtures import Clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(clock: Clock) -> None:
    clock.at(MONDAY)


def test_a_first_message_is_promised_an_answer_and_an_end(
    policy: SlaPolicy, writes: Writes
) -> None:
    row = writes().conversation
    happen()

    first, end = clock_of(row, SlaTarget.FIRST_RESPONSE), clock_of(row, SlaTarget.RESOLUTION)
    row.refresh_from_db()
    assert (first.started_at, first.due_at) == (MONDAY, MONDAY + HOUR)
    assert first.warn_at == MONDAY + 48 * MINUTE
    assert end.due_at == MONDAY + 8 * HOUR
    assert (row.sla_target, row.sla_due_at) == (SlaTarget.FIRST_RESPONSE, first.due_at)
    assert row.sla_warn_at == first.warn_at


def test_without_a_policy_nothing_is_promised(writes: Writes) -> None:
    row = writes().conversation
    happen()

    row.refresh_from_db()
    assert not SlaClock.objects.exists()
    assert row.sla_due_at is None


def test_an_answer_keeps_the_first_promise_and_later_words_make_the_next(
    policy: SlaPolicy, writes: Writes, answers: Callable[..., Message], clock: Clock
) -> None:
    row = writes().conversation
    happen()
    clock.forward(30 * MINUTE)
    answers(row)
    happen()

    first = clock_of(row, SlaTarget.FIRST_RESPONSE)
    row.refresh_from_db()
    assert (first.met_at, first.breached_at) == (MONDAY + 30 * MINUTE, None)
    assert row.sla_target == SlaTarget.RESOLUTION

    clock.forward(HOUR)
    asked = writes("Und noch etwas").sent_at
    happen()
    following = clock_of(row, SlaTarget.NEXT_RESPONSE)
    assert (following.started_at, following.due_at) == (asked, asked + 2 * HOUR)


def test_neither_a_machine_nor_a_queued_answer_keeps_a_promise(
    policy: SlaPolicy, writes: Writes, answers: Callable[..., Message], clock: Clock
) -> None:
    row = writes().conversation
    clock.forward(MINUTE)
    answers(row, author=None)
    answers(row, status=Status.QUEUED)
    happen()

    assert clock_of(row, SlaTarget.FIRST_RESPONSE).is_open


def test_an_answer_written_in_time_and_still_on_its_way_is_not_missed(
    policy: SlaPolicy, writes: Writes, answers: Callable[..., Message], clock: Clock
) -> None:
    row = writes().conversation
    happen()
    clock.at(MONDAY + 59 * MINUTE)
    reply = answers(row, status=Status.SENDING)
    clock.at(MONDAY + 61 * MINUTE)
    look_at_promises()
    assert clock_of(row, SlaTarget.FIRST_RESPONSE).breached_at is None

    Message.objects.filter(pk=reply.pk).update(status=Status.FAILED)
    look_at_promises()
    assert clock_of(row, SlaTarget.FIRST_RESPONSE).breached_at == MONDAY + 61 * MINUTE


def test_an_answer_that_did_not_arrive_after_all_is_waited_for_again(
    policy: SlaPolicy, writes: Writes, answers: Callable[..., Message], clock: Clock
) -> None:
    row = writes().conversation
    happen()
    clock.forward(MINUTE)
    reply = answers(row)
    happen()
    Message.objects.filter(pk=reply.pk).update(status=Status.FAILED)
    record(EventName.MESSAGE_STATUS_CHANGED, row, message=reply, data={"status": "failed"})
    happen()

    first = clock_of(row, SlaTarget.FIRST_RESPONSE)
    assert first.is_open
    assert first.due_at == MONDAY + HOUR


def test_it_is_warned_and_missed_once_each_and_shown(
    policy: SlaPolicy, writes: Writes, clock: Clock
) -> None:
    row = writes().conversation
    happen()
    clock.at(MONDAY + 50 * MINUTE)
    look_at_promises()
    look_at_promises()
    (warned,) = told(EventName.SLA_WARNED)
    assert warned.data["target"] == SlaTarget.FIRST_RESPONSE
    assert warned.data["notify"] == ["assignee"]

    clock.at(MONDAY + 61 * MINUTE)
    look_at_promises()
    look_at_promises()
    (missed,) = told(EventName.SLA_BREACHED)
    assert missed.data["target"] == SlaTarget.FIRST_RESPONSE
    row.refresh_from_db()
    assert row.sla_due_at == MONDAY + HOUR  # it goes on being shown until it is kept


def test_what_was_missed_while_nobody_looked_is_missed_and_not_warned_of(
    policy: SlaPolicy, writes: Writes, clock: Clock
) -> None:
    writes()
    happen()
    clock.at(MONDAY + 2 * HOUR)
    look_at_promises()

    assert not told(EventName.SLA_WARNED)
    assert len(told(EventName.SLA_BREACHED)) == 1


def test_a_late_answer_of_which_the_sweeper_knew_nothing_is_missed(
    policy: SlaPolicy, writes: Writes, answers: Callable[..., Message], clock: Clock
) -> None:
    row = writes().conversation
    happen()
    clock.at(MONDAY + 90 * MINUTE)
    answers(row)
    happen()
    happen()

    first = clock_of(row, SlaTarget.FIRST_RESPONSE)
    assert (first.breached_at, first.met_at) == (MONDAY + HOUR, MONDAY + 90 * MINUTE)
    assert len(told(EventName.SLA_BREACHED)) == 1


def test_the_first_of_several_answers_counts(
    policy: SlaPolicy, writes: Writes, answers: Callable[..., Message], clock: Clock
) -> None:
    row = writes().conversation
    happen()
    answers(row, at=MONDAY + 50 * MINUTE)
    answers(row, at=MONDAY + 70 * MINUTE)
    clock.at(MONDAY + 75 * MINUTE)
    happen()

    first = clock_of(row, SlaTarget.FIRST_RESPONSE)
    assert (first.met_at, first.breached_at) == (MONDAY + 50 * MINUTE, None)


def test_only_opening_hours_count_and_holidays_do_not(
    policy: SlaPolicy, writes: Writes, office: BusinessCalendar, clock: Clock
) -> None:
    SlaPolicy.objects.update(calendar=office)
    clock.at(datetime(2026, 12, 24, 16, 30, tzinfo=BERLIN))  # a Thursday; then Christmas, a weekend
    row = writes().conversation
    happen()

    due = clock_of(row, SlaTarget.FIRST_RESPONSE).due_at
    assert due == datetime(2026, 12, 28, 9, 30, tzinfo=BERLIN)


def test_pending_time_does_not_count_towards_the_end(
    policy: SlaPolicy, writes: Writes, agent: Agent, clock: Clock
) -> None:
    row = writes().conversation
    happen()
    clock.at(MONDAY + HOUR)
    set_status(row, Conversation.Status.PENDING, agent)
    happen()
    resting = clock_of(row, SlaTarget.RESOLUTION)
    assert (resting.due_at, resting.left_s) == (None, 7 * 3600)

    clock.at(MONDAY + 24 * HOUR)
    set_status(row, Conversation.Status.OPEN, agent)
    happen()
    running = clock_of(row, SlaTarget.RESOLUTION)
    assert (running.paused_at, running.due_at) == (None, MONDAY + 31 * HOUR)
    assert running.warn_at == MONDAY + 31 * HOUR - 96 * MINUTE


def test_resolving_keeps_the_end_and_drops_what_nobody_waits_for(
    policy: SlaPolicy, writes: Writes, agent: Agent, clock: Clock
) -> None:
    row = writes().conversation
    happen()
    clock.forward(HOUR / 2)
    resolve_conversation(row, agent)
    happen()

    row.refresh_from_db()
    assert clock_of(row, SlaTarget.RESOLUTION).met_at == MONDAY + HOUR / 2
    assert clock_of(row, SlaTarget.FIRST_RESPONSE).cancelled_at is not None
    assert (row.sla_target, row.sla_due_at, row.sla_warn_at) == ("", None, None)

    clock.forward(HOUR)
    writes("Doch noch eine Frage")
    happen()
    assert clock_of(row, SlaTarget.RESOLUTION).started_at == MONDAY + 1.5 * HOUR
    assert clock_of(row, SlaTarget.FIRST_RESPONSE).started_at == MONDAY + 1.5 * HOUR


def test_told_twice_it_is_done_once(policy: SlaPolicy, writes: Writes) -> None:
    row = writes().conversation
    happen()
    before = list(SlaClock.objects.order_by("pk").values())
    Event.objects.update(dispatched_at=None)
    happen()
    record(EventName.CONVERSATION_CHANGED, row)
    happen()

    assert list(SlaClock.objects.order_by("pk").values()) == before


def test_showing_a_promise_draws_the_row_once_and_does_not_go_round(
    policy: SlaPolicy, writes: Writes
) -> None:
    writes()
    happen()
    happen()
    happen()

    assert len(told(EventName.CONVERSATION_CHANGED)) == 1


def test_a_batch_costs_the_same_for_one_and_for_many(policy: SlaPolicy, team: Team) -> None:
    def cost(many: int) -> int:
        for _one in range(many):
            row = factories.ConversationFactory.create(team=team)
            message = factories.MessageFactory.create(conversation=row, sent_at=timezone.now())
            event(EventName.MESSAGE_RECEIVED, message)
        with CaptureQueriesContext(connection) as queries:
            happen()
        return len(queries)

    cost(1)
    few = cost(1)
    assert cost(12) <= few + 2
