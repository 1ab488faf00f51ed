"""Topics, the words customers use, and the versions of words they were shown."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.template.defaultfilters import linebreaksbr
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import HouseAdmin, KeptAdmin, ReadOnlyAdmin, display
from consent.models import ConsentRecord, ConsentWord, SignUpForm, Topic, Wording
from consent.own_page_words import keep_own_versions
from consent.signup_wording import keep_versions
from consent.topic_wording import (
    keep_topic_versions,
    people_who_agreed,
    text_of,
    versions_of,
)
from consent.vocabulary import forget_vocabulary
from consent.wording_changes import changes
from consent.words import normalise


@admin.register(Topic)
class TopicAdmin(KeptAdmin):
    """Switched off, not deleted: consents name its key, which stays what it is."""

    list_display = ("key", "name_de", "name_en", "frequency_de", "is_active")
    list_filter = ("is_active",)
    search_fields = ("key", "name_de", "name_en", "also_called")
    fieldsets = (
        (None, {"fields": ("key", "name_de", "name_en", "also_called", "is_active")}),
        (
            _("On sign-up pages"),
            {"fields": ("description_de", "description_en", "frequency_de", "frequency_en")},
        ),
        (
            _("Consent"),
            {
                "fields": (
                    *("legal_basis", "explanation_de", "explanation_en"),
                    *("expires_after_months", "proof_years", "show_preview", "show_versions"),
                )
            },
        ),
    )
    readonly_fields = ("show_preview", "show_versions")

    def get_readonly_fields(self, request: HttpRequest, obj: Topic | None = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "key") if obj else fixed

    def save_model(self, request: HttpRequest, obj: Topic, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        keep_topic_versions(obj)
        for offering in SignUpForm.objects.filter(topics=obj):
            keep_versions(offering)
        keep_own_versions(obj)
        transaction.on_commit(forget_vocabulary)

    @display(description=_("as people read it"))
    def show_preview(self, topic: Topic) -> SafeString | str:
        """What the newest version says, in each language."""
        if not topic.pk:
            return "–"
        return format_html_join(
            "",
            '<p class="font-semibold mb-1">{}</p><p class="mb-3">{}</p>',
            (
                (name, linebreaksbr(text_of(topic, language), autoescape=True))
                for language, name in settings.LANGUAGES
            ),
        )

    @display(description=_("versions, and how many agreed"))
    def show_versions(self, topic: Topic) -> SafeString | str:
        """Each leads to its words; those who sent a word of their own were shown none."""
        if not topic.pk:
            return "–"
        lines = []
        for version in versions_of(topic):
            agreed = ngettext("%(count)s person", "%(count)s people", version.agreed)
            count = agreed % {"count": version.agreed}
            if version.wording is None:
                lines.append(format_html("{}: {}", _("by a word of their own"), count))
                continue
            address = reverse("admin:consent_wording_change", args=[version.wording.pk])
            lines.append(
                format_html(
                    '<a class="text-link" href="{}">{}</a>: {}', address, version.wording, count
                )
            )
        return format_html_join("", "<div>{}</div>", ((line,) for line in lines)) or "–"


class ConsentWordForm(forms.ModelForm):  # type: ignore[type-arg]
    """A word is stored as it is compared: "Kündigen!" is "kuendigen"."""

    class Meta:
        model = ConsentWord
        fields = ("language", "intent", "word")

    def clean_word(self) -> str:
        word = normalise(self.cleaned_data["word"])
        longest = ConsentWord._meta.get_field("word").max_length or 0
        if not word:
            raise forms.ValidationError(_("A word needs a letter or a digit."))
        if len(word) > longest:
            too_long = _("Too long: written out it has more than %(longest)s characters.")
            raise forms.ValidationError(too_long, params={"longest": longest})
        return word


@admin.register(ConsentWord)
class ConsentWordAdmin(HouseAdmin):
    form = ConsentWordForm
    list_display = ("word", "intent", "language")
    list_filter = ("intent", "language")
    search_fields = ("word",)

    def save_model(self, request: HttpRequest, obj: ConsentWord, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        transaction.on_commit(forget_vocabulary)

    def delete_model(self, request: HttpRequest, obj: ConsentWord) -> None:
        super().delete_model(request, obj)
        transaction.on_commit(forget_vocabulary)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ConsentWord]) -> None:
        super().delete_queryset(request, queryset)
        transaction.on_commit(forget_vocabulary)


@admin.register(Wording)
class WordingAdmin(ReadOnlyAdmin):
    """Every version as it was shown, what changed in it, and how many agreed to it."""

    list_display = ("key", "language", "version", "created_at", "show_entries")
    list_filter = ("language",)
    search_fields = ("key", "text")
    fields = (
        *("key", "language", "version", "created_at", "show_agreed", "show_entries"),
        *("show_versions", "show_text", "show_changes"),
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Wording]:
        rows: QuerySet[Wording] = super().get_queryset(request)
        entries = ConsentRecord.objects.filter(wording=OuterRef("pk")).order_by().values("wording")
        return rows.annotate(entries=Subquery(entries.annotate(n=Count("pk")).values("n")))

    @display(description=_("agreed with these words"))
    def show_agreed(self, wording: Wording) -> str:
        count = people_who_agreed(wording)
        return ngettext("%(count)s person", "%(count)s people", count) % {"count": count}

    @display(description=_("entries of the ledger"))
    def show_entries(self, wording: Wording) -> SafeString | str:
        count = getattr(wording, "entries", None) or 0
        if not count:
            return "0"
        address = reverse("admin:consent_consentrecord_changelist")
        return _link(f"{address}?wording__id__exact={wording.pk}", str(count))

    @display(description=_("versions"))
    def show_versions(self, wording: Wording) -> SafeString:
        """All of this text, the newest first; the one that is open is no link."""
        rows = Wording.objects.filter(key=wording.key, language=wording.language)
        links = [
            format_html("<b>{}</b>", row.version)
            if row.pk == wording.pk
            else _link(reverse("admin:consent_wording_change", args=[row.pk]), str(row.version))
            for row in rows.only("pk", "version")
        ]
        return format_html_join(" · ", "{}", ((link,) for link in links))

    @display(description=_("as it is shown"))
    def show_text(self, wording: Wording) -> SafeString:
        return format_html('<div class="consent-page consent-words">{}</div>', wording.text)

    @display(description=_("changed since the version before"))
    def show_changes(self, wording: Wording) -> SafeString | str:
        before = Wording.objects.filter(
            key=wording.key, language=wording.language, version__lt=wording.version
        ).first()
        if before is None:
            return gettext("This is the first version.")
        tags = {"same": "{}", "gone": "<del>{}</del>", "new": "<ins>{}</ins>"}
        parts = [
            format_html(tags[part.kind], part.text) for part in changes(before.text, wording.text)
        ]
        drawn = format_html_join("", "{}", ((part,) for part in parts))
        return format_html('<div class="consent-page consent-words consent-diff">{}</div>', drawn)


def _link(address: str, words: str) -> SafeString:
    return format_html('<a class="text-link underline" href="{}">{}</a>', address, words)
