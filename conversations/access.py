"""Who may see what. Every view, socket and API row comes through here.

Admins see everything. A business number may belong to some teams only: then nobody else sees what
is written there. On the numbers they work on, leads see every conversation; agents and read-only
agents those without a team and those of their teams. What is assigned to somebody, they see
wherever it is. The rule exists twice, as SQL and as a predicate for live updates;
`tests/conversations/test_access.py` holds the two together, and `tests/access/` walks every
address, socket and API route.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import Agent, Role, Team
from contacts.family import survivors
from contacts.models import Contact
from conversations.models import (
    BusinessNumber,
    Conversation,
    Media,
    Message,
    Note,
    SearchLine,
)


@dataclass(frozen=True)
class Scope:
    """What an agent may see, as plain values: for checking a live event without the database."""

    agent_id: int
    everything: bool
    all_teams: bool
    team_ids: frozenset[int]
    # Business numbers of teams the agent does not belong to.
    closed_numbers: frozenset[int]

    @classmethod
    def of(cls, agent: Agent) -> Scope:
        return cls(
            agent.pk,
            agent.sees_all_numbers,
            agent.sees_all_teams,
            frozenset(agent.teams.values_list("pk", flat=True)),
            frozenset(_closed_numbers(agent).values_list("pk", flat=True)),
        )

    def covers(self, team_id: int | None, assignee_id: int | None, number_id: int) -> bool:
        """Whether a conversation of this team and assignee on this number may be seen."""
        if self.everything or assignee_id == self.agent_id:
            return True
        if number_id in self.closed_numbers:
            return False
        return self.all_teams or team_id is None or team_id in self.team_ids


def scopes_of(agents: Iterable[Agent]) -> dict[int, Scope]:
    """`Scope.of` for many agents, in two queries."""
    agents = list(agents)
    teams: dict[int, set[int]] = {}
    members = Agent.teams.through.objects.filter(agent__in=agents)
    for agent, team in members.values_list("agent", "team"):
        teams.setdefault(agent, set()).add(team)
    numbers: dict[int, set[int]] = {}
    for number, team in BusinessNumber.teams.through.objects.values_list("businessnumber", "team"):
        numbers.setdefault(number, set()).add(team)
    found = {}
    for one in agents:
        theirs = teams.get(one.pk, set())
        closed = (pk for pk, of in numbers.items() if not of & theirs)
        found[one.pk] = Scope(
            one.pk,
            one.sees_all_numbers,
            one.sees_all_teams,
            frozenset(theirs),
            frozenset(() if one.sees_all_numbers else closed),
        )
    return found


def agents_who_see(conversation: Conversation) -> QuerySet[Agent]:
    """The active agents who may see `conversation`: the same rule, asked the other way round."""
    number = conversation.business_number
    rule = Q(is_active=True)  # an empty Q would be no condition, but vanish beside an OR
    if conversation.team_id is not None:
        rule = Q(role=Role.LEAD) | _in([conversation.team_id])
    if number.teams.exists():
        rule &= _in(number.teams.all())
    rule |= Q(role=Role.ADMIN) | Q(pk=conversation.assignee_id)
    return Agent.objects.filter(rule, is_active=True)


def _in(teams: Iterable[Team] | list[int]) -> Q:
    return Q(pk__in=Agent.teams.through.objects.filter(team__in=teams).values("agent"))


def visible_teams(agent: Agent) -> QuerySet[Team]:
    """The teams whose conversations the agent may see."""
    return Team.objects.all() if agent.sees_all_teams else agent.teams.all()


def visible_numbers(agent: Agent) -> QuerySet[BusinessNumber]:
    """The business numbers that the agent works on."""
    if agent.sees_all_numbers:
        return BusinessNumber.objects.all()
    return BusinessNumber.objects.exclude(pk__in=_closed_numbers(agent))


def visible_conversations(agent: Agent) -> QuerySet[Conversation]:
    if agent.sees_all_numbers:
        return Conversation.objects.all()
    return Conversation.objects.filter(_rule(agent))


def visible_conversation(agent: Agent, pk: UUID) -> Conversation:
    """404 for what this agent may not see. With `seen_count`, how far they have read."""
    rows = visible_conversations(agent).annotate(
        own_marker=FilteredRelation("reads", condition=Q(reads__agent=agent)),
        seen_count=F("own_marker__seen_count"),
    )
    return get_object_or_404(
        rows.select_related("contact", "business_number", "assignee", "team"), pk=pk
    )


def visible_messages(agent: Agent) -> QuerySet[Message]:
    if agent.sees_all_numbers:
        return Message.objects.all()
    return Message.objects.filter(_rule(agent, "conversation__"))


def visible_notes(agent: Agent) -> QuerySet[Note]:
    if agent.sees_all_numbers:
        return Note.objects.all()
    return Note.objects.filter(_rule(agent, "conversation__"))


def visible_lines(agent: Agent) -> QuerySet[SearchLine]:
    """What search looks through."""
    if agent.sees_all_numbers:
        return SearchLine.objects.all()
    return SearchLine.objects.filter(_rule(agent, "conversation__"))


def visible_files(agent: Agent) -> QuerySet[Media]:
    """Files with a name, as search finds them: also for leads none of what was taken back."""
    files = Media.objects.exclude(filename="").filter(message__revoked_at=None)
    if agent.sees_all_numbers:
        return files.filter(message__isnull=False)
    return files.filter(_rule(agent, "message__conversation__"), message__isnull=False)


def visible_contacts(agent: Agent) -> QuerySet[Contact]:
    """Contacts with at least one conversation this agent may see, and for leads those who only
    signed up; none that was merged away."""
    if agent.sees_all_numbers:
        return survivors()
    # Not by a join with DISTINCT, which reads all contacts for the first page of a list.
    seen = Q(Exists(visible_conversations(agent).filter(contact=OuterRef("pk"))))
    if agent.sees_all_teams:
        seen |= Q(~Exists(Conversation.objects.filter(contact=OuterRef("pk"))))
    return survivors().filter(seen)


def visible_media(agent: Agent) -> QuerySet[Media]:
    """Files of visible messages, and the agent's own uploads; those of messages that were taken
    back only for who may see what they said."""
    messages = visible_messages(agent)
    if not may_see_earlier_texts(agent):
        messages = messages.filter(revoked_at=None)
    return Media.objects.filter(Q(message__in=messages) | Q(message=None, uploaded_by=agent))


def may_see_earlier_texts(agent: Agent) -> bool:
    """Whether the agent may see what messages said before they were edited or taken back.

    Whoever takes a message back wants it gone: only those who answer for a team look behind it.
    """
    return agent.sees_all_teams


def require_earlier_texts(agent: Agent) -> None:
    """403 for those who may not see earlier texts."""
    if not may_see_earlier_texts(agent):
        raise PermissionDenied


def require_writer(agent: Agent) -> None:
    """403 for the read-only role."""
    if not agent.may_write:
        raise PermissionDenied


def _closed_numbers(agent: Agent) -> QuerySet[BusinessNumber]:
    """The numbers that belong to teams, none of them the agent's."""
    if agent.sees_all_numbers:
        return BusinessNumber.objects.none()
    theirs = BusinessNumber.objects.exclude(teams=None)
    return theirs.exclude(pk__in=BusinessNumber.objects.filter(teams__in=agent.teams.all()))


def _rule(agent: Agent, prefix: str = "") -> Q:
    here = ~Q(**{f"{prefix}business_number__in": _closed_numbers(agent)})
    if not agent.sees_all_teams:
        here &= Q(**{f"{prefix}team": None}) | Q(**{f"{prefix}team__in": agent.teams.all()})
    return here | Q(**{f"{prefix}assignee": agent})
