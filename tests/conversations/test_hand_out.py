"""Handing out: whose turn it is, never more than there is room for, and what waits until then."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import close_old_connections, connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Agent, Availability, Team
from accounts.presence import _redis, note_open
from conversations import tasks
from conversations.errors import NotAllowed
from conversations.models import Conversation, Event, EventName, Priority
from conversations.services.hand_out import (
    Candidate,
    Outcome,
    ask_to_hand_out,
    choose,
    hand_out,
    hand_out_now,
    hand_out_waiting,
    on_hand,
    stop_handing_out,
)
from conversations.services.lifecycle import assign_conversation, resolve_conversation
from conversations.services.snooze import snooze_conversation, wake_conversation
from tests import factories
from whatsapp.models import WhatsAppNumber

pytestmark = pytest.mark.django_db


def here(*agents: Agent, idle_s: float = 0) -> None:
    """These have a page open."""
    now = time.time()
    with _redis().pipeline() as pipe:
        note_open(pipe, {agent.pk: now - idle_s for agent in agents}, now)
        pipe.execute()


@pytest.fixture
def crew(db: None) -> Team:
    return factories.TeamFactory.create(hands_out=True)


@pytest.fixture
def two(crew: Team) -> tuple[Agent, Agent]:
    return (
        factories.AgentFactory.create(teams=[crew], name="Anna"),
        factories.AgentFactory.create(teams=[crew], name="Bert"),
    )


@pytest.fixture
def waiting(number: WhatsAppNumber, crew: Team) -> Conversation:
    return made(number, crew)


def made(number: WhatsAppNumber, crew: Team, **fields: object) -> Conversation:
    row = factories.ConversationFactory.create(business_number=number, team=crew, **fields)
    ask_to_hand_out([row.pk])
    return row


def holder(conversation: Conversation) -> Agent | None:
    return Conversation.objects.select_related("assignee").get(pk=conversation.pk).assignee


def test_to_one_who_is_here(two: tuple[Agent, Agent], waiting: Conversation) -> None:
    assert hand_out(waiting.pk) is Outcome.NOBODY_FREE
    here(two[1])
    assert hand_out(waiting.pk) is Outcome.GIVEN
    assert holder(waiting) == two[1]
    event = Event.objects.get(name=EventName.CONVERSATION_ASSIGNED)
    assert event.actor is None
    assert event.data["by_itself"] is True
    assert event.data["to_assignee"] == two[1].pk
    assert hand_out(waiting.pk) is Outcome.NOTHING_TO_DO


def test_in_turn(number: WhatsAppNumber, crew: Team, two: tuple[Agent, Agent]) -> None:
    here(*two)
    for _ in range(6):
        made(number, crew)
    assert hand_out_waiting() == 6
    assert set(on_hand([one.pk for one in two]).values()) == {3}


def test_room_away_and_roles(
    number: WhatsAppNumber, crew: Team, two: tuple[Agent, Agent], waiting: Conversation
) -> None:
    anna, bert = two
    reader = factories.AgentFactory.create(teams=[crew], role="read_only")
    stranger = factories.AgentFactory.create(teams=[factories.TeamFactory.create()])
    here(anna, bert, reader, stranger)
    Agent.objects.filter(pk=anna.pk).update(capacity=1)
    Agent.objects.filter(pk=bert.pk).update(availability=Availability.AWAY)
    assert hand_out(waiting.pk) is Outcome.GIVEN
    assert holder(waiting) == anna
    second = made(number, crew)
    assert hand_out(second.pk) is Outcome.NOBODY_FREE
    snooze_conversation(waiting, None, anna)  # what is snoozed is not on anybody's hands
    assert hand_out(second.pk) is Outcome.GIVEN
    assert holder(second) == anna


def test_the_most_urgent_first(
    number: WhatsAppNumber, crew: Team, two: tuple[Agent, Agent]
) -> None:
    Agent.objects.update(capacity=1)
    old = made(number, crew, waiting_since=timezone.now() - timedelta(hours=2))
    new = made(number, crew, waiting_since=timezone.now())
    urgent = made(number, crew, waiting_since=timezone.now(), priority=Priority.URGENT)
    here(*two)
    assert hand_out_waiting() == 2
    assert [holder(row) is not None for row in (old, new, urgent)] == [True, False, True]


def test_language_and_label_are_skills(
    number: WhatsAppNumber, crew: Team, two: tuple[Agent, Agent]
) -> None:
    anna, bert = two
    here(*two)
    Agent.objects.filter(pk=anna.pk).update(languages=["de", "en"])
    Agent.objects.filter(pk=bert.pk).update(languages=["da"])
    lost = factories.LabelFactory.create()
    danish = made(number, crew, contact=factories.ContactFactory.create(language="da_DK"))
    assert hand_out(danish.pk) is Outcome.GIVEN
    assert holder(danish) == bert
    lost.skilled.set([anna])
    for language in ("de", ""):
        row = made(number, crew, contact=factories.ContactFactory.create(language=language))
        row.labels.set([lost])
        assert hand_out(row.pk) is Outcome.GIVEN
        assert holder(row) == anna
    both = made(number, crew, contact=factories.ContactFactory.create(language="da"))
    both.labels.set([lost])
    assert hand_out(both.pk) is Outcome.NO_SKILL
    Conversation.objects.update(handout_since=timezone.now() - timedelta(minutes=6))
    Team.objects.update(skill_wait_min=None)
    assert hand_out(both.pk) is Outcome.NO_SKILL
    Team.objects.update(skill_wait_min=5)
    assert hand_out(both.pk) is Outcome.GIVEN


def test_what_is_resolved_snoozed_taken_or_called_off_waits_no_more(
    number: WhatsAppNumber, crew: Team, two: tuple[Agent, Agent]
) -> None:
    anna, bert = two
    taken, resolved, snoozed, kept = (made(number, crew) for _ in range(4))
    assign_conversation(taken, anna, by=anna)
    resolve_conversation(resolved, by=anna)
    snooze_conversation(snoozed, None, anna)
    stop_handing_out(kept, by=anna)
    here(bert)
    assert hand_out_waiting() == 0
    assert holder(taken) == anna
    wake_conversation(snoozed, anna)
    tasks.hand_out()
    assert holder(snoozed) == bert
    assert holder(kept) is None


def test_out_of_the_hands_of_who_is_away_not_of_who_came_back(
    number: WhatsAppNumber, two: tuple[Agent, Agent], crew: Team
) -> None:
    anna, bert = two
    gone = made(number, crew, assignee=anna)
    assert hand_out(gone.pk) is Outcome.NOBODY_FREE
    assert holder(gone) == anna  # better late than never
    here(bert)
    assert hand_out(gone.pk) is Outcome.GIVEN
    assert holder(gone) == bert
    back = made(number, crew, assignee=anna)
    here(anna)
    assert hand_out(back.pk) is Outcome.NOTHING_TO_DO
    assert not Conversation.objects.filter(handout_since__isnull=False).exists()


def test_an_agent_asks(
    number: WhatsAppNumber, crew: Team, two: tuple[Agent, Agent], read_only: Agent
) -> None:
    anna, bert = two
    row = factories.ConversationFactory.create(business_number=number, team=crew, assignee=anna)
    with pytest.raises(NotAllowed):
        hand_out_now(row, read_only)
    assert hand_out_now(row, anna) is None
    here(*two)
    assert hand_out_now(row, anna) == bert
    assert Event.objects.latest("pk").actor == anna


def test_without_a_team_to_anybody_who_answers(
    number: WhatsAppNumber, agent: Agent, admin: Agent
) -> None:
    row = factories.ConversationFactory.create(business_number=number, team=None)
    here(agent, admin)
    ask_to_hand_out([row.pk])
    assert hand_out(row.pk) is Outcome.GIVEN
    assert holder(row) == agent


candidates = st.lists(
    st.builds(
        Candidate,
        pk=st.integers(1, 50),
        open=st.integers(0, 40),
        capacity=st.none() | st.integers(1, 30),
        has_skill=st.booleans(),
        given_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    ),
    unique_by=lambda one: one.pk,
    max_size=12,
)


@given(candidates, st.booleans())
def test_the_choice(people: list[Candidate], skill_only: bool) -> None:
    chosen = choose(people, skill_only=skill_only)
    free = [one for one in people if one.has_room]
    skilled = [one for one in free if one.has_skill]
    if chosen is None:
        assert not skilled
        assert skill_only or not free
        return
    assert chosen.has_room
    assert chosen.has_skill or (not skilled and not skill_only)
    rivals = skilled or free
    assert all(chosen.turn <= one.turn for one in rivals)
    assert choose(reversed(people), skill_only=skill_only) == chosen


@given(st.lists(st.integers(1, 6), min_size=1, max_size=5), st.integers(0, 30))
def test_nobody_gets_two_before_everybody_with_room_got_one(rooms: list[int], count: int) -> None:
    hands = [0] * len(rooms)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    given_at: list[datetime | None] = [None] * len(rooms)
    for number in range(count):
        people = [
            Candidate(pk, hands[pk], rooms[pk], has_skill=True, given_at=given_at[pk])
            for pk in range(len(rooms))
        ]
        chosen = choose(people, skill_only=True)
        if chosen is None:
            break
        hands[chosen.pk] += 1
        given_at[chosen.pk] = now + timedelta(seconds=number)
    assert sum(hands) == min(count, sum(rooms))
    assert all(had <= room for had, room in zip(hands, rooms, strict=True))
    loads = [had / room for had, room in zip(hands, rooms, strict=True)]
    steps = [1 / room for room in rooms]
    assert max(loads) - min(loads) <= max(steps) + 1e-9


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_never_give_more_than_there_is_room_for(
    number: WhatsAppNumber,
) -> None:
    crew = factories.TeamFactory.create(hands_out=True)
    agents = [factories.AgentFactory.create(teams=[crew], capacity=3) for _ in range(3)]
    here(*agents)
    rows = [made(number, crew) for _ in range(12)]

    def work(pk: object) -> Outcome:
        close_old_connections()
        try:
            return hand_out(pk)  # type: ignore[arg-type]
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(work, [row.pk for row in rows] * 2))
    assert found.count(Outcome.GIVEN) == 9
    assert on_hand([one.pk for one in agents]) == {one.pk: 3 for one in agents}
    assert Conversation.objects.filter(handout_since__isnull=False).count() == 3
