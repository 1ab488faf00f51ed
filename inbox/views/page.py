"""The page: list, thread and contact, whole or in the parts that htmx asks for."""

from __future__ import annotations

from uuid import UUID

from django.db.models import F, Func, IntegerField, Subquery
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.middleware import AgentRequest
from accounts.models import AdminNotice, Agent, Severity
from accounts.notices import open_notices
from conversations.access import visible_conversation
from conversations.lists import Counts, Sort, count_all, with_own_markers, with_row_parts
from conversations.models import Event
from inbox.bulk.actions import ACTIONS
from inbox.bulk.look import RunView
from inbox.bulk.runs import recent_runs
from inbox.doors import agent_view
from inbox.filter_words import Names, chips, names_for, team_names
from inbox.groups import group_numbers, groups_of
from inbox.list_state import ListState
from inbox.models import SavedView
from inbox.notifications import unread_of
from inbox.paging import Cursor, row_page
from inbox.saved_views import as_questions, has_changed, visible_views
from inbox.thread import thread_context

VIEW_NAMES: dict[str, str | Promise] = {
    "mine": _("Mine"),
    "unassigned": _("Unassigned"),
    "all": _("All"),
    "mentions": _("Mentions"),
    "closing": _("Closing soon"),
    "snoozed": _("Snoozed"),
    "resolved": _("Resolved"),
}
SORT_NAMES: dict[Sort, str | Promise] = {
    Sort.NEWEST: _("Newest first"),
    Sort.OLDEST: _("Oldest first"),
    Sort.CLOSES: _("Closes next"),
    Sort.WAITING: _("Waiting longest"),
    Sort.PRIORITY: _("Priority"),
    Sort.MENTIONED: _("Unread mentions first"),
    Sort.SLA: _("Service level ends next"),
    Sort.SNOOZED: _("Back soonest"),
}
# Of the rows a page asks about one by one.
MAX_ONLY = 60
# A number beyond this is not counted out: "10,000+".
COUNT_LIMIT = 10_000


@agent_view
@never_cache
@require_safe
def inbox(request: AgentRequest) -> HttpResponse:
    """The list with no conversation open."""
    if list(request.GET) == ["saved"]:  # a link to a saved view: its list stands in the URL
        return HttpResponseRedirect(_url_of_saved(request))
    return render(request, "inbox/page.html", _page_context(request))


@agent_view
@never_cache
@require_safe
def conversation(request: AgentRequest, pk: UUID) -> HttpResponse:
    """One conversation: beside the list, or alone for htmx."""
    shown = visible_conversation(request.agent, pk)
    at = request.GET.get("at", "")  # an item to open it at
    if request.headers.get("HX-Request") == "true":
        context = thread_context(shown, request.agent, at=at)
        return render(request, "inbox/conversation.html", context)
    page = _page_context(request)  # first: it notes up to which event all that follows is true
    return render(request, "inbox/page.html", page | thread_context(shown, request.agent, at=at))


@agent_view
@never_cache
@require_safe
def rows(request: AgentRequest) -> HttpResponse:
    """The next rows of the list, or its first ones after a search; with `?only=ID,ID` those of them
    that belong into it."""
    state = ListState.read(request.GET)
    if "only" in request.GET:
        return render(request, "inbox/rows_only.html", {"rows": _only(request, state)})
    return render(request, "inbox/rows.html", _rows_context(request, state))


@agent_view
@never_cache
@require_safe
def counts(request: AgentRequest) -> JsonResponse:
    """How many conversations each view, team and saved view holds, and each group of the list that
    the URL names: `{"mine": 9, …, "team-3": 2, "saved-7": 4, "groups": {"soon": 3, …}}`; `list` is
    how many the list itself holds where it is narrowed."""
    state, now = ListState.read(request.GET), timezone.now()
    numbers: dict[str, object] = {"groups": {}}
    if "view" in request.GET:
        found = state.conversations(request.agent, now)
        numbers["groups"] = group_numbers(found, groups_of(state.view, state.sort), now)
        if not state.is_plain:
            numbers["list"] = found.order_by()[: COUNT_LIMIT + 1].count()
    told = count_all(request.agent, as_questions(visible_views(request.agent)))
    return JsonResponse(_as_json(told) | numbers)


def first_alarm(agent: Agent) -> AdminNotice | None:
    """The newest critical notice that nobody has seen to, for those who can have it seen to."""
    if not agent.sees_all_teams:
        return None
    notices = open_notices()
    return notices[0] if notices and notices[0].severity == Severity.CRITICAL else None


def navigation(request: AgentRequest) -> dict[str, object]:
    """What the side navigation shows on a page that is no list."""
    return _navigation(request.agent, names_for(request.agent, ListState().narrowed))


