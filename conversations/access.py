"""Who may see what. Every view, socket and API row comes through here.

Admins and leads see everything. Agents and read-only agents see conversations without a team,
those of their teams, and those assigned to them. The rule exists twice, as SQL and as a
predicate for live updates; `tests/conversations/test_access.py` holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import Agent
from contacts.family import survivors
from contacts.models import Contact
from conversations.models import Conversation, Media, Message


@dataclass(frozen=True)
class Scope:
    """What an agent may see, as plain values: for checking a live event without the database."""

    agent_id: int
    everything: bool
    team_ids: frozenset[int]

    @classmethod
    def of(cls, agent: Agent) -> Scope:
        return cls(
            agent.pk, agent.sees_all_teams, frozenset(agent.teams.values_list("pk", flat=True))
        )

    def covers(self, team_id: int | None, assignee_id: int | None) -> bool:
        """Whether a conversation of this team and assignee may be seen."""
        return (
            self.everything
            or team_id is None
            or team_id in self.team_ids
            or assignee_id == self.agent_id
        )


def visible_conversations(agent: Agent) -> QuerySet[Conversation]:
    if agent.sees_all_teams:
        return Conversation.objects.all()
    return Conversation.objects.filter(_rule(agent))


def visible_conversation(agent: Agent, pk: UUID) -> Conversation:
    """404 for what this agent may not see."""
    return get_object_or_404(
        visible_conversations(agent).select_related(
            "contact", "business_number", "assignee", "team"
        ),
        pk=pk,
    )


def visible_messages(agent: Agent) -> QuerySet[Message]:
    if agent.sees_all_teams:
        return Message.objects.all()
    return Message.objects.filter(_rule(agent, "conversation__"))


def visible_contacts(agent: Agent) -> QuerySet[Contact]:
    """Contacts with at least one conversation this agent may see; none that was merged away."""
    if agent.sees_all_teams:
        return survivors()
    return survivors().filter(conversations__in=visible_conversations(agent)).distinct()


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


def _rule(agent: Agent, prefix: str = "") -> Q:
    return (
        Q(**{f"{prefix}team": None})
        | Q(**{f"{prefix}team__in": agent.teams.all()})
        | Q(**{f"{prefix}assignee": agent})
    )
