"""Files of messages, to those who may see the message."""

from __future__ import annotations

from uuid import UUID

from django.http import JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from accounts.middleware import AgentRequest
from conversations.access import require_writer, visible_media
from conversations.services.media import fetch_again
from conversations.serving import serve_file, serve_small
from inbox.doors import agent_view


@agent_view
@require_safe
@cache_control(private=True, max_age=3600)
def media(request: AgentRequest, pk: UUID) -> HttpResponseBase:
    """The bytes, whole or a part of them (players seek by parts)."""
    return serve_file(request, get_object_or_404(visible_media(request.agent), pk=pk))


@agent_view
@require_safe
@cache_control(private=True, max_age=3600)
def small(request: AgentRequest, pk: UUID) -> HttpResponseBase:
    """The small picture of a photo or a video."""
    return serve_small(request, get_object_or_404(visible_media(request.agent), pk=pk))


@agent_view
@require_POST
def fetch(request: AgentRequest, pk: UUID) -> JsonResponse:
    """Ask the channel once more for a file that was given up; the bubble tells how it went."""
    require_writer(request.agent)
    found = get_object_or_404(visible_media(request.agent), pk=pk)
    return JsonResponse({"asked": fetch_again(found)})
