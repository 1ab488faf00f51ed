"""The consent ledger of one contact: a page to read, and to look at as it stood on a day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.middleware import AgentRequest
from consent.models import LedgerCheck, Purpose
from consent.views import evidence_as_json, evidence_as_pdf, evidence_as_zip
from contacts.models import Contact
from conversations.access import require_writer, visible_contacts, visible_conversations
from inbox.consent_book import book_of
from inbox.doors import agent_view
from inbox.on_word_form import OnWordForm
from inbox.views.page import navigation

_AS = {"pdf": evidence_as_pdf, "json": evidence_as_json, "zip": evidence_as_zip}


@agent_view
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def consents(request: AgentRequest, pk: UUID) -> HttpResponse:
    """`?on=YYYY-MM-DD` shows it as it stood at the end of that day, `?purpose=` narrows it.

    POST writes down what the customer said, and shows the page again when a field is wrong.
    """
    contact = get_object_or_404(visible_contacts(request.agent), pk=pk)
    form = OnWordForm(request.agent, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require_writer(request.agent)
        if form.is_valid() and form.write_down(contact):
            return redirect("inbox:consents", pk)
    return _page(request, contact, form)


def _page(request: AgentRequest, contact: Contact, form: OnWordForm) -> HttpResponse:
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
        "form": form,
        # Whoever comes from the pane finds the evidence of that entry open.
        "opened": request.GET.get("entry", ""),
    }
    status = 422 if form.errors else 200
    page = navigation(request) | context
    return render(request, "inbox/consents.html", page, status=status)


@agent_view
@never_cache
@require_safe
def evidence(request: AgentRequest, pk: UUID, kind: str) -> HttpResponse:
    """The evidence file for whoever may see the contact: "pdf", "json", or "zip" with both and the
    means to check them."""
    contact = get_object_or_404(visible_contacts(request.agent), pk=pk)
    make = _AS.get(kind)
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
