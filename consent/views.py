"""The evidence file of a person, to be downloaded. Who may is decided by the page that links it."""

from __future__ import annotations

import logging
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from consent.evidence import Evidence, evidence_of
from consent.evidence_pdf import evidence_pdf, file_name
from consent.evidence_zip import evidence_zip
from consent.models import ConsentRecord
from contacts.models import Contact

log = logging.getLogger(__name__)


@require_safe
@never_cache
def evidence_as_pdf(request: HttpRequest, contact: UUID) -> HttpResponse:
    """In the language of the page, or in `?language=de|en`."""
    evidence = evidence_of(_person(contact))
    return _file(request, evidence, "pdf", evidence_pdf(evidence, _language(request)))


@require_safe
@never_cache
def evidence_as_json(request: HttpRequest, contact: UUID) -> HttpResponse:
    """With the proofs, for programs."""
    evidence = evidence_of(_person(contact))
    return _file(request, evidence, "json", evidence.as_json.encode())


@require_safe
@never_cache
def evidence_as_zip(request: HttpRequest, contact: UUID) -> HttpResponse:
    """Both, and what a third party needs to check them."""
    evidence = evidence_of(_person(contact))
    return _file(request, evidence, "zip", evidence_zip(evidence, _language(request)))


def _language(request: HttpRequest) -> str:
    language = request.GET.get("language") or get_language() or "en"
    return "de" if language.startswith("de") else "en"


def _person(pk: UUID) -> Contact:
    """The contact; of one that was erased what is left, its id in the ledger."""
    contact = Contact.objects.filter(pk=pk).first()
    if contact is None and ConsentRecord.objects.filter(contact=pk).exists():
        return Contact(pk=pk)
    if contact is None:
        raise Http404
    return contact


def _file(request: HttpRequest, evidence: Evidence, kind: str, content: bytes) -> HttpResponse:
    who = request.user.pk
    log.info("consent.evidence_made contact=%s as=%s by=%s", evidence.contact, kind, who)
    headers = {"Content-Disposition": f'attachment; filename="{file_name(evidence, kind)}"'}
    return HttpResponse(content, content_type=f"application/{kind}", headers=headers)
