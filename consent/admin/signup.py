"""Sign-up forms in Django admin: what they offer and say, how to share them, what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import segno
from django.conf import settings
from django.contrib import admin
from django.db.models import Count, Q, QuerySet, URLField
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline, TabularInline

from accounts.admin_base import KeptAdmin, display
from consent.models import SignUpForm, SignUpTopic, SignUpWords, Wording
from consent.signup_embed import address_of, snippet_of
from consent.signup_wording import keep_versions


class AtLeastOne(BaseInlineFormSet):  # type: ignore[type-arg]
    """A form without topics or words would be a page that asks for nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.validate_min = True


class SignUpTopicInline(TabularInline):
    model = SignUpTopic
    formset = AtLeastOne
    fields = ("topic", "position")
    extra = 0
    min_num = 1


class SignUpWordsInline(StackedInline):
    model = SignUpWords
    formset = AtLeastOne
    fields = ("language", "title", "intro", "who_we_are", "privacy")
    extra = 0
    min_num = 1
    max_num = len(settings.LANGUAGES)


@dataclass(frozen=True)
class Share:
    """What leads customers to a form."""

    address: str
    snippet: str
    qr: str
    previews: list[tuple[str, str]]


@admin.register(SignUpForm)
class SignUpFormAdmin(KeptAdmin):
    """Closed, not deleted: the ledger names it, and so do posters."""

    list_display = (
        *("slug", "business_number", "is_active", "show_begun", "show_confirmed"),
        "show_expired",
    )
    list_filter = ("is_active",)
    search_fields = ("slug", "business_number")
    fields = (
        *("slug", "business_number", "privacy_url", "imprint_url", "valid_minutes", "by_email"),
        "is_active",
        *("show_begun", "show_confirmed", "show_expired", "show_versions"),
    )
    readonly_fields = ("show_begun", "show_confirmed", "show_expired", "show_versions")
    inlines = (SignUpTopicInline, SignUpWordsInline)
    change_form_before_template = "optin/admin_share.html"

    class Media:
        js = ("js/admin-copy.js",)

    def get_readonly_fields(self, request: HttpRequest, obj: SignUpForm | None = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "slug") if obj else fixed

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, URLField):
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SignUpForm]:
        found: QuerySet[SignUpForm] = super().get_queryset(request)
        used, now = Q(sign_ups__used_at__isnull=False), timezone.now()
        return found.annotate(
            begun=Count("sign_ups"),
            confirmed=Count("sign_ups", filter=used),
            expired=Count("sign_ups", filter=~used & Q(sign_ups__expires_at__lt=now)),
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.qr_view)
        own = [path("<int:pk>/qr.svg", view, name="consent_signupform_qr")]
        return [*own, *super().get_urls()]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        keep_versions(form.instance)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        form = self.get_object(request, object_id)
        shared = {"share": share_of(form)} if form else {}
        response: HttpResponse = super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **shared}
        )
        return response

    def qr_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form's address, for a poster; `?download` saves it."""
        form = get_object_or_404(SignUpForm, pk=pk)
        drawn = BytesIO()
        # On paper something is torn off or scratched: a quarter may be missing.
        code = segno.make_qr(share_of(form).address, error="q")
        code.save(drawn, kind="svg", border=4, scale=4, xmldecl=False, light="#fff")
        response = HttpResponse(drawn.getvalue(), content_type="image/svg+xml")
        if "download" in request.GET:
            response["Content-Disposition"] = f'attachment; filename="{form.slug}.svg"'
        return response

    @display(description=_("begun"), ordering="begun")
    def show_begun(self, form: SignUpForm) -> str:
        return _count(form, "begun")

    @display(description=_("confirmed"), ordering="confirmed")
    def show_confirmed(self, form: SignUpForm) -> str:
        return _count(form, "confirmed")

    @display(description=_("expired"), ordering="expired")
    def show_expired(self, form: SignUpForm) -> str:
        return _count(form, "expired")

    @display(description=_("versions of the words"))
    def show_versions(self, form: SignUpForm) -> SafeString | str:
        """Each as it was shown, the newest first."""
        rows = Wording.objects.filter(key=form.wording_key) if form.pk else Wording.objects.none()
        links = (
            (reverse("admin:consent_wording_change", args=[row.pk]), row.language, row.version)
            for row in rows
        )
        return format_html_join(", ", '<a class="text-link" href="{}">{} {}</a>', links) or "–"


def _count(form: SignUpForm, name: str) -> str:
    return str(getattr(form, name, "–"))


def share_of(form: SignUpForm) -> Share:
    address = address_of(form)
    return Share(
        address=address,
        snippet=snippet_of(form),
        qr=reverse("admin:consent_signupform_qr", args=[form.pk]),
        previews=[
            (words.get_language_display(), f"{address}?lang={words.language}")
            for words in form.words.all()
        ],
    )
