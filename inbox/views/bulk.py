"""Many at once: the menus of the bar, and runs begun, watched, stopped and undone."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.middleware import AgentRequest
from accounts.models import Agent, Role, Team
from conversations.access import require_writer
from conversations.errors import Malformed
from conversations.models import Conversation, Label, Priority, ResolveReason
from inbox.bulk.actions import ACTIONS, BY_ITSELF, Action, Params
from inbox.bulk.look import RunView
from inbox.bulk.runs import ASK_FROM, MOST, begin_run, stop_run, undo_run
from inbox.doors import agent_view
from inbox.list_state import ListState
from inbox.models import BulkRun

# The hours a snooze of many offers, with their words.
_SNOOZES = (3, 24, 72, 168)


@agent_view
@never_cache
@require_safe
def menu(request: AgentRequest, key: str) -> HttpResponse:
    """What an action can be done with: people, labels, times."""
    require_writer(request.agent)
    return render(
        request, "inbox/bulk_menu.html", {"entries": _entries(_action(key), request.agent)}
    )


@agent_view
@require_POST
def begin(request: AgentRequest, key: str) -> HttpResponse:
    """Do it to `ids`, or with `all` to everything in the list of `words`. From 50 on it is asked
    once more: posted again with `sure`, the number that was said."""
    require_writer(request.agent)
    action = _action(key)
    params = action.read(request.POST)
    found = _selected(request)
    count = min(found.order_by().count(), MOST)
    if not count:
        raise Malformed({"ids": [_("Nothing is selected, or nothing of it is yours to see.")]})
    if count >= ASK_FROM and request.POST.get("sure") != str(count):
        context = {
            "question": action.question(params, count),
            "why": _load(params, count),
            "key": key,
            "fields": [
                (n, v)
                for n in request.POST
                for v in request.POST.getlist(n)
                if n not in ("sure", "csrfmiddlewaretoken")
            ],
            "count": count,
            "words": action.words,
            "most": MOST if count == MOST else None,
        }
        return render(request, "inbox/bulk_confirm.html", context)
    return _shown(request, begin_run(key, params, found, request.agent))


@agent_view
@never_cache
@require_safe
def run(request: AgentRequest, pk: UUID) -> HttpResponse:
    """How far it is."""
    return _shown(request, _own(request, pk))


@agent_view
@require_POST
def stop(request: AgentRequest, pk: UUID) -> HttpResponse:
    return _shown(request, stop_run(_own(request, pk), request.agent))


@agent_view
@require_POST
def undo(request: AgentRequest, pk: UUID) -> HttpResponse:
    return _shown(request, undo_run(_own(request, pk), request.agent))


def _shown(request: HttpRequest, run: BulkRun) -> HttpResponse:
    return render(request, "inbox/bulk_run.html", {"run": RunView.of(run)})


def _own(request: AgentRequest, pk: UUID) -> BulkRun:
    """404 for a colleague's."""
    return get_object_or_404(BulkRun.objects.select_related("agent"), pk=pk, agent=request.agent)


def _action(key: str) -> Action:
    if key not in ACTIONS:
        raise Http404
    return ACTIONS[key]


def _selected(request: AgentRequest) -> QuerySet[Conversation]:
    """What is selected, as far as the agent sees it."""
    if request.POST.get("all"):
        return ListState.read(QueryDict(request.POST.get("words", ""))).conversations(request.agent)
    ids = [pk for text in request.POST.getlist("ids")[:MOST] if (pk := _uuid(text))]
    every = ListState.read(QueryDict("view=all&status=open,pending,snoozed,resolved"))
    return every.conversations(request.agent).filter(pk__in=ids)


def _load(params: Params, count: int) -> str:
    """What it would mean for the one who gets them all."""
    agent = Agent.objects.filter(pk=params.get("agent") or 0).first()
    if agent is None:
        return ""
    unresolved = Conversation.objects.exclude(status=Conversation.Status.RESOLVED)
    has = unresolved.filter(assignee=agent).count() + count
    return ngettext(
        "%(name)s would have up to %(n)s open.", "%(name)s would have up to %(n)s open.", has
    ) % {"name": agent.name, "n": has}


def _entries(action: Action, agent: Agent) -> list[dict[str, object]]:
    """Lines of a menu: `name` and `value` to post, `words`, and where a new part begins."""
    if action.key == "assign":
        people = Agent.objects.filter(is_active=True).exclude(role=Role.READ_ONLY)
        return [
            _entry("agent", agent.pk, _("To me"), "user-plus"),
            *(_entry("agent", one.pk, one.name, "user") for one in people if one != agent),
            _entry("agent", BY_ITSELF, _("To whose turn it is"), "rotate"),
            _entry("agent", "", _("Nobody"), "user-off"),
            *(_entry("team", one.pk, one.name, "users") for one in Team.objects.all()),
        ]
    if action.key == "label":
        labels = list(Label.objects.all())
        return [
            *(_entry("add", one.pk, one.name, "tag") for one in labels),
            *(
                _entry("remove", one.pk, _("Remove: %(name)s") % {"name": one.name}, "x")
                for one in labels
            ),
        ]
    if action.key == "snooze":
        return [
            *(_entry("hours", hours, _hours(hours), "clock") for hours in _SNOOZES),
            _entry("until", "", _("Until the customer writes"), "message-circle"),
        ]
    if action.key == "resolve":
        german = (get_language() or "").startswith("de")
        reasons = ResolveReason.objects.filter(is_active=True)
        return [
            _entry("reason", "", _("Without a reason"), "check"),
            *(
                _entry("reason", one.pk, one.name_de if german else one.name_en, "check")
                for one in reasons
            ),
        ]
    return [_entry("priority", one.value, str(one.label), "flag") for one in reversed(Priority)]


def _entry(name: str, value: object, words: str, icon: str) -> dict[str, object]:
    return {"name": name, "value": value, "words": words, "icon": icon}


def _hours(hours: int) -> str:
    if hours < 24:
        return ngettext("For %(n)s hour", "For %(n)s hours", hours) % {"n": hours}
    return ngettext("For %(n)s day", "For %(n)s days", hours // 24) % {"n": hours // 24}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