def _rows_context(request: AgentRequest, state: ListState) -> dict[str, object]:
    now = timezone.now()
    cursor = Cursor.read(request.GET.get("after", ""))
    found = state.conversations(request.agent, now)
    return {
        "page": row_page(found, request.agent, state.view, state.sort, cursor, now),
        "groups": groups_of(state.view, state.sort),
        "state": state,
        "is_first_page": cursor is None,
    }


def _only(request: AgentRequest, state: ListState) -> object:
    """The rows among `?only=` that belong into the list, in no order: the page knows theirs."""
    wanted = [_uuid(text) for text in request.GET["only"].split(",")[:MAX_ONLY]]
    found = state.conversations(request.agent).filter(pk__in=[pk for pk in wanted if pk])
    return with_own_markers(with_row_parts(found), request.agent)


def _page_context(request: AgentRequest) -> dict[str, object]:
    state = ListState.read(request.GET)
    head, unread = _head_and_bell(request.agent)
    names = names_for(request.agent, state.narrowed)
    page = _rows_context(request, state) | _navigation(request.agent, names)
    views: list[SavedView] = page["saved_views"]  # type: ignore[assignment]
    saved = next((one for one in views if one.pk == state.saved), None)
    numbers: Counts = page["numbers"]  # type: ignore[assignment]
    teams = team_names(names)
    runs = recent_runs(request.agent) if request.agent.may_write else ()
    return page | {
        "sequence": head,
        "unread_notifications": unread,
        "alarm": first_alarm(request.agent),
        "bulk_actions": ACTIONS.values(),
        "bulk_runs": [RunView.of(run) for run in runs],
        "chips": chips(state.narrowed, names, state.words_without),
        "sorts": _sorts(state),
        "saved": saved,
        "saved_changed": saved is not None and has_changed(saved, state),
        "list_title": _title(state, saved, teams),
        "list_count": _list_count(state, numbers),
    }


def _head_and_bell(agent: Agent) -> tuple[int, int]:
    """Up to which event the page is true, and the number at the bell, in one query. It comes before
    the rows are read: what happens in between is caught up with, not missed."""
    numbered = Event.objects.filter(sequence__isnull=False).order_by("-sequence")
    count = Func(F("pk"), function="COUNT", output_field=IntegerField())
    found = Agent.objects.filter(pk=agent.pk).values_list(
        Subquery(numbered.values("sequence")[:1]),
        Subquery(unread_of(agent).annotate(n=count).values("n")),
    )
    head, unread = found.get()
    return head or 0, unread


def _sorts(state: ListState) -> list[tuple[Sort, str | Promise, str]]:
    """The orders to choose from; by mentions only where they are."""
    named = [(sort, name, state.words_sorted(sort)) for sort, name in SORT_NAMES.items()]
    here = state.view == "mentions" or state.sort == Sort.MENTIONED
    return [one for one in named if here or one[0] != Sort.MENTIONED]


def _title(state: ListState, saved: SavedView | None, teams: dict[int, str]) -> str | Promise:
    if saved is not None:
        return saved.name
    if state.rest is not None:
        return _("What was left")
    if state.is_team and state.team_id in teams:
        return teams[state.team_id]
    return VIEW_NAMES[state.view]


def _list_count(state: ListState, numbers: Counts) -> int | None:
    """What the head says at once; None: the page asks, it may take longer."""
    if state.is_plain and not state.query:
        return numbers.views.get(state.view)
    if state.is_team and not state.query and state.team_id:
        return numbers.teams.get(state.team_id, 0)
    return None


def _navigation(agent: Agent, names: Names) -> dict[str, object]:
    saved = visible_views(agent)
    numbers = count_all(agent, as_questions(saved))
    return {
        "agent": agent,
        "numbers": numbers,
        "views": [(key, name, numbers.views.get(key)) for key, name in VIEW_NAMES.items()],
        "teams": [(pk, name, numbers.teams.get(pk, 0)) for pk, name in team_names(names).items()],
        "saved_views": saved,
        "saved_links": [(view, numbers.saved.get(view.pk)) for view in saved],
    }


def _as_json(numbers: Counts) -> dict[str, object]:
    teams = {f"team-{pk}": number for pk, number in numbers.teams.items()}
    saved = {f"saved-{pk}": number for pk, number in numbers.saved.items()}
    return {**numbers.views, **teams, **saved}


def _url_of_saved(request: AgentRequest) -> str:
    wanted = ListState.read(request.GET).saved
    view = next((one for one in visible_views(request.agent) if one.pk == wanted), None)
    return f"{reverse('inbox:inbox')}?{view.query if view else 'view=mine'}"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
