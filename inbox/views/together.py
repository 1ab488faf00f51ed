"""What agents have to do with each other: the bell, who is there, whom one can mention."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.change_history import differences, note_change
from accounts.middleware import AgentRequest
from accounts.models import Agent, Availability, Role, Team
from accounts.presence import Presence, State, presence_of_agents
from conversations.access import agents_who_see, visible_conversation, visible_conversations
from conversations.models import Conversation
from inbox.bulk.actions import Params
from inbox.bulk.runs import begin_run
from inbox.doors import agent_view
from inbox.looking import say_availability, seen_by
from inbox.notifications import lines_of, mark_seen, read_all
from inbox.views.page import navigation
from inbox.watching import agents_watching

LARGEST_CAPACITY = 500


@agent_view
@never_cache
@require_safe
def notifications(request: AgentRequest) -> HttpResponse:
    """A page of the bell's list; `?before=ID` are older ones."""
    before = request.GET.get("before", "")
    is_number = before.isascii() and before.isdigit() and len(before) < 19
    lines, more = lines_of(request.agent, int(before) if is_number else None)
    mark_seen(request.agent)
    return render(request, "inbox/notifications.html", {"lines": lines, "more": more})


@agent_view
@require_POST
def read_notifications(request: AgentRequest) -> HttpResponse:
    """All of the agent's own are read."""
    read_all(request.agent)
    return _back(request)


@agent_view
@require_POST
def availability(request: AgentRequest) -> HttpResponse:
    """`availability` is "online" or "away"; anything else changes nothing."""
    wanted = request.POST.get("availability", "")
    if wanted in Availability.values:
        say_availability(request.agent.pk, wanted)
    return _back(request)


@dataclass(frozen=True)
class Colleague:
    """An agent as pages show them; `watching`: they have the conversation on screen."""

    agent: Agent
    presence: Presence
    watching: bool = False
    sees: bool = True
    open: int = 0
    languages: str = ""
    skills: str = ""

    @property
    def teams(self) -> str:
        return ", ".join(team.name for team in self.agent.teams.all())


@dataclass(frozen=True)
class TeamLine:
    team: Team
    size: int
    here: int
    sees: bool


@agent_view
@never_cache
@require_safe
def mentionable(request: AgentRequest, pk: UUID) -> HttpResponse:
    """Whom a note on this conversation can mean: who is there first, who may not see it last."""
    shown = visible_conversation(request.agent, pk)
    agents = list(Agent.objects.filter(is_active=True).prefetch_related("teams"))
    presences = presence_of_agents(agents)
    watching = agents_watching([pk]).get(pk, set())
    seers = set(agents_who_see(shown).values_list("pk", flat=True))
    people = [
        Colleague(agent, presences[agent.pk], agent.pk in watching, agent.pk in seers)
        for agent in agents
    ]
    order = {State.ONLINE: 0, State.AWAY: 1, State.OFFLINE: 2}
    others = [one for one in people if one.agent.pk != request.agent.pk]
    others.sort(
        key=lambda one: (
            *(not one.sees, not one.watching),
            *(order[one.presence.state], one.agent.name),
        )
    )
    return render(
        request, "inbox/mentionable.html", {"people": others, "teams": _team_lines(people)}
    )


def _team_lines(people: list[Colleague]) -> list[TeamLine]:
    lines = []
    for team in Team.objects.all():
        members = [one for one in people if team in one.agent.teams.all()]
        here = sum(one.presence.is_online for one in members)
        lines.append(TeamLine(team, len(members), here, any(one.sees for one in members)))
    return [line for line in lines if line.size]


@agent_view
@never_cache
@require_safe
def seen(request: AgentRequest, pk: UUID) -> HttpResponse:
    """Which colleagues had the conversation on screen last."""
    shown = visible_conversation(request.agent, pk)
    return render(request, "inbox/seen.html", {"seen": seen_by(shown, request.agent)})


@agent_view
@never_cache
@require_safe
def team(request: AgentRequest) -> HttpResponse:
    """For leads and admins: who is here, and how much each has."""
    require_lead(request.agent)
    context = {
        "people": _workload(),
        "teams_handing_out": Team.objects.filter(hands_out=True),
        "state": None,
        "largest": LARGEST_CAPACITY,
    }
    if request.headers.get("X-Requested-With"):
        return render(request, "inbox/team_rows.html", context | {"agent": request.agent})
    return render(request, "inbox/team.html", context | navigation(request))


@agent_view
@require_POST
def take_over(request: AgentRequest, pk: int) -> HttpResponse:
    """What an absent agent has in hand goes to whose turn it is, to me, or to nobody: one run over
    all of it, which the list shows and can undo."""
    require_lead(request.agent)
    absent = get_object_or_404(Agent, pk=pk)
    wanted: dict[str, Params] = {
        "turn": {"by_itself": True},
        "me": {"agent": request.agent.pk},
        "nobody": {"agent": None},
    }
    params = wanted.get(request.POST.get("to", ""))
    if params is None:
        return HttpResponse(status=422)
    theirs = visible_conversations(request.agent).filter(assignee=absent)
    begin_run("assign", params, theirs.exclude(status=Conversation.Status.RESOLVED), request.agent)
    return redirect(f"{reverse('inbox:inbox')}?{urlencode({'view': 'all'})}")


@agent_view
@require_POST
def capacity(request: AgentRequest, pk: int) -> HttpResponse:
    """How many conversations an agent takes at once; empty: any number."""
    require_lead(request.agent)
    agent = get_object_or_404(Agent, pk=pk, is_active=True)
    wanted = request.POST.get("capacity", "").strip()
    if wanted and not (wanted.isascii() and wanted.isdigit() and int(wanted[:9]) > 0):
        return HttpResponse(status=422)
    agent.capacity = min(int(wanted[:9]), LARGEST_CAPACITY) if wanted else None
    with transaction.atomic():
        note_change(request.agent, agent, differences(agent))
        agent.save(update_fields=["capacity"])
    return redirect("inbox:team")


def _workload() -> list[Colleague]:
    unresolved = ~Q(status=Conversation.Status.RESOLVED) & Q(assignee__isnull=False)
    counted = Conversation.objects.filter(unresolved).order_by().values("assignee")
    numbers = dict(counted.annotate(n=Count("pk")).values_list("assignee", "n"))
    rows = Agent.objects.filter(is_active=True).exclude(role=Role.READ_ONLY)
    agents = list(rows.prefetch_related("teams", "skills"))
    presences = presence_of_agents(agents)
    order = {State.ONLINE: 0, State.AWAY: 1, State.OFFLINE: 2}
    people = [
        Colleague(
            agent,
            presences[agent.pk],
            open=numbers.get(agent.pk, 0),
            languages=", ".join(agent.languages),
            skills=", ".join(label.name for label in agent.skills.all()),
        )
        for agent in agents
    ]
    return sorted(people, key=lambda one: (order[one.presence.state], one.agent.name))


def require_lead(agent: Agent) -> None:
    if not agent.sees_all_teams:
        raise Http404


def _back(request: AgentRequest) -> HttpResponse:
    """To where one came from; a script needs no page."""
    if request.headers.get("X-Requested-With"):
        return HttpResponse(status=204)
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return redirect(wanted if safe else "inbox:inbox")
