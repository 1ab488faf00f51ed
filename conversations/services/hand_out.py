"""Handing out: a conversation goes by itself to one who is there, has room and knows the matter.

`ask_to_hand_out` writes down that a conversation waits for hands; `hand_out` finds them, at once or
when somebody comes, gets room or, after a while, without the skill. Each conversation is a
transaction of its own. All that hand out take turns (an advisory lock, always after the
conversation's), so that nobody is given more than they have room for.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from fractions import Fraction
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, F, QuerySet
from django.utils import timezone

from accounts.models import Agent, Role
from accounts.presence import Presence, presence_of, presence_of_agents
from conversations.access import agents_who_see
from conversations.events import nudge_once
from conversations.models import Conversation
from conversations.services.lifecycle import move_by_itself
from conversations.services.locking import lock_conversation
from conversations.services.standing import require_writer

HAND_OUT_TASK = "conversations.hand_out"
# Whoever has no limit counts as if they had this one, to be compared with those who have.
USUAL_CAPACITY = 20
# Without a team nobody has set how long to wait for one with the skill.
SKILL_WAIT_MIN = 5
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_ON_HAND = (Conversation.Status.OPEN, Conversation.Status.PENDING)
# Number of an advisory lock of this database.
_HANDING_OUT = 0x57A0009
_AT_ONCE = 500

log = logging.getLogger(__name__)


class Outcome(Enum):
    GIVEN = "given"
    NOBODY_FREE = "nobody free"
    NO_SKILL = "nobody with the skill"
    NOTHING_TO_DO = "nothing to do"


@dataclass(frozen=True)
class Candidate:
    """One who is there: how many conversations are on their hands, and how many may be."""

    pk: int
    open: int
    capacity: int | None
    has_skill: bool
    given_at: datetime | None

    @property
    def has_room(self) -> bool:
        return self.capacity is None or self.open < self.capacity

    @property
    def turn(self) -> tuple[Fraction, datetime, int]:
        """Who has least to do for what they can take; then who has waited longest."""
        load = Fraction(self.open, self.capacity or USUAL_CAPACITY)
        return load, self.given_at or _NEVER, self.pk


def choose(candidates: Iterable[Candidate], *, skill_only: bool) -> Candidate | None:
    """Whose turn it is among those with room: of those with the skill, else of all unless
    `skill_only`."""
    free = [one for one in candidates if one.has_room]
    skilled = [one for one in free if one.has_skill]
    if not skilled and skill_only:
        return None
    return min(skilled or free, key=lambda one: one.turn, default=None)


def ask_to_hand_out(pks: Collection[UUID], rule: str = "") -> int:
    """Let these unresolved conversations wait for hands; how many did not yet. `rule` is the name
    of the rule that wants it. They are looked for when the caller's transaction is through."""
    with transaction.atomic():
        rows = Conversation.objects.filter(pk__in=pks, handout_since=None)
        rows = rows.exclude(status=Conversation.Status.RESOLVED).order_by("pk")
        held = list(rows.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
        if held:
            Conversation.objects.filter(pk__in=held).update(
                handout_since=timezone.now(), handout_rule=rule[:80]
            )
            transaction.on_commit(_wake)
    return len(held)


def hand_out_now(conversation: Conversation, by: Agent) -> Agent | None:
    """An agent wants it handed out, also from somebody else's hands. None: it waits."""
    require_writer(by)
    ask_to_hand_out([conversation.pk])
    hand_out(conversation.pk, by=by)
    now = Conversation.objects.select_related("assignee").get(pk=conversation.pk)
    return None if now.handout_since else now.assignee


def stop_handing_out(conversation: Conversation, by: Agent) -> None:
    """It waits for nobody any more."""
    require_writer(by)
    with transaction.atomic():
        locked = lock_conversation(conversation.pk)
        _forget(locked)


def hand_out_waiting() -> int:
    """Look for hands for all that waits, the most urgent first; how many found some. May be killed
    anywhere and run twice at once."""
    waiting = Conversation.objects.filter(handout_since__isnull=False, status__in=_ON_HAND)
    rows = waiting.order_by("-priority", F("waiting_since").asc(nulls_last=True), "handout_since")
    given = 0
    without_room: set[int | None] = set()
    for pk, team in list(rows.values_list("pk", "team")[:_AT_ONCE]):
        if team in without_room:
            continue
        outcome = hand_out(pk)
        given += outcome is Outcome.GIVEN
        if outcome is Outcome.NOBODY_FREE:
            without_room.add(team)
    if given:
        log.info("conversations.handed_out count=%s", given)
    return given


@transaction.atomic
def hand_out(pk: UUID, by: Agent | None = None) -> Outcome:
    """Give one conversation that waits to whose turn it is. `by` asked for it: then it also leaves
    the hands of one who is there."""
    conversation = lock_conversation(pk)
    if conversation.handout_since is None or conversation.status not in _ON_HAND:
        return Outcome.NOTHING_TO_DO
    if by is None and _has_come_back(conversation):
        _forget(conversation)
        return Outcome.NOTHING_TO_DO
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_HANDING_OUT])
    candidates = _candidates(conversation)
    chosen = choose(candidates, skill_only=_only_with_skill(conversation))
    if chosen is None:
        free = any(one.has_room for one in candidates)
        return Outcome.NO_SKILL if free else Outcome.NOBODY_FREE
    rule = conversation.handout_rule
    _forget(conversation)
    move_by_itself(conversation, chosen.pk, by=by, rule=rule)
    Agent.objects.filter(pk=chosen.pk).update(given_at=timezone.now())
    return Outcome.GIVEN


