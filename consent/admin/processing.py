"""Who is responsible, on what it rests, who else gets data; and the documents made of that."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import URLField
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.admin_base import HouseAdmin, KeptAdmin, display
from consent.documents import Document, as_pdf, kind_of
from consent.models import Company, Processor, Purpose, PurposeBasis
from consent.models.basis import FOR_MARKETING
from consent.processing_agreement import processing_agreement
from consent.processing_record import record_of_processing
from consent.retention_words import months_in_words, proof_in_words

COMPANY = "admin:consent_company_change"
# What their files are called.
FILE_NAMES = {"record": "record-of-processing", "agreement": "processing-agreement"}


class PurposeBasisForm(forms.ModelForm):  # type: ignore[type-arg]
    """The purpose is not among its fields, so its constraint is not asked by itself."""

    class Meta:
        model = PurposeBasis
        fields = (
            *("legal_basis", "explanation_de", "explanation_en"),
            *("expires_after_months", "proof_years"),
        )

    def clean_legal_basis(self) -> str:
        basis = str(self.cleaned_data["legal_basis"])
        if self.instance.purpose == Purpose.MARKETING and basis not in FOR_MARKETING:
            raise forms.ValidationError(_("Advertising needs a consent (§ 7 (2) UWG)."))
        return basis


@admin.register(PurposeBasis)
class PurposeBasisAdmin(KeptAdmin):
    """One row for each purpose: they come with the program."""

    form = PurposeBasisForm
    list_display = ("purpose", "legal_basis", "show_months", "show_proof")
    fields = (
        *("purpose", "legal_basis", "explanation_de", "explanation_en"),
        *("expires_after_months", "proof_years"),
    )
    readonly_fields = ("purpose",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @display(description=_("how long a consent lasts"))
    def show_months(self, row: PurposeBasis) -> str:
        return months_in_words(row.expires_after_months)

    @display(description=_("proof is kept"))
    def show_proof(self, row: PurposeBasis) -> str:
        return proof_in_words(row.proof_years)


@admin.register(Processor)
class ProcessorAdmin(HouseAdmin):
    list_display = ("name", "country", "transfer", "contract_on")
    search_fields = ("name",)
    fields = (
        *("name", "address", "does_de", "does_en", "country", "transfer", "contract_on"),
        "position",
    )


@admin.register(Company)
class CompanyAdmin(KeptAdmin):
    """One row: its list leads to it."""

    fieldsets = (
        (None, {"fields": ("name", "address", "representative", "email", "phone")}),
        (_("Data protection"), {"fields": ("officer", "authority", "measures")}),
        (_("Links"), {"fields": ("privacy_url", "imprint_url")}),
    )
    change_form_before_template = "consent/company_documents.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, URLField):
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row, _new = Company.objects.get_or_create(pk=1)
        return HttpResponseRedirect(reverse(COMPANY, args=[row.pk]))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        shared = {
            "processors": Processor.objects.all(),
            "missing": record_of_processing(_language_of(request)).missing,
        }
        response: HttpResponse = super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **shared}
        )
        return response

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        own = [
            path(f"{name}{ending}", guarded(view), name=f"consent_company_{name}{suffix}")
            for name in FILE_NAMES
            for ending, suffix, view in (
                ("/", "", self._shown(name)),
                (".pdf", "_pdf", self._downloaded(name)),
            )
        ]
        return [*own, *super().get_urls()]

    def _shown(self, name: str) -> Any:
        @require_safe
        def view(request: HttpRequest) -> HttpResponse:
            document = self._document(request, name)
            links = [
                (code, words, f"?{_query(request, code)}") for code, words in settings.LANGUAGES
            ]
            with override(document.language):
                blocks = [
                    (section, [(kind_of(block), block) for block in section.blocks])
                    for section in document.sections
                ]
            context = {
                **self.admin_site.each_context(request),
                "title": document.title,
                "opts": self.opts,
                "document": document,
                "sections": blocks,
                "languages": links,
                "pdf": f"{reverse(f'admin:consent_company_{name}_pdf')}"
                f"?{_query(request, document.language)}",
                "back": reverse("admin:consent_company_changelist"),
            }
            return TemplateResponse(request, "consent/document.html", context)

        return view

    def _downloaded(self, name: str) -> Any:
        @require_safe
        def view(request: HttpRequest) -> HttpResponse:
            document = self._document(request, name)
            file_name = f"{FILE_NAMES[name]}-{document.language}.pdf"
            headers = {"Content-Disposition": f'attachment; filename="{file_name}"'}
            content = as_pdf(document)
            return HttpResponse(content, content_type="application/pdf", headers=headers)

        return view

    def _document(self, request: HttpRequest, name: str) -> Document:
        """For those who may see what it is made of."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        language = _language_of(request)
        if name == "record":
            return record_of_processing(language)
        return processing_agreement(language, _processor(request))


def _processor(request: HttpRequest) -> Processor | None:
    asked = request.GET.get("processor", "")
    if not asked:
        return None
    if not asked.isdecimal() or len(asked) > 18:
        raise Http404
    return get_object_or_404(Processor, pk=int(asked))


def _language_of(request: HttpRequest) -> str:
    asked = request.GET.get("language") or get_language() or ""
    return "de" if asked.startswith("de") else "en"


def _query(request: HttpRequest, language: str) -> str:
    query = request.GET.copy()
    query["language"] = language
    return query.urlencode()
