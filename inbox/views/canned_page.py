"""The agents' own page of canned responses and macros."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.middleware import AgentRequest
from conversations.access import require_writer
from conversations.errors import Malformed
from conversations.known import offered_names
from inbox.canned_form import CannedForm, MacroForm, StepForm, step_forms
from inbox.doors import agent_view
from inbox.macro_actions import ACTIONS, described
from inbox.models import CannedResponse, Macro
from inbox.services.canned import save_canned
from inbox.services.macros import save_macro
from inbox.services.owned import delete_owned, editable_of, visible_of
from inbox.views.page import navigation


@agent_view
@never_cache
@require_safe
def canned(request: AgentRequest) -> HttpResponse:
    """All that this agent can use, by whom it is for; what they may change can be opened."""
    rows = visible_of(CannedResponse.objects.select_related("team", "agent"), request.agent)
    context = _context(request, rows.order_by("title", "pk"), CannedResponse.objects.all())
    return render(request, "inbox/canned_page.html", context)


@agent_view
@never_cache
@require_safe
def macros(request: AgentRequest) -> HttpResponse:
    rows = visible_of(Macro.objects.select_related("team", "agent"), request.agent)
    context = _context(request, rows.order_by("name", "pk"), Macro.objects.all())
    context["rows"] = described(context["rows"])
    return render(request, "inbox/macro_page.html", context)


@agent_view
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit_canned(request: AgentRequest, pk: int | None = None) -> HttpResponse:
    """A new one, into which static/js/canned-page.js puts the composer's text where it was chosen
    there, or one that may be changed."""
    require_writer(request.agent)
    row = _editable(request, CannedResponse.objects.all(), pk) or CannedResponse()
    form = CannedForm(request.agent, request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            save_canned(form.instance, *form.owner, request.agent)
        except Malformed as error:
            _tell(form, error)
        else:
            return redirect("inbox:canned")
    context = {**navigation(request), "form": form, "row": row, "sources": offered_names()}
    return render(request, "inbox/canned_edit.html", context, status=_status(request))


@agent_view
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit_macro(request: AgentRequest, pk: int | None = None) -> HttpResponse:
    require_writer(request.agent)
    row = _editable(request, Macro.objects.all(), pk) or Macro()
    form = MacroForm(request.agent, request.POST or None, instance=row)
    steps = step_forms(request.agent, request.POST or None, row.actions)
    if request.method == "POST" and all([form.is_valid(), *(one.is_valid() for one in steps)]):
        form.instance.actions = _actions(steps)
        try:
            save_macro(form.instance, *form.owner, request.agent)
        except Malformed as error:
            _tell(form, error)
        else:
            return redirect("inbox:macros")
    context = {
        **navigation(request),
        "form": form,
        "row": row,
        "steps": steps,
        "fields_of": {kind: action.field for kind, action in ACTIONS.items()},
    }
    return render(request, "inbox/macro_edit.html", context, status=_status(request))


@agent_view
@require_POST
def delete_canned(request: AgentRequest, pk: int) -> HttpResponse:
    require_writer(request.agent)
    found = get_object_or_404(editable_of(CannedResponse.objects.all(), request.agent), pk=pk)
    delete_owned(found, request.agent)
    return redirect("inbox:canned")


@agent_view
@require_POST
def delete_macro(request: AgentRequest, pk: int) -> HttpResponse:
    require_writer(request.agent)
    found = get_object_or_404(editable_of(Macro.objects.all(), request.agent), pk=pk)
    delete_owned(found, request.agent)
    return redirect("inbox:macros")


def _context(request: AgentRequest, rows: Any, all_rows: Any) -> dict[str, Any]:
    theirs = editable_of(all_rows, request.agent).filter(pk=OuterRef("pk"))
    found = list(rows.annotate(is_editable=Exists(theirs)))
    mine = {row.pk for row in found if row.is_editable}
    return {**navigation(request), "rows": found, "editable": mine}


def _editable(request: AgentRequest, rows: QuerySet[Any], pk: int | None) -> Any:
    return None if pk is None else get_object_or_404(editable_of(rows, request.agent), pk=pk)


def _actions(steps: list[StepForm]) -> list[dict[str, object]]:
    return [step for one in steps if (step := one.step) is not None]


def _tell(form: CannedForm | MacroForm, error: Malformed) -> None:
    for name, words in error.errors.items():
        for word in words:
            form.add_error(name if name in form.fields else None, str(word))


def _status(request: AgentRequest) -> int:
    return 422 if request.method == "POST" else 200
