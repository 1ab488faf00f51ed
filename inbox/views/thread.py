"""Parts of an open conversation that the page fetches on its own."""

from __future__ import annotations

from uuid import UUID

from django.db.models import prefetch_related_objects
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.middleware import AgentRequest
from accounts.models import Agent, Role, Team
from consent.gate import is_restricted
from contacts.models import Contact, Identity, IdentityKind
from conversations.access import visible_conversation, visible_conversations
from conversations.models import Conversation
from inbox.card_parts import dict_of, text_of
from inbox.consent_book import standings_of
from inbox.doors import agent_view
from inbox.inbound_cards import referral_kind
from inbox.paging import Cursor
from inbox.thread import composer_context, thread_context

EARLIER_CONVERSATIONS = 5


@agent_view
@never_cache
@require_safe
def history(request: AgentRequest, pk: UUID) -> HttpResponse:
    """Items before `?before=CURSOR`; the page puts them on top without a jump."""
    cursor = Cursor.read(request.GET.get("before", ""))
    if cursor is None:
        raise Http404
    shown = visible_conversation(request.agent, pk)
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
    context = {
        "conversation": shown,
        "agent": request.agent,
        "consents": standings_of(shown.contact),
        "restricted": is_restricted(shown.contact),
        "referral": referral_of(shown),
        "earlier_identities": earlier_identities(shown.contact),
        "earlier_conversations": visible_conversations(request.agent)
        .filter(contact=shown.contact_id)
        .exclude(pk=shown.pk)
        .select_related("business_number")[:EARLIER_CONVERSATIONS],
    }
    return render(request, "inbox/contact.html", context)


@agent_view
@never_cache
@require_safe
def assignees(request: AgentRequest, pk: UUID) -> HttpResponse:
    """The menu of people and teams that can take this conversation."""
    context = {
        "conversation": _conversation(request, pk),
        "agent": request.agent,
        "agents": Agent.objects.filter(is_active=True).exclude(role=Role.READ_ONLY),
        "teams": Team.objects.all(),
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


def earlier_identities(contact: Contact) -> list[Identity]:
    """Numbers and names the contact had before, the last one first; each number once."""
    shown = (IdentityKind.PHONE, IdentityKind.USERNAME)
    current = {row.match_key for row in contact.identities.all() if row.ended_at is None}
    ended = [row for row in contact.identities.all() if row.ended_at and row.kind in shown]
    ended.sort(key=lambda row: row.ended_at or row.first_seen_at)
    newest = {row.match_key: row for row in ended if row.match_key not in current}
    return sorted(newest.values(), key=lambda row: row.ended_at or row.first_seen_at, reverse=True)


def _conversation(request: AgentRequest, pk: UUID) -> Conversation:
    shown = visible_conversation(request.agent, pk)
    prefetch_related_objects([shown.contact], "identities")
    return shown
