"""Two contacts that are one person: looked for, looked at side by side, merged; and split again."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.middleware import AgentRequest
from contacts.attribute_models import ContactNote
from contacts.attributes import words_of
from contacts.merging import MergeRefused, merge_contacts, planned, undo_merge
from contacts.merging_parts import conflicts_of
from contacts.models import Contact, ContactMerge, MergeReason
from conversations.access import require_writer
from inbox.consent_book import standings_of_both
from inbox.contact_list import ContactQuery, attach_last_threads, find_contacts
from inbox.doors import agent_view
from inbox.person import may_split, visible_contact
from inbox.views.page import navigation

FOUND = 12
SHORTEST_QUERY = 2


@dataclass(frozen=True)
class Choice:
    """An attribute of which somebody decides whose value goes on."""

    key: int
    name: str
    survivors: str
    absorbeds: str


@agent_view
@never_cache
@require_safe
def look_for_twin(request: AgentRequest, pk: UUID) -> HttpResponse:
    """Who might be the same person, by `?q=`; nothing is changed here."""
    contact = visible_contact(request.agent, pk)
    require_writer(request.agent)
    prefetch_related_objects([contact], "identities")
    query = ContactQuery.of(request)
    found: list[Contact] = []
    if len(query.words) >= SHORTEST_QUERY:
        rows = find_contacts(request.agent, ContactQuery(words=query.words)).exclude(pk=contact.pk)
        found = list(rows.order_by("-created_at", "-pk").prefetch_related("identities")[:FOUND])
        attach_last_threads(found, request.agent)
    context = {"contact": contact, "query": query, "found": found, "shortest": SHORTEST_QUERY}
    if request.headers.get("HX-Request") == "true":
        return render(request, "inbox/merge_found.html", context)
    return render(request, "inbox/merge_search.html", navigation(request) | context)


@agent_view
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: AgentRequest, pk: UUID, other_pk: UUID) -> HttpResponse:
    """What would become of both; POST makes `other_pk` part of `pk`; `attribute-KEY=theirs` lets
    the other one's value go on."""
    survivor = visible_contact(request.agent, pk)
    absorbed = visible_contact(request.agent, other_pk)
    require_writer(request.agent)
    if survivor == absorbed:
        raise Http404
    if request.method == "POST":
        return _merge(request, survivor, absorbed)
    prefetch_related_objects([survivor, absorbed], "identities")
    conflicts = conflicts_of(survivor, absorbed)
    hidden = sum(not one.definition.is_seen_by(request.agent) for one in conflicts)
    choices = [
        Choice(
            one.definition.pk, str(one.definition), words_of(one.survivors), words_of(one.absorbeds)
        )
        for one in conflicts
        if one.definition.is_seen_by(request.agent)
    ]
    context = {
        "people": [survivor, absorbed],
        "survivor": survivor,
        "absorbed": absorbed,
        "choices": choices,
        "hidden": hidden,
        "standings": standings_of_both(survivor, absorbed),
        "lines": [*_what_moves(absorbed), *planned(survivor, absorbed)],
    }
    return render(request, "inbox/merge.html", navigation(request) | context)


@agent_view
@never_cache
@require_http_methods(["POST"])
def split(request: AgentRequest, pk: UUID, merge_pk: int) -> HttpResponse:
    """Undo one merge of this person; only who sees what was merged."""
    contact = visible_contact(request.agent, pk)
    require_writer(request.agent)
    rows = ContactMerge.objects.filter(absorbed__merged_into=contact, undone_at=None)
    found = get_object_or_404(rows, pk=merge_pk)
    if not may_split(found, request.agent):
        raise Http404
    try:
        undo_merge(found, request.agent)
    except MergeRefused:
        messages.error(request, _("One of the contacts was merged or split meanwhile."))
    else:
        messages.success(request, _("The two contacts are split again."))
    return redirect("inbox:card", contact.pk)


def _merge(request: AgentRequest, survivor: Contact, absorbed: Contact) -> HttpResponse:
    seen = {
        one.definition.pk
        for one in conflicts_of(survivor, absorbed)
        if one.definition.is_seen_by(request.agent)
    }
    asked = {pk for pk in seen if request.POST.get(f"attribute-{pk}") == "theirs"}
    try:
        merge_contacts(survivor, absorbed, MergeReason.BY_HAND, request.agent, theirs=asked)
    except MergeRefused:
        messages.error(request, _("One of the contacts was merged or split meanwhile."))
    else:
        messages.success(request, _("The two contacts are one now."))
    return redirect("inbox:card", survivor.pk)


def _what_moves(absorbed: Contact) -> list[str]:
    """What this room's lower neighbours hand over, in sentences."""
    identities = sum(row.ended_at is None for row in absorbed.identities.all())
    said = ngettext("%(count)s identity moves.", "%(count)s identities move.", identities)
    lines = [said % {"count": identities}]
    notes = ContactNote.objects.filter(contact=absorbed).count()
    if notes:
        said = ngettext(
            "%(count)s note on the person moves.", "%(count)s notes on the person move.", notes
        )
        lines.append(said % {"count": notes})
    return lines
