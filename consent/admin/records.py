"""The consent ledger in Django admin: to be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import ReadOnlyAdmin, display
from consent import views
from consent.admin.figures import figures_view
from consent.admin.ledger_filters import Between, OfContact, OfNumber, OfTopic
from consent.models import ConsentRecord, Topic
from consent.our_numbers import OurNumbers

Download = Callable[[HttpRequest, UUID], HttpResponse]


@admin.register(ConsentRecord)
class ConsentRecordAdmin(ReadOnlyAdmin):
    list_display = (
        *("occurred_at", "show_contact", "purpose", "show_topic", "act", "source"),
        *("business_number", "recorded_at", "show_evidence_files"),
    )
    list_filter = (
        *(OfContact, "purpose", OfTopic, "act", "source", OfNumber),
        ("occurred_at", Between),
    )
    # Not joined: the contact of erased entries is gone, and they are still listed.
    list_select_related = ()
    search_fields = ("contact__name", "contact__identities__value", "=detail__reference")
    fields = (
        *("show_evidence_files", "show_contact", "purpose", "show_topic", "act", "source"),
        *("show_words", "show_reference"),
        *("wording", "show_number", "show_identity", "show_actor", "show_evidence"),
        *("occurred_at", "clock", "recorded_at", "show_place", "show_hash", "show_previous"),
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[ConsentRecord]:
        rows: QuerySet[ConsentRecord] = super().get_queryset(request)
        named = Topic.objects.filter(key=OuterRef("topic"))
        german = (get_language() or "").startswith("de")
        return (
            rows.select_related("detail", "link", "wording")
            .prefetch_related("contact__identities")
            .annotate(named=Subquery(named.values("name_de" if german else "name_en")))
        )

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"evidence/<uuid:contact>.{kind}",
                self.admin_site.admin_view(self._for_readers(view)),
                name=f"consent_evidence_{kind}",
            )
            for kind, view in (("pdf", views.evidence_as_pdf), ("json", views.evidence_as_json))
        ]
        figures = path(
            "figures/", self.admin_site.admin_view(self.figures_view), name="consent_figures"
        )
        return [*own, figures, *super().get_urls()]

    def figures_view(self, request: HttpRequest) -> HttpResponse:
        """Sums of the whole ledger, for those who may see it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return figures_view(request, self.admin_site)

    def _for_readers(self, view: Download) -> Download:
        """Only for those who may see consent records here."""

        def guarded(request: HttpRequest, contact: UUID) -> HttpResponse:
            if not self.has_view_permission(request):
                raise PermissionDenied
            return view(request, contact)

        return guarded

    @display(description=_("evidence file"))
    def show_evidence_files(self, record: ConsentRecord) -> SafeString:
        """All of the person, not only this entry."""
        pdf, plain = (
            reverse(f"admin:consent_evidence_{kind}", args=[record.contact_id])
            for kind in ("pdf", "json")
        )
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500 underline" href="{}">{}</a> ·'
            ' <a class="text-primary-600 dark:text-primary-500 underline" href="{}">{}</a>',
            *(pdf, "PDF", plain, "JSON"),
        )

    @display(description=_("contact"))
    def show_contact(self, record: ConsentRecord) -> SafeString:
        """Whose entry it is, with all other entries; who was erased is nobody any more."""
        gone = not hasattr(record, "contact")
        address = reverse("admin:consent_consentrecord_changelist")
        return format_html(
            '<a class="text-link underline" href="{}?contact={}">{}</a>',
            *(address, record.contact_id),
            gettext("erased") if gone else record.contact.display_name,
        )

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Wordings lead here, too."""
        if lookup == "wording__id__exact":
            return True
        return bool(super().lookup_allowed(lookup, value, request))

    @display(description=_("topic"), ordering="topic")
    def show_topic(self, record: ConsentRecord) -> str:
        return getattr(record, "named", "") or record.topic or "–"

    @display(description=_("words"))
    def show_words(self, record: ConsentRecord) -> str:
        return record.words or "–"

    @display(description=_("reference"))
    def show_reference(self, record: ConsentRecord) -> str:
        return record.reference or "–"

    @display(description=_("identity"))
    def show_identity(self, record: ConsentRecord) -> str:
        return _personal(record, "identity")

    @display(description=_("recorded by"))
    def show_actor(self, record: ConsentRecord) -> str:
        return _personal(record, "actor")

    @display(description=_("evidence"))
    def show_evidence(self, record: ConsentRecord) -> str:
        return _personal(record, "evidence")

    @display(description=_("place in the chain"))
    def show_place(self, record: ConsentRecord) -> str:
        return str(record.link.sequence) if hasattr(record, "link") else "–"

    @display(description=_("hash"))
    def show_hash(self, record: ConsentRecord) -> SafeString | str:
        return _hash(record.link.hash) if hasattr(record, "link") else "–"

    @display(description=_("hash of the entry before"))
    def show_previous(self, record: ConsentRecord) -> SafeString | str:
        return _hash(record.link.previous_hash) if hasattr(record, "link") else "–"

    @display(description=_("given to"))
    def show_number(self, record: ConsentRecord) -> str:
        """Which of our numbers it was said to, and which goes on for it."""
        return OurNumbers.describe(record.business_number) or "–"


def _hash(text: str) -> SafeString:
    """64 letters without a blank, which a phone must be able to break."""
    return format_html('<span class="consent-hash">{}</span>', text)


def _personal(record: ConsentRecord, name: str) -> str:
    """A field of the personal part; a dash when it is empty or was erased."""
    return str(getattr(record.detail, name)) or "–" if hasattr(record, "detail") else "–"
