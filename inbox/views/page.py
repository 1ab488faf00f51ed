"""The page: list, thread and contact, whole or in the parts that htmx asks for."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.middleware import AgentRequest
from accounts.models import AdminNotice, Agent, Severity, Team
from accounts.notices import open_notices
from conversations.access import visible_conversation
from conversations.models import Event
from conversations.selectors import VIEWS, list_conversations, view_counts
from inbox.doors import agent_view
from inbox.groups import group_numbers, groups_of
from inbox.paging import Cursor, row_page
from inbox.thread import thread_context

VIEW_NAMES: dict[str, str | Promise] = {
    "mine": _("Mine"),
    "unassigned": _("Unassigned"),
    "all": _("All"),
    "closing": _("Closing soon"),
    "resolved": _("Resolved"),
}
DEFAULT_VIEW = "mine"
MAX_QUERY = 100


@dataclass(frozen=True)
class ListState:
    """What the list shows: a view, or a team's conversations, narrowed by a search."""

    view: str
    query: str
    team_id: int | None

    @classmethod
    def of(cls, request: AgentRequest) -> ListState:
        """Read from the URL; what makes no sense there is the default."""
        view = request.GET.get("view", DEFAULT_VIEW)
        team = request.GET.get("team", "")
        return cls(
            view=view if view in VIEWS else DEFAULT_VIEW,
            query=request.GET.get("q", "").replace("\x00", "").strip()[:MAX_QUERY],
            team_id=int(team) if team.isascii() and team.isdigit() and len(team) < 10 else None,
        )


@agent_view
@never_cache
@require_safe
def inbox(request: AgentRequest) -> HttpResponse:
    """The list with no conversation open."""
    return render(request, "inbox/page.html", _page_context(request))


@agent_view
@never_cache
@require_safe
def conversation(request: AgentRequest, pk: UUID) -> HttpResponse:
    """One conversation: beside the list, or alone for htmx."""
    shown = visible_conversation(request.agent, pk)
    if request.headers.get("HX-Request") == "true":
        return render(request, "inbox/conversation.html", thread_context(shown, request.agent))
    page = _page_context(request)  # first: it notes up to which event all that follows is true
    return render(request, "inbox/page.html", page | thread_context(shown, request.agent))


@agent_view
@never_cache
@require_safe
def rows(request: AgentRequest) -> HttpResponse:
    """The next rows of the list, or its first ones after a search."""
    return render(request, "inbox/rows.html", _rows_context(request, ListState.of(request)))


@agent_view
@never_cache
@require_safe
def counts(request: AgentRequest) -> JsonResponse:
    """How many conversations each view holds, and each group of the list that the URL names:
    `{"mine": 9, …, "groups": {"soon": 3, …}}`."""
    state, now = ListState.of(request), timezone.now()
    found = list_conversations(request.agent, state.view, state.query, state.team_id, now)
    groups = group_numbers(found, state.view, now) if "view" in request.GET else {}
    return JsonResponse(view_counts(request.agent) | {"groups": groups})


def first_alarm(agent: Agent) -> AdminNotice | None:
    """The newest critical notice that nobody has seen to, for those who can have it seen to."""
    if not agent.sees_all_teams:
        return None
    notices = open_notices()
    return notices[0] if notices and notices[0].severity == Severity.CRITICAL else None


def _rows_context(request: AgentRequest, state: ListState) -> dict[str, object]:
    now = timezone.now()
    found = list_conversations(request.agent, state.view, state.query, state.team_id, now)
    cursor = Cursor.read(request.GET.get("after", ""))
    return {
        "page": row_page(found, state.view, cursor, now),
        "groups": groups_of(state.view),
        "state": state,
        "is_first_page": cursor is None,
    }


def _page_context(request: AgentRequest) -> dict[str, object]:
    state = ListState.of(request)
    # Before the rows are read: what happens in between is caught up with, not missed.
    sequence = Event.objects.filter(sequence__isnull=False).order_by("-sequence")
    head = sequence.values_list("sequence", flat=True).first()
    numbers = view_counts(request.agent)
    names = _team_names(request.agent)
    return _rows_context(request, state) | {
        **_navigation(request.agent, numbers, names),
        "sequence": head or 0,
        "alarm": first_alarm(request.agent),
        "list_title": names.get(state.team_id or 0, VIEW_NAMES[state.view]),
        "list_count": None if state.team_id or state.query else numbers.get(state.view),
    }


def navigation(request: AgentRequest) -> dict[str, object]:
    """What the side navigation shows on a page that is no list."""
    agent = request.agent
    return _navigation(agent, view_counts(agent), _team_names(agent))


def _navigation(agent: Agent, numbers: dict[str, int], teams: dict[int, str]) -> dict[str, object]:
    views = [(key, name, numbers.get(key)) for key, name in VIEW_NAMES.items()]
    return {"agent": agent, "views": views, "teams": teams.items()}


def _team_names(agent: Agent) -> dict[int, str]:
    teams = Team.objects.all() if agent.sees_all_teams else agent.teams.all()
    return {team.pk: team.name for team in teams}