def is_absent(presence: Presence, minutes: int, now: datetime) -> bool:
    """Whether somebody has not been there for so long."""
    if presence.is_online:
        return False
    return presence.active_at is None or now - presence.active_at >= timedelta(minutes=minutes)


def on_hand(agents: Collection[int]) -> dict[int, int]:
    """How many conversations count towards each agent's capacity: neither snoozed nor resolved."""
    rows = Conversation.objects.filter(assignee__in=agents, status__in=_ON_HAND).order_by()
    return dict(rows.values("assignee").annotate(n=Count("pk")).values_list("assignee", "n"))


def _candidates(conversation: Conversation) -> list[Candidate]:
    """Those who are there and may be given it, whether they have room or not."""
    agents = [one for one in _who_may(conversation) if one.pk != conversation.assignee_id]
    presences = presence_of_agents(agents)
    here = [agent for agent in agents if presences[agent.pk].is_online]
    numbers = on_hand([agent.pk for agent in here])
    skilled = _with_skill(conversation, here)
    return [
        Candidate(
            pk=agent.pk,
            open=numbers.get(agent.pk, 0),
            capacity=agent.capacity,
            has_skill=agent.pk in skilled,
            given_at=agent.given_at,
        )
        for agent in here
    ]


def _who_may(conversation: Conversation) -> QuerySet[Agent]:
    """The team's people; without a team whoever answers customers and sees it."""
    rows = agents_who_see(conversation).exclude(role=Role.READ_ONLY)
    if conversation.team_id is not None:
        return rows.filter(teams=conversation.team_id)
    return rows.exclude(role=Role.ADMIN)


def _with_skill(conversation: Conversation, agents: list[Agent]) -> set[int]:
    """Who of these answers in the customer's language and knows the labels that some know."""
    language = primary(conversation.contact.language)
    found = {
        agent.pk
        for agent in agents
        if not (language and agent.languages) or language in map(primary, agent.languages)
    }
    known: dict[int, set[int]] = {}
    pairs = conversation.labels.filter(skilled__is_active=True).values_list("pk", "skilled")
    for label, agent in pairs:
        known.setdefault(label, set()).add(agent)
    return found.intersection(*known.values())


def primary(language: str) -> str:
    """ "de" of "de-AT" and "de_AT"."""
    return language.replace("_", "-").partition("-")[0].lower()


def _only_with_skill(conversation: Conversation) -> bool:
    """Whether the time in which only those with the skill are asked is not over."""
    team = conversation.team
    minutes = team.skill_wait_min if team else SKILL_WAIT_MIN
    since = conversation.handout_since
    return minutes is None or since is None or timezone.now() - since < timedelta(minutes=minutes)


def _has_come_back(conversation: Conversation) -> bool:
    """Whether the one whose hands it should leave is there."""
    if conversation.assignee_id is None:
        return False
    presence = presence_of([conversation.assignee_id]).get(conversation.assignee_id)
    return presence is not None and presence.is_online


def _forget(conversation: Conversation) -> None:
    if conversation.handout_since is None:
        return
    conversation.handout_since, conversation.handout_rule = None, ""
    conversation.save(update_fields=["handout_since", "handout_rule"])


def _wake() -> None:
    nudge_once(HAND_OUT_TASK)
