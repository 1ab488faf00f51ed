"""The consent ledger of one contact: a page to read, and to look at as it stood on a day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.middleware import AgentRequest
from consent.models import LedgerCheck, Purpose
from consent.views import evidence_as_json, evidence_as_pdf
from conversations.access import visible_contacts, visible_conversations
from inbox.consent_book import book_of
from inbox.doors import agent_view
from inbox.views.page import navigation


@agent_view
@never_cache
@require_safe
def consents(request: AgentRequest, pk: UUID) -> HttpResponse:
    """`?on=YYYY-MM-DD` shows it as it stood at the end of that day, `?purpose=` narrows it."""
    contact = get_object_or_404(visible_contacts(request.agent), pk=pk)
    day = _day(request.GET.get("on", ""))
    purpose = request.GET.get("purpose", "")
    purpose = purpose if purpose in Purpose.values else ""
    conversations = visible_conversations(request.agent).filter(contact=contact)
    context = {
        "contact": contact,
        "conversation": conversations.order_by("-last_message_at").first(),
        "book": book_of(contact, _end_of(day) if day else None, purpose),
        "check": LedgerCheck.objects.first(),
        "day": day,
        "today": timezone.localdate(),
        "purpose": purpose,
        "purposes": Purpose.choices,
        # Whoever comes from the pane finds the evidence of that entry open.
        "opened": request.GET.get("entry", ""),
    }
    return render(request, "inbox/consents.html", navigation(request) | context)


@agent_view
@never_cache
@require_safe
def evidence(request: AgentRequest, pk: UUID, kind: str) -> HttpResponse:
    """The evidence file as "pdf" or "json", for whoever may see the contact."""
    contact = get_object_or_404(visible_contacts(request.agent), pk=pk)
    make = {"pdf": evidence_as_pdf, "json": evidence_as_json}.get(kind)
    if make is None:
        raise Http404
    return make(request, contact.pk)


def _day(text: str) -> date | None:
    """The day asked for; None for what is none, and for days to come."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day <= timezone.localdate() else None


def _end_of(day: date) -> datetime:
    midnight = datetime.combine(day + timedelta(days=1), time.min)
    return timezone.make_aware(midnight)
