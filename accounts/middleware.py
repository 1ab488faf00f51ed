"""`request.agent`: the signed-in agent, their language and their time zone."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from accounts.models import Agent
from accounts.preferences import zone_of


class AgentRequest(HttpRequest):
    """A request that has passed the login: views behind it may rely on `agent`."""

    agent: Agent


class AgentMiddleware:
    """Speak the signed-in agent's language, in their time zone; a language cookie of the login page
    gives way."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and isinstance(request.user, Agent):
            request.agent = request.user  # type: ignore[attr-defined]
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
            # Threads serve many: the zone must not outlive the request.
            with timezone.override(zone_of(request.user)):
                return self.get_response(request)
        return self.get_response(request)
