"""Sending later and taking back: times that are offered, another time, now, or not at all."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.middleware import AgentRequest
from accounts.preferences import preferences_of
from conversations.access import require_writer, visible_conversation, visible_messages
from conversations.errors import Malformed
from conversations.models import Media, Message
from conversations.services.later import check_time, reschedule
from conversations.services.reply import copy_files
from conversations.services.waiting import take_back
from inbox.doors import agent_view
from inbox.later import choices, plan, read_own
from inbox.views.drawn import bubble_html, cleaned, draw_bubble


class TimeForm(forms.Form):
    """A moment with its zone; empty: now."""

    leave_at = forms.DateTimeField(required=False)


@agent_view
@never_cache
@require_safe
def later(request: AgentRequest, pk: UUID) -> HttpResponse:
    """The menu of times, or with `?at=` what is to be said of that one."""
    require_writer(request.agent)
    shown = visible_conversation(request.agent, pk)
    zone, now = ZoneInfo(preferences_of(request.agent).zone), timezone.now()
    context: dict[str, object] = {"conversation": shown, "zone": str(zone)}
    if "at" not in request.GET:
        context |= {"choices": choices(shown, zone, now), "own": now.astimezone(zone)}
        return render(request, "inbox/later.html", context)
    at = _asked(request.GET["at"], zone)
    check_time(at, now)
    context["plan"] = plan(shown, at, zone, now)
    return render(request, "inbox/later_line.html", context)


@agent_view
@require_POST
def move(request: AgentRequest, pk: UUID) -> HttpResponse:
    """Plan a waiting message for `leave_at`, or send it now; answers with its bubble."""
    data = cleaned(TimeForm(request.POST))
    return draw_bubble(
        request, reschedule(_message(request, pk), data["leave_at"], request.agent), 200
    )


@agent_view
@require_POST
def recall(request: AgentRequest, pk: UUID) -> JsonResponse:
    """Take a waiting message back into the composer: its bubble, text, quote, and files, which are
    uploads of this agent again."""
    held = take_back(_message(request, pk), request.agent)
    _payload, files = copy_files(held, request.agent)
    return JsonResponse(
        {
            "bubble": bubble_html(held),
            "text": held.text if held.type != "template" else "",
            "context": held.context_wamid,
            "files": [_described(file) for file in files],
        }
    )


def _described(file: Media) -> dict[str, object]:
    return {"id": str(file.pk), "kind": file.kind, "filename": file.filename, "size": file.size}


def _message(request: AgentRequest, pk: UUID) -> Message:
    require_writer(request.agent)
    return get_object_or_404(visible_messages(request.agent), pk=pk)


def _asked(text: str, zone: ZoneInfo) -> datetime:
    at = read_own(text, zone)
    if at is None:
        raise Malformed({"leave_at": [_("Please give a day and a time.")]})
    return at
