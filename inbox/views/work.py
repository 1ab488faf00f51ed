"""The menus over the thread and what they do: snooze, priority, labels, why it was resolved."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.middleware import AgentRequest
from accounts.preferences import preferences_of
from conversations.access import require_writer, visible_conversation
from conversations.models import LABEL_COLORS, Conversation, Label, Priority, ResolveReason
from conversations.services.labels import (
    add_labels,
    create_label,
    may_create_labels,
    remove_labels,
)
from conversations.services.priority import set_priority
from conversations.services.snooze import snooze_conversation, wake_conversation
from inbox.doors import agent_view
from inbox.snooze_times import read_until, snooze_times
from inbox.views.actions import head_of, row_id


@agent_view
@never_cache
@require_safe
def snooze_menu(request: AgentRequest, pk: UUID) -> HttpResponse:
    """Until when: the times are the agent's, and say where the window closes before."""
    shown = _to_change(request, pk)
    zone = preferences_of(request.agent).zone
    now = timezone.now()
    context = {
        "conversation": shown,
        "times": snooze_times(shown, now, zone),
        "zone": zone,
        "now": now,
        "window_open": shown.window.is_open(now),
    }
    return render(request, "inbox/menu_snooze.html", context)


@agent_view
@require_POST
def snooze(request: AgentRequest, pk: UUID) -> HttpResponse:
    """`until` is a key of the menu, "reply", or "own" with `at`."""
    shown = visible_conversation(request.agent, pk)
    zone = preferences_of(request.agent).zone
    until = read_until(request.POST.dict(), shown, timezone.now(), zone)
    snooze_conversation(shown, until, request.agent)
    return head_of(request, pk)


@agent_view
@require_POST
def wake(request: AgentRequest, pk: UUID) -> HttpResponse:
    wake_conversation(visible_conversation(request.agent, pk), request.agent)
    return head_of(request, pk)


@agent_view
@never_cache
@require_safe
def reasons(request: AgentRequest, pk: UUID) -> HttpResponse:
    """Why it is resolved."""
    language = request.agent.language
    found = ResolveReason.objects.filter(is_active=True)
    context = {
        "conversation": _to_change(request, pk),
        "reasons": [(row.pk, row.name_in(language)) for row in found],
    }
    return render(request, "inbox/menu_reasons.html", context)


@agent_view
@never_cache
@require_safe
def priorities(request: AgentRequest, pk: UUID) -> HttpResponse:
    context = {
        "conversation": _to_change(request, pk),
        "priorities": reversed([(row.value, row.label) for row in Priority]),
    }
    return render(request, "inbox/menu_priority.html", context)


@agent_view
@require_POST
def priority(request: AgentRequest, pk: UUID) -> HttpResponse:
    shown = visible_conversation(request.agent, pk)
    set_priority(shown, row_id(request.POST.get("priority", "")), request.agent)
    return head_of(request, pk)


@agent_view
@never_cache
@require_safe
def labels(request: AgentRequest, pk: UUID) -> HttpResponse:
    """The block of the contact pane."""
    context = {"conversation": visible_conversation(request.agent, pk), "agent": request.agent}
    return render(request, "inbox/labels.html", context)


@agent_view
@never_cache
@require_safe
def label_menu(request: AgentRequest, pk: UUID) -> HttpResponse:
    return _label_menu(request, _to_change(request, pk))


@agent_view
@require_POST
def label(request: AgentRequest, pk: UUID) -> HttpResponse:
    """`add` or `remove` names a label; `new` makes one, of `color`, and puts it on."""
    shown = visible_conversation(request.agent, pk)
    if "new" in request.POST:
        color = request.POST.get("color", LABEL_COLORS[0])
        made = create_label(request.POST["new"], color, request.agent)
        add_labels([shown], [made], request.agent)
    elif "remove" in request.POST:
        remove_labels([shown], [_label(request.POST["remove"])], request.agent)
    else:
        add_labels([shown], [_label(request.POST.get("add", ""))], request.agent)
    return _label_menu(request, shown)


def _label_menu(request: AgentRequest, shown: Conversation) -> HttpResponse:
    on = set(shown.labels.values_list("pk", flat=True))
    context = {
        "conversation": shown,
        "labels": [(row, row.pk in on) for row in Label.objects.all()],
        "colors": LABEL_COLORS if may_create_labels(request.agent) else (),
    }
    return render(request, "inbox/menu_labels.html", context)


def _label(text: str) -> Label:
    return get_object_or_404(Label, pk=row_id(text))


def _to_change(request: AgentRequest, pk: UUID) -> Conversation:
    """A menu is for those who may use it."""
    shown = visible_conversation(request.agent, pk)
    require_writer(request.agent)
    return shown
