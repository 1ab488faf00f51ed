"""What an agent does with a conversation: take it, hand it over, resolve it, look at it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.middleware import AgentRequest
from accounts.models import Agent, Role, Team
from conversations.access import visible_conversation, visible_conversations
from conversations.services.lifecycle import (
    assign_conversation,
    assign_team,
    mark_read,
    reopen_conversation,
    resolve_conversation,
)
from inbox.doors import agent_view


@agent_view
@require_POST
def assign(request: AgentRequest, pk: UUID) -> HttpResponse:
    """`agent` is "me", an agent's id or empty for nobody; or `team`, a team's id or empty."""
    shown = visible_conversation(request.agent, pk)
    if "team" in request.POST:
        assign_team(shown, _team(request.POST["team"]), request.agent)
    else:
        assign_conversation(shown, _assignee(request), request.agent)
    return _head(request, pk)


@agent_view
@require_POST
def resolve(request: AgentRequest, pk: UUID) -> HttpResponse:
    resolve_conversation(visible_conversation(request.agent, pk), request.agent)
    return _head(request, pk)


@agent_view
@require_POST
def reopen(request: AgentRequest, pk: UUID) -> HttpResponse:
    reopen_conversation(visible_conversation(request.agent, pk), request.agent)
    return _head(request, pk)


@agent_view
@require_POST
def read(request: AgentRequest, pk: UUID) -> HttpResponse:
    """The thread is on this agent's screen."""
    mark_read(visible_conversation(request.agent, pk), request.agent)
    return HttpResponse(status=204)


def _head(request: AgentRequest, pk: UUID) -> HttpResponse:
    """The bar over the thread; who handed over what they may not see any more goes to the list."""
    shown = visible_conversations(request.agent).filter(pk=pk).first()
    if shown is None:
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("inbox:inbox")})
    context = {"conversation": shown, "agent": request.agent}
    return render(request, "inbox/thread_head.html", context)


def _assignee(request: AgentRequest) -> Agent | None:
    wanted = request.POST.get("agent", "")
    if wanted == "me":
        return request.agent
    if not wanted:
        return None
    colleagues = Agent.objects.filter(is_active=True).exclude(role=Role.READ_ONLY)
    return get_object_or_404(colleagues, pk=_number(wanted))


def _team(wanted: str) -> Team | None:
    return get_object_or_404(Team, pk=_number(wanted)) if wanted else None


def _number(text: str) -> int:
    """A row's id; 0, which no row has, for what is not one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
