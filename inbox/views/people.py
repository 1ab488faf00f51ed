"""Contacts: the list, one person's own page, and their gallery."""

from __future__ import annotations

from uuid import UUID

from django.db.models import prefetch_related_objects
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.middleware import AgentRequest
from conversations.models import Label
from inbox.contact_list import ContactQuery, all_topics, contact_page
from inbox.doors import agent_view
from inbox.gallery import KINDS, tile_page
from inbox.paging import Cursor
from inbox.person import merges_of, other_conversations, visible_contact
from inbox.views.page import navigation
from inbox.views.person import LANGUAGES

CONVERSATIONS = 50


@agent_view
@never_cache
@require_safe
def contacts(request: AgentRequest) -> HttpResponse:
    """Everybody the agent may see; htmx gets rows only."""
    query = ContactQuery.of(request)
    cursor = Cursor.read(request.GET.get("after", ""))
    address = request.GET.copy()
    address.pop("after", None)
    context = {
        "query": query,
        "page": contact_page(request.agent, query, cursor),
        "is_first_page": cursor is None,
        "address": address.urlencode(),
    }
    if request.headers.get("HX-Request") == "true":
        return render(request, "inbox/contact_rows.html", context)
    more = {"labels": Label.objects.all(), "topics": all_topics(), "languages": LANGUAGES}
    return render(request, "inbox/contacts.html", navigation(request) | context | more)


@agent_view
@never_cache
@require_safe
def card(request: AgentRequest, pk: UUID) -> HttpResponse:
    """One person, with all their conversations; the id of one who was merged leads to who goes
    on."""
    contact = visible_contact(request.agent, pk)
    if contact.pk != pk:
        return redirect("inbox:card", contact.pk)
    prefetch_related_objects([contact], "identities")
    context = {
        **navigation(request),
        "contact": contact,
        "conversations": other_conversations(contact, request.agent)[:CONVERSATIONS],
        "merges": merges_of(contact, request.agent),
    }
    return render(request, "inbox/contact_card.html", context)


@agent_view
@never_cache
@require_safe
def gallery(request: AgentRequest, pk: UUID) -> HttpResponse:
    """What the person and we sent each other, by kind; htmx gets the next tiles only."""
    contact = visible_contact(request.agent, pk)
    kind = request.GET.get("kind", "pictures")
    if kind not in KINDS:
        raise Http404
    cursor = Cursor.read(request.GET.get("after", ""))
    context: dict[str, object] = {
        "contact": contact,
        "kind": kind,
        "kinds": KINDS.items(),
        "page": tile_page(contact, request.agent, kind, cursor),
        "is_first_page": cursor is None,
    }
    if request.headers.get("HX-Request") == "true":
        return render(request, "inbox/gallery_tiles.html", context)
    prefetch_related_objects([contact], "identities")
    return render(request, "inbox/gallery.html", navigation(request) | context)
