"""Saved views: made from a list, changed, ordered, removed; and what the filter builder needs."""

from __future__ import annotations

from django import forms
from django.db import IntegrityError, transaction
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.middleware import AgentRequest
from accounts.models import Agent
from conversations.access import require_writer, visible_teams
from conversations.errors import Malformed
from inbox.doors import agent_view
from inbox.filter_words import builder, condition_words, names_for
from inbox.list_state import ListState
from inbox.models import SavedView, Sharing
from inbox.saved_views import (
    MAX_OWN,
    change_view,
    changeable_views,
    order_views,
    remove_view,
    save_view,
)
from inbox.views.page import COUNT_LIMIT, navigation


class SavedViewForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name and sharing; what it shows comes from the list."""

    class Meta:
        model = SavedView
        fields = ("name", "sharing", "team")

    def __init__(self, *args: object, agent: Agent, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.agent = agent
        self.fields["team"].queryset = visible_teams(agent)  # type: ignore[attr-defined]
        self.fields["team"].required = False
        shares = [one for one in Sharing.choices if agent.sees_all_teams or one[0] != "everybody"]
        self.fields["sharing"].choices = shares  # type: ignore[attr-defined]

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        if data.get("sharing") != Sharing.TEAM:
            data["team"] = None
        elif not data.get("team"):
            self.add_error("team", _("Which team?"))
        owner = self.instance.owner_id or self.agent.pk
        same = SavedView.objects.filter(owner=owner, name=data.get("name"))
        if same.exclude(pk=self.instance.pk).exists():
            self.add_error("name", _("There is a view of this name already."))
        return data


@agent_view
@never_cache
@require_safe
def fields(request: AgentRequest) -> JsonResponse:
    """The fields of the filter builder and their values, in the agent's language."""
    form = SavedViewForm(agent=request.agent)
    shares = [
        {"value": value, "words": str(words)}
        for value, words in form.fields["sharing"].choices  # type: ignore[attr-defined]
    ]
    teams = [{"value": str(team.pk), "words": team.name} for team in visible_teams(request.agent)]
    return JsonResponse({"fields": builder(request.agent), "sharing": shares, "teams": teams})


@agent_view
@never_cache
@require_safe
def count(request: AgentRequest) -> JsonResponse:
    """How many conversations a filter finds, counted up to a limit."""
    found = ListState.read(request.GET).conversations(request.agent)
    number = found.order_by()[: COUNT_LIMIT + 1].count()
    return JsonResponse({"count": min(number, COUNT_LIMIT), "more": number > COUNT_LIMIT})


@agent_view
@never_cache
@require_safe
def views(request: AgentRequest) -> HttpResponse:
    """The page on which views are named, shared, ordered and removed."""
    return _page(request)


@agent_view
@require_POST
def create(request: AgentRequest) -> HttpResponse:
    """Save what the list of `words` shows; the page goes to it."""
    require_writer(request.agent)
    if SavedView.objects.filter(owner=request.agent).count() >= MAX_OWN:
        raise Malformed({"name": [_("These are as many views as one person can have.")]})
    form = SavedViewForm(request.POST, agent=request.agent, instance=SavedView(owner=request.agent))
    if not form.is_valid():
        raise Malformed(
            {name: [str(one) for one in errors] for name, errors in form.errors.items()}
        )
    try:
        with transaction.atomic():
            view = save_view(form.save(commit=False), _state(request), request.agent)
    except IntegrityError:  # pressed twice
        raise Malformed({"name": [_("There is a view of this name already.")]}) from None
    return JsonResponse({"url": f"{reverse('inbox:inbox')}?{view.query}"}, status=201)


@agent_view
@require_POST
def save(request: AgentRequest, pk: int) -> HttpResponse:
    """Let a view show what its list shows now."""
    require_writer(request.agent)
    view = get_object_or_404(SavedView, pk=pk, owner=request.agent)
    save_view(view, _state(request), request.agent)
    return HttpResponseRedirect(f"{reverse('inbox:inbox')}?{view.query}")


@agent_view
@require_POST
def change(request: AgentRequest, pk: int) -> HttpResponse:
    """Another name, shared with others."""
    require_writer(request.agent)
    view = get_object_or_404(changeable_views(request.agent), pk=pk)
    form = SavedViewForm(request.POST, agent=request.agent, instance=view)
    if not form.is_valid():
        return _page(request, form, status=422)
    change_view(form.save(commit=False), request.agent)
    return HttpResponseRedirect(reverse("inbox:views"))


@agent_view
@require_POST
def remove(request: AgentRequest, pk: int) -> HttpResponse:
    require_writer(request.agent)
    remove_view(get_object_or_404(changeable_views(request.agent), pk=pk), request.agent)
    return HttpResponseRedirect(reverse("inbox:views"))


@agent_view
@require_POST
def order(request: AgentRequest) -> HttpResponse:
    """The agent's own views in the order of `ids`."""
    ids = [int(one) for one in request.POST.getlist("ids")[:200] if one.isascii() and one.isdigit()]
    order_views(ids, request.agent)
    return HttpResponseRedirect(reverse("inbox:views"))


def _state(request: AgentRequest) -> ListState:
    return ListState.read(QueryDict(request.POST.get("words", "")))


def _page(
    request: AgentRequest, wrong: SavedViewForm | None = None, status: int = 200
) -> HttpResponse:
    agent = request.agent
    lines = []
    own = list(SavedView.objects.filter(owner=agent).select_related("team"))
    others = list(changeable_views(agent).exclude(owner=agent).select_related("team", "owner"))
    ids = [view.pk for view in own]
    for view in [*own, *others]:
        form = wrong if wrong and wrong.instance.pk == view.pk else None
        form = form or SavedViewForm(instance=view, agent=agent, auto_id=f"view-{view.pk}-%s")
        said = view.read().filter
        names = names_for(agent, said)
        lines.append(
            {
                "view": view,
                "form": form,
                "conditions": [condition_words(one, names) for one in said.conditions],
                "is_own": view.owner_id == agent.pk,
                "up": _moved(ids, view.pk, -1),
                "down": _moved(ids, view.pk, 1),
            }
        )
    context = {**navigation(request), "lines": lines, "list_url": reverse("inbox:inbox")}
    return render(request, "inbox/views.html", context, status=status)


def _moved(ids: list[int], pk: int, by: int) -> list[int]:
    """The order with one view a place further; empty where it cannot go."""
    if pk not in ids or not 0 <= ids.index(pk) + by < len(ids):
        return []
    place = ids.index(pk)
    moved = [one for one in ids if one != pk]
    moved.insert(place + by, pk)
    return moved
