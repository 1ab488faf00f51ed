"""Parts of an open conversation that the page fetches on its own."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.db.models import prefetch_related_objects
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.middleware import AgentRequest
from accounts.models import Agent, Role, Team
from accounts.presence import presence_of_agents
from conversations.access import visible_conversation
from conversations.models import Conversation
from conversations.services.notes import MAX_NOTE
from inbox.card_parts import dict_of, text_of
from inbox.doors import agent_view
from inbox.inbound_cards import referral_kind
from inbox.paging import Cursor
from inbox.person import EARLIER_CONVERSATIONS, other_conversations, person_context
from inbox.thread import composer_context, later_context, thread_context


@agent_view
@never_cache
@require_safe
def history(request: AgentRequest, pk: UUID) -> HttpResponse:
    """Items before `?before=CURSOR`, from `?from=CURSOR` on, or around one that `?around=` names.

    The page puts them in without a jump.
    """
    cursor = Cursor.read(request.GET.get("before", ""))
    later = Cursor.read(request.GET.get("from", ""))
    shown = visible_conversation(request.agent, pk)
    if later:
        return render(request, "inbox/items.html", later_context(shown, request.agent, later))
    if around := request.GET.get("around", ""):
        context = thread_context(shown, request.agent, at=around)
        if not context["shown"]:
            raise Http404
        return render(request, "inbox/items.html", context)
    if cursor is None:
        raise Http404
    return render(request, "inbox/items.html", thread_context(shown, request.agent, cursor))


@agent_view
@never_cache
@require_safe
def head(request: AgentRequest, pk: UUID) -> HttpResponse:
    """The bar over the thread."""
    context = {"conversation": _conversation(request, pk), "agent": request.agent}
    return render(request, "inbox/thread_head.html", context)


@agent_view
@never_cache
@require_safe
def composer(request: AgentRequest, pk: UUID) -> HttpResponse:
    """The composer as it stands now: open, or closed with the template picker."""
    context = composer_context(_conversation(request, pk), request.agent, timezone.now())
    return render(request, "inbox/composer.html", context)


@agent_view
@never_cache
@require_safe
def contact(request: AgentRequest, pk: UUID) -> HttpResponse:
    """The contact pane: who this is, what they agreed to, what was before."""
    shown = _conversation(request, pk)
    others = other_conversations(shown.contact, request.agent, beside=shown)
    context = {
        **person_context(shown.contact, request.agent, in_pane=True),
        "conversation": shown,
        "referral": referral_of(shown),
        "earlier_conversations": others[:EARLIER_CONVERSATIONS],
    }
    return render(request, "inbox/contact.html", context)


@agent_view
@never_cache
@require_safe
def assignees(request: AgentRequest, pk: UUID) -> HttpResponse:
    """The menu of people and teams that can take this conversation; I come first."""
    people = list(Agent.objects.filter(is_active=True).exclude(role=Role.READ_ONLY))
    people.sort(key=lambda one: one.pk != request.agent.pk)
    there = presence_of_agents(people)
    context = {
        "conversation": _conversation(request, pk),
        "agent": request.agent,
        "people": [(one, there[one.pk].state) for one in people],
        "teams": Team.objects.all(),
        "note_uuid": uuid4(),
        "max_note": MAX_NOTE,
    }
    return render(request, "inbox/assign_menu.html", context)


def referral_of(conversation: Conversation) -> dict[str, object] | None:
    """By which advertisement or post the customer came last, and when; None for who just came."""
    came = conversation.messages.filter(payload__has_key="referral")
    row = came.order_by("-sent_at").values_list("payload__referral", "sent_at").first()
    if row is None:
        return None
    referral = dict_of(row[0])
    kind = referral_kind(referral)
    return {"kind": kind, "title": text_of(referral.get("headline"), 120), "at": row[1]}


def _conversation(request: AgentRequest, pk: UUID) -> Conversation:
    shown = visible_conversation(request.agent, pk)
    prefetch_related_objects([shown.contact], "identities")
    return shown
