"""What every view of the inbox goes through: the login, and errors turned into HTTP."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url

from accounts.middleware import AgentRequest
from accounts.models import Agent, Role
from conversations.errors import (
    AnotherIsOpen,
    CannotSendAgain,
    CannotTakeBack,
    ClientUuidReused,
    ConversationError,
    Malformed,
    NotAllowed,
)
from conversations.services.crossing import Crossed

P = ParamSpec("P")
STATUS = {
    NotAllowed: 403,
    ClientUuidReused: 409,
    CannotSendAgain: 409,
    CannotTakeBack: 409,
    AnotherIsOpen: 409,
    Crossed: 409,
}


# So many are named to somebody who stands before a closed door.
_LEADS = 3


def agent_view(
    view: Callable[Concatenate[AgentRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Let a signed-in agent in; a page sends others to the login, a script hears 401.

    A `ConversationError` becomes JSON `{"code", "detail", "errors"}`: 403, 409 or 422.
    """

    @wraps(view)
    def door(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not isinstance(request.user, Agent) or not request.user.is_active:
            return _to_login(request)
        agent_request = cast(AgentRequest, request)
        agent_request.agent = request.user
        try:
            return view(agent_request, *args, **kwargs)
        except ConversationError as error:
            return _refusal(error)
        except Http404:
            return _not_there(agent_request)

    return cast(Callable[Concatenate[HttpRequest, P], HttpResponseBase], door)


def _to_login(request: HttpRequest) -> HttpResponse:
    by_script = request.headers.get("HX-Request") or request.headers.get("X-Requested-With")
    if by_script or request.method != "GET":
        return HttpResponse(status=401, headers={"HX-Redirect": resolve_url(settings.LOGIN_URL)})
    return redirect_to_login(request.get_full_path())


def _not_there(request: AgentRequest) -> HttpResponse:
    """Our page, also where DEBUG has Django's. It is the same for what belongs to another team and
    for what never was: it must not say which. Leads see every team, so they can be asked."""
    is_conversation = request.path.startswith("/conversations/")
    leads: list[str] = []
    if is_conversation and not request.agent.sees_all_teams:
        found = Agent.objects.filter(is_active=True, role=Role.LEAD).order_by("name")
        leads = list(found.values_list("name", flat=True)[:_LEADS])
    context = {"is_conversation": is_conversation, "leads": leads}
    return render(
        request, "inbox/not_there.html" if is_conversation else "404.html", context, status=404
    )


def _refusal(error: ConversationError) -> JsonResponse:
    errors = error.errors if isinstance(error, Malformed) else {}
    words = [str(word) for field in errors.values() for word in field]
    return JsonResponse(
        {
            "code": error.code,
            "detail": " ".join(words) or str(error.message),
            "errors": {name: [str(word) for word in field] for name, field in errors.items()},
        },
        status=STATUS.get(type(error), 422),
    )
