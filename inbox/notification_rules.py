"""Who is to know of what: from a batch of events to agents, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q

from accounts.models import Agent, Role
from conversations.access import Scope, scopes_of
from conversations.models import Conversation, Event, EventName, Mention, Message, Status
from inbox.models import NotificationKind

_OF_ASSIGNEE = {
    EventName.MESSAGE_RECEIVED: NotificationKind.REPLIED_IN_MINE,
    EventName.CONVERSATION_WOKEN: NotificationKind.WOKEN,
    EventName.SLA_WARNED: NotificationKind.SLA_WARNED,
    EventName.SLA_BREACHED: NotificationKind.SLA_BREACHED,
}
# Of these the event says whom to tell. Where nobody owes the answer, the whole team does.
_OF_SERVICE_LEVELS = (EventName.SLA_WARNED, EventName.SLA_BREACHED)
_ASSIGNEE, _LEADS = "assignee", "leads"


@dataclass(frozen=True)
class Wanted:
    """`agent` should know of `event`."""

    agent: int
    kind: NotificationKind
    event: Event


@dataclass
class _Known:
    """What the rules ask for, read once for a batch."""

    conversations: dict[UUID, Conversation] = field(default_factory=dict)
    mentioned: dict[UUID, set[int]] = field(default_factory=dict)
    authors: dict[UUID, int] = field(default_factory=dict)
    members: dict[int, set[int]] = field(default_factory=dict)
    leads: set[int] = field(default_factory=set)


def wanted_of(events: Iterable[Event]) -> list[Wanted]:
    """In the order of the events; each agent once per event, nobody for what they did, and only
    who may see the conversation as it stands now."""
    told = [event for event in events if _concerns_somebody(event)]
    if not told:
        return []
    known = _read(told)
    found = []
    for event in told:
        conversation = known.conversations.get(event.conversation_id)
        if conversation is None:  # erased meanwhile
            continue
        for agent, kind in _agents_of(event, conversation, known).items():
            if agent != event.actor_id:
                found.append(Wanted(agent, kind, event))
    scopes = scopes_of(Agent.objects.filter(pk__in={one.agent for one in found}, is_active=True))
    return [one for one in found if _may_know(one, scopes, known)]


def _may_know(one: Wanted, scopes: dict[int, Scope], known: _Known) -> bool:
    scope = scopes.get(one.agent)
    row = known.conversations[one.event.conversation_id]
    place = (row.team_id, row.assignee_id, row.business_number_id)
    return scope is not None and scope.covers(*place)


def _concerns_somebody(event: Event) -> bool:
    """Ticks, which are most events, cost nothing."""
    if event.name == EventName.MESSAGE_STATUS_CHANGED:
        return str(event.data.get("status")) == Status.BLOCKED
    if event.name == EventName.NOTE_CREATED:
        return event.note_id is not None
    return event.name == EventName.CONVERSATION_ASSIGNED or event.name in _OF_ASSIGNEE


def _agents_of(
    event: Event, conversation: Conversation, known: _Known
) -> dict[int, NotificationKind]:
    if event.name == EventName.NOTE_CREATED:
        agents = known.mentioned.get(event.note_id, set())  # type: ignore[arg-type]
        return dict.fromkeys(agents, NotificationKind.MENTIONED)
    if event.name == EventName.MESSAGE_STATUS_CHANGED:
        author = known.authors.get(event.message_id)  # type: ignore[arg-type]
        return {author: NotificationKind.SCHEDULED_BLOCKED} if author else {}
    if event.name == EventName.CONVERSATION_ASSIGNED:
        return _assigned(event, known)
    kind = _OF_ASSIGNEE[EventName(event.name)]
    if event.name in _OF_SERVICE_LEVELS:
        if event.data.get("escalated"):
            kind = NotificationKind.SLA_ESCALATED
        return dict.fromkeys(_of_service_level(event, conversation, known), kind)
    return {} if conversation.assignee_id is None else {conversation.assignee_id: kind}


def _of_service_level(event: Event, conversation: Conversation, known: _Known) -> set[int]:
    """The leads of the conversation's team, or all where it has none of its own."""
    told = _told_of(event)
    team = known.members.get(conversation.team_id, set()) if conversation.team_id else set()
    found: set[int] = set()
    if _ASSIGNEE in told:
        found |= team if conversation.assignee_id is None else {conversation.assignee_id}
    if _LEADS in told:
        found |= (known.leads & team) or known.leads
    return found


def _told_of(event: Event) -> Collection[str]:
    told = event.data.get("notify", [_ASSIGNEE])
    return told if isinstance(told, list) else []


def _assigned(event: Event, known: _Known) -> dict[int, NotificationKind]:
    """The new assignee; the new team only while nobody of it has the conversation."""
    data = event.data
    to = data.get("to_assignee")
    if isinstance(to, int) and to != data.get("from_assignee"):
        return {to: NotificationKind.ASSIGNED}
    team = data.get("to_team")
    if not isinstance(team, int) or team == data.get("from_team") or isinstance(to, int):
        return {}
    return dict.fromkeys(known.members.get(team, set()), NotificationKind.TEAM_ASSIGNED)


def _read(events: list[Event]) -> _Known:
    known = _Known()
    rows = Conversation.objects.filter(pk__in={event.conversation_id for event in events})
    rows = rows.only("assignee_id", "team_id", "business_number_id")
    known.conversations = {row.pk: row for row in rows}
    notes = [event.note_id for event in events if event.name == EventName.NOTE_CREATED]
    if notes:
        for note, agent in Mention.objects.filter(note__in=notes).values_list("note", "agent"):
            known.mentioned.setdefault(note, set()).add(agent)
    refused = [event for event in events if event.name == EventName.MESSAGE_STATUS_CHANGED]
    blocked = [event.message_id for event in refused if event.message_id]
    if blocked:
        # Refused at once, the author sees it; what was to leave later is refused behind their back.
        late = Message.objects.filter(pk__in=blocked, author__isnull=False)
        late = late.filter(Q(scheduled_at__isnull=False) | Q(attempts__gt=0))
        known.authors = dict(late.values_list("pk", "author"))
    teams = {event.data.get("to_team") for event in events if "to_team" in event.data}
    teams |= {
        known.conversations[event.conversation_id].team_id
        for event in events
        if event.name in _OF_SERVICE_LEVELS and event.conversation_id in known.conversations
    }
    if any(e.name in _OF_SERVICE_LEVELS and _LEADS in _told_of(e) for e in events):
        leads = Agent.objects.filter(role=Role.LEAD, is_active=True)
        known.leads = set(leads.values_list("pk", flat=True))
    known.members = _members({team for team in teams if isinstance(team, int)})
    return known


def _members(teams: set[int]) -> dict[int, set[int]]:
    members: dict[int, set[int]] = {}
    if teams:
        through = Agent.teams.through.objects.filter(team__in=teams, agent__is_active=True)
        for team, agent in through.values_list("team", "agent"):
            members.setdefault(team, set()).add(agent)
    return members
