"""Topics, the words customers use, and the versions of words they were shown."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import HouseAdmin, KeptAdmin, ReadOnlyAdmin, display
from consent.models import ConsentWord, SignUpForm, Topic, Wording
from consent.own_page_words import keep_own_versions
from consent.renewal import versions_agreed_to
from consent.signup_wording import keep_versions
from consent.vocabulary import forget_vocabulary
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
        (_("Consents in force"), {"fields": ("show_agreed",)}),
    )
    readonly_fields = ("show_agreed",)

    def get_readonly_fields(self, request: HttpRequest, obj: Topic | None = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "key") if obj else fixed

    @display(description=_("agreed to which words"))
    def show_agreed(self, topic: Topic) -> SafeString | str:
        """How many consents rest on which version."""
        rows = (
            (words or gettext("no words shown (a message of their own)"), people)
            for words, people in versions_agreed_to(topic.key)
        )
        return format_html_join(", ", "{}: {}", rows) or "–"

    def save_model(self, request: HttpRequest, obj: Topic, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        for offering in SignUpForm.objects.filter(topics=obj):
            keep_versions(offering)
        keep_own_versions(obj)
        transaction.on_commit(forget_vocabulary)


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
    list_display = ("key", "language", "version", "created_at")
    list_filter = ("language",)
    search_fields = ("key",)
    fields = ("key", "language", "version", "created_at", "text")
    readonly_fields = fields
