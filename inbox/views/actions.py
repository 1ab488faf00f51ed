"""What an agent does with a conversation: take it, hand it over, resolve it, look at it."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.middleware import AgentRequest
from accounts.models import Agent, Role, Team
from conversations.access import visible_conversation, visible_conversations
from conversations.errors import Malformed
from conversations.models import ResolveReason
from conversations.services.hand_out import hand_out_now, stop_handing_out
from conversations.services.hand_over import hand_over
from conversations.services.lifecycle import (
    assign_team,
    reopen_conversation,
    resolve_conversation,
)
from conversations.services.notes import write_note
from conversations.services.reading import mark_read
from inbox.bulk.actions import BY_ITSELF
from inbox.doors import agent_view


@agent_view
@require_POST
def assign(request: AgentRequest, pk: UUID) -> HttpResponse:
    """`agent` is "me", an agent's id, "by-itself" for whose turn it is, or empty for nobody; or
    `team`, a team's id or empty.
    `note` is written before it goes, once for each `note_uuid`."""
    shown = visible_conversation(request.agent, pk)
    note, note_uuid = request.POST.get("note", ""), _uuid(request.POST.get("note_uuid", ""))
    if request.POST.get("team") == "":
        assign_team(shown, None, request.agent)
        return head_of(request, pk)
    if request.POST.get("agent") == BY_ITSELF:
        with transaction.atomic():
            if note.strip():
                write_note(shown, note, request.agent, note_uuid)
            hand_out_now(shown, request.agent)
        return head_of(request, pk)
    to = _team(request.POST["team"]) if "team" in request.POST else _assignee(request)
    hand_over(shown, to, request.agent, note, note_uuid)
    return head_of(request, pk)


@agent_view
@require_POST
def keep(request: AgentRequest, pk: UUID) -> HttpResponse:
    """It is not to be handed out any more."""
    stop_handing_out(visible_conversation(request.agent, pk), request.agent)
    return head_of(request, pk)


@agent_view
@require_POST
def resolve(request: AgentRequest, pk: UUID) -> HttpResponse:
    """With `reason`, an id, or without."""
    shown = visible_conversation(request.agent, pk)
    resolve_conversation(shown, request.agent, _reason(request.POST.get("reason", "")))
    return head_of(request, pk)


@agent_view
@require_POST
def reopen(request: AgentRequest, pk: UUID) -> HttpResponse:
    reopen_conversation(visible_conversation(request.agent, pk), request.agent)
    return head_of(request, pk)


@agent_view
@require_POST
def read(request: AgentRequest, pk: UUID) -> HttpResponse:
    """The thread is on this agent's screen."""
    mark_read(visible_conversation(request.agent, pk), request.agent)
    return HttpResponse(status=204)


def head_of(request: AgentRequest, pk: UUID) -> HttpResponse:
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
    return get_object_or_404(colleagues, pk=row_id(wanted))


def _team(wanted: str) -> Team:
    return get_object_or_404(Team, pk=row_id(wanted))


def _reason(wanted: str) -> ResolveReason | None:
    usable = ResolveReason.objects.filter(is_active=True)
    return get_object_or_404(usable, pk=row_id(wanted)) if wanted else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Malformed({"note_uuid": [_("This is no UUID.")]}) from None


def row_id(text: str) -> int:
    """A row's id; 0, which no row has, for what is not one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
