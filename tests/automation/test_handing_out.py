"""What comes to a team that hands out, and what an absent agent has."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Agent, Team
from accounts.presence import _redis, note_open
from automation.follow import catch_up
from automation.tasks import FOLLOWERS
from conversations.models import Conversation, Message
from conversations.services.hand_out import hand_out_waiting
from conversations.services.lifecycle import (
    assign_conversation,
    assign_team,
    resolve_conversation,
)
from tests import factories
from tests.automation.conftest import happen

pytestmark = pytest.mark.django_db
Writes = Callable[..., Message]


@pytest.fixture
def crew(db: None) -> Team:
    return factories.TeamFactory.create(hands_out=True)


@pytest.fixture
def mate(crew: Team) -> Agent:
    return factories.AgentFactory.create(teams=[crew])


def here(agent: Agent, ago: timedelta = timedelta(0)) -> None:
    """They have a page open, or had it `ago`."""
    at = time.time() - ago.total_seconds()
    with _redis().pipeline() as pipe:
        note_open(pipe, {agent.pk: at}, at)
        pipe.execute()


def waits(conversation: Conversation) -> bool:
    return Conversation.objects.filter(pk=conversation.pk, handout_since__isnull=False).exists()


def holder(conversation: Conversation) -> Agent | None:
    return Conversation.objects.select_related("assignee").get(pk=conversation.pk).assignee


def test_what_is_handed_to_the_team_goes_to_whose_turn_it_is(
    writes: Writes, crew: Team, mate: Agent, lead: Agent
) -> None:
    row = writes().conversation
    happen()
    assert not waits(row)  # no team, no rule
    assign_team(row, crew, by=lead)
    happen()
    assert waits(row)
    here(mate)
    assert hand_out_waiting() == 1
    assert holder(row) == mate


def test_a_team_that_does_not_hand_out_is_left_alone(
    writes: Writes, crew: Team, mate: Agent, lead: Agent
) -> None:
    Team.objects.update(hands_out=False)
    row = writes().conversation
    assign_team(row, crew, by=lead)
    happen()
    assert not waits(row)


def test_unassigned_by_hand_it_waits_for_the_customers_next_word(
    writes: Writes, crew: Team, mate: Agent, lead: Agent
) -> None:
    row = writes().conversation
    assign_team(row, crew, by=lead)
    happen()
    assign_conversation(row, mate, by=lead)
    assign_conversation(row, None, by=lead)
    happen()
    assert not waits(row)
    writes("Noch da?")
    happen()
    assert waits(row)


def test_what_comes_back_resolved_is_handed_out_again_only_without_hands(
    writes: Writes, crew: Team, mate: Agent, lead: Agent
) -> None:
    row = writes().conversation
    assign_team(row, crew, by=lead)
    assign_conversation(row, mate, by=lead)
    resolve_conversation(row, by=mate)
    writes("Doch nicht")
    happen()
    assert not waits(row)
    assert holder(row) == mate


@pytest.mark.parametrize(
    ("ago", "minutes", "given_back"),
    [(0, 10, False), (20, 10, True), (5, 10, False), (20, None, False)],
)
def test_whoever_has_been_absent_for_long_gives_back(
    writes: Writes,
    crew: Team,
    mate: Agent,
    lead: Agent,
    ago: int,
    minutes: int | None,
    given_back: bool,
) -> None:
    Team.objects.update(gives_back_min=minutes)
    row = writes().conversation
    assign_team(row, crew, by=lead)
    happen()
    assign_conversation(row, mate, by=lead)
    here(mate, ago=timedelta(minutes=ago))
    other = factories.AgentFactory.create(teams=[crew])
    here(other)
    writes("Hallo?")
    happen()
    assert waits(row) is given_back
    hand_out_waiting()
    assert holder(row) == (other if given_back else mate)


def test_twice_is_once(writes: Writes, crew: Team, lead: Agent) -> None:
    row = writes().conversation
    assign_team(row, crew, by=lead)
    happen()
    since = timezone.now() - timedelta(hours=1)
    Conversation.objects.update(handout_since=since)
    writes("Noch etwas")
    happen()
    for follower in FOLLOWERS:
        assert catch_up(follower) == 0
    assert Conversation.objects.get(pk=row.pk).handout_since == since
