"""The welcome page of an empty system, inviting colleagues, and the connection to Meta."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlsplit
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.invitations import (
    CannotInvite,
    InvitationGone,
    invite,
    invite_again,
    link_of,
    mails_leave,
    withdraw_invitation,
)
from accounts.middleware import AgentRequest
from accounts.models import Agent, Invitation, Role, Team
from conversations.events import nudge
from helpdesk.models import Welcome
from helpdesk.start.steps import STEPS, Step
from inbox.doors import agent_view
from inbox.views.page import navigation
from whatsapp.client import graph_url, is_loopback
from whatsapp.connection import subscribe
from whatsapp.connection_check import CHECKS, check_connection, rows_of
from whatsapp.connection_words import words_of
from whatsapp.health import CheckFailed
from whatsapp.models import ConnectionCheck, WhatsAppNumber
from whatsapp.tasks import CHECK_TASK

log = logging.getLogger(__name__)
# In the session: which number was asked about, and when.
ASKED = "start.check_asked"
PATIENCE_S = 60
P = ParamSpec("P")


def admin_view(
    view: Callable[Concatenate[AgentRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """For admins: others are refused, strangers sent to the login."""

    @wraps(view)
    def admins(request: AgentRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.agent.is_staff:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return agent_view(cast(Callable[Concatenate[AgentRequest, P], HttpResponseBase], admins))


class InviteForm(forms.Form):
    email = forms.EmailField(max_length=254)
    role = forms.ChoiceField(choices=Role.choices, initial=Role.AGENT)
    language = forms.ChoiceField(choices=settings.LANGUAGES, initial="de")
    teams = forms.ModelMultipleChoiceField(Team.objects.all(), required=False)

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


@agent_view
@never_cache
@require_safe
def first(request: AgentRequest) -> HttpResponse:
    """After signing in: the inbox, or what an admin still has to set up."""
    greets = request.agent.is_staff and is_open()
    return redirect("start:welcome" if greets else "inbox:inbox")


@admin_view
@never_cache
@require_safe
def welcome(request: AgentRequest) -> HttpResponse:
    """Five steps, each as it stands now, and the connection of each number."""
    steps = [(step, step.is_done(), step.address()) for step in STEPS]
    context = {
        "steps": steps,
        "now": _first_open(steps),
        "done": sum(is_done for _step, is_done, _address in steps),
        "connections": connections(),
        "phone": simulator_address(request),
        "put_away": Welcome.is_put_away(),
        "is_checking": _is_checking(request),
    }
    if context["is_checking"] and "HX-Request" in request.headers:
        return HttpResponse(status=204)  # nothing new; what has the focus keeps it
    return render(request, "start/welcome.html", navigation(request) | context)


@admin_view
@require_POST
def put_away(request: AgentRequest) -> HttpResponse:
    """The page no longer comes by itself; `again` brings it back."""
    Welcome.put_away(is_put_away="again" not in request.POST)
    return redirect("start:welcome" if "again" in request.POST else "inbox:inbox")


@admin_view
@require_POST
def check(request: AgentRequest, pk: int) -> HttpResponse:
    """Have the connection checked by a worker; here, when no worker can be told."""
    number = get_object_or_404(WhatsAppNumber, pk=pk)
    if nudge(CHECK_TASK, number.pk):
        request.session[ASKED] = (number.pk, timezone.now().timestamp())
        messages.info(request, _("The connection is being checked; this page shows what is found."))
    else:
        check_connection(number)
    return redirect("start:welcome")


@admin_view
@require_POST
def subscribe_now(request: AgentRequest, pk: int) -> HttpResponse:
    """Have Meta send us what customers write to this number's account, and look again."""
    number = get_object_or_404(WhatsAppNumber, pk=pk)
    try:
        subscribe(number)
    except CheckFailed as error:
        messages.error(request, error.words)
    else:
        messages.success(request, _("Subscribed: messages reach us from now on."))
        if nudge(CHECK_TASK, number.pk):
            request.session[ASKED] = (number.pk, timezone.now().timestamp())
    return redirect("start:welcome")


@admin_view
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitations(request: AgentRequest) -> HttpResponse:
    """Who was asked in; POST asks one more."""
    form = InviteForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _invite(form, request.agent):
        messages.success(request, _invited_words())
        return redirect("start:invitations")
    rows = Invitation.objects.filter(withdrawn_at=None).select_related("invited_by")
    shown = [
        (row, link_of(row) if row.is_open and not row.is_over else "")
        for row in rows.prefetch_related("teams")[:100]
    ]
    context = {"form": form, "rows": shown, "mails_leave": mails_leave()}
    status = 422 if form.is_bound else 200
    return render(request, "start/invitations.html", navigation(request) | context, status=status)


@admin_view
@require_POST
def invited_again(request: AgentRequest, pk: UUID) -> HttpResponse:
    """A new link; the one before it ends."""
    try:
        invite_again(pk)
    except InvitationGone as error:
        raise Http404 from error
    messages.success(request, _invited_words())
    return redirect("start:invitations")


@admin_view
@require_POST
def withdrawn(request: AgentRequest, pk: UUID) -> HttpResponse:
    try:
        withdraw_invitation(pk)
    except InvitationGone as error:
        raise Http404 from error
    messages.success(request, _("The link works no more."))
    return redirect("start:invitations")


def _is_checking(request: HttpRequest) -> bool:
    """Whether a worker still has to say what this admin asked for; a minute later none will."""
    number, asked_at = request.session.get(ASKED, (None, 0.0))
    if timezone.now().timestamp() - asked_at > PATIENCE_S:
        return False
    newer = ConnectionCheck.objects.filter(
        number=number, checked_at__gte=datetime.fromtimestamp(asked_at, tz=UTC)
    )
    return newer.count() < len(CHECKS)


def connections() -> list[dict[str, Any]]:
    """Each number that may send, with its checks; the newest check of all, and what fails."""
    found = []
    active = WhatsAppNumber.objects.filter(is_active=True, replaced_by=None)
    for number in active.defer("access_token"):
        rows = rows_of(number)
        failing = sum(row.found == ConnectionCheck.Found.WRONG for row in rows)
        lines = [(row, words_of(row)) for row in rows]
        found.append({"number": number, "lines": lines, "failing": failing, "count": len(rows)})
    return found


def simulator_address(request: HttpRequest) -> str:
    """Where the simulator's phone is, for whoever sits at this machine; "" without a simulator."""
    here = urlsplit(graph_url())
    if not is_loopback(here.hostname or ""):
        return ""
    host = request.get_host().rpartition(":")[0] or request.get_host()
    return f"http://{host}:{here.port}/"


def is_open() -> bool:
    """Whether the page greets admins: a step is open, and nobody has put it away."""
    return not Welcome.is_put_away() and not all(step.is_done() for step in STEPS)


def _first_open(steps: list[tuple[Step, bool, str]]) -> str:
    """The step to take now: the first open one that can be taken."""
    return next((step.key for step, is_done, address in steps if not is_done and address), "")


def _invite(form: InviteForm, by: Agent) -> bool:
    data = form.cleaned_data
    try:
        invite(data["email"], data["role"], data["teams"], by, data["language"])
    except CannotInvite as error:
        form.add_error("email", error.words)
        return False
    return True


def _invited_words() -> str:
    return str(_MAILED if mails_leave() else _TO_COPY)


_MAILED = gettext_lazy("Invited. The mail is on its way; the link stands below, too.")
_TO_COPY = gettext_lazy("Invited. No mail server is configured: copy the link below.")
