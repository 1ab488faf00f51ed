"""What runs over WhatsApp and what does not, for everybody: no login, nothing stored."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import override
from django.views.decorators.http import require_safe

from consent.models import LegalBasis, Processor, Purpose
from consent.page_language import in_its_language, language_for, links_to_languages
from consent.processing import purposes
from consent.processing_record import company
from consent.retention_words import times

# Of the kinds that are kept, those a customer would ask for.
SHOWN = ("text", "media", "notes", "webhooks", "sign-ups", "exports", "ledger", "contacts")


@require_safe
def whatsapp(request: HttpRequest) -> HttpResponse:
    """Made of the settings, so that it says what is so."""
    offered = list(dict(settings.LANGUAGES))
    with override(language_for(request, offered)):
        told = company()
        context = {
            "company": told,
            "name": told.name or settings.SITE_NAME,
            "form": told,  # the links at the foot are called as a form's are
            "processors": Processor.objects.all(),
            "bases": [
                (Purpose(row.purpose).label, LegalBasis(row.legal_basis).label, row.explanation)
                for row in purposes().values()
            ],
            "times": [one for one in times() if one.kind in SHOWN],
            "languages": links_to_languages(request, offered),
        }
        return in_its_language(render(request, "optin/whatsapp.html", context))
