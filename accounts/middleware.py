"""`request.agent`: the signed-in agent, and the language they chose."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from accounts.models import Agent


class AgentRequest(HttpRequest):
    """A request that has passed the login: views behind it may rely on `agent`."""

    agent: Agent


class AgentMiddleware:
    """Speak the signed-in agent's language; a language cookie of the login page gives way."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and isinstance(request.user, Agent):
            request.agent = request.user  # type: ignore[attr-defined]
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)
