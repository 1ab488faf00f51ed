"""Attributes of contacts in the admin: what they are. What a contact has is edited in the inbox."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from accounts.admin_base import HouseAdmin, ReadOnlyAdmin, ReadOnlyInline, display
from contacts.attribute_models import (
    AttributeChoice,
    AttributeDefinition,
    AttributeKind,
    ContactAttribute,
    ContactNote,
)
from contacts.attributes import words_of
from contacts.models import Contact


class ChoiceFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """A choice needs something to choose from."""

    def clean(self) -> None:
        super().clean()
        if self.instance.kind != AttributeKind.CHOICE or any(self.errors):
            return
        filled = [form for form in self.forms if form.cleaned_data.get("key")]
        if not [form for form in filled if not form.cleaned_data.get("DELETE")]:
            raise ValidationError(_("A choice needs at least one answer."))


class ChoiceInline(TabularInline):  # type: ignore[misc]
    model = AttributeChoice
    formset = ChoiceFormSet
    hide_title = True
    extra = 0
    fields = ("key", "name_de", "name_en", "place", "is_active")
    verbose_name_plural = _("answers, for a choice")

    def has_delete_permission(
        self, request: HttpRequest, obj: AttributeDefinition | None = None
    ) -> bool:
        """One that contacts have is switched off, not deleted."""
        return obj is None or not obj.values.exists()


@admin.register(AttributeDefinition)
class AttributeDefinitionAdmin(HouseAdmin):
    list_display = (
        "show_name",
        "key",
        "kind",
        "is_required",
        "in_pane",
        "is_sensitive",
        "is_active",
    )
    list_filter = ("kind", "is_active")
    search_fields = ("key", "name_de", "name_en")
    inlines = (ChoiceInline,)
    fields = (
        *("name_de", "name_en", "key", "kind", "place"),
        *("is_required", "in_pane", "is_sensitive", "edited_by", "is_active"),
    )

    def get_readonly_fields(
        self, request: HttpRequest, obj: AttributeDefinition | None = None
    ) -> tuple[str, ...]:
        """What contacts' values, placeholders and other systems hold on to."""
        return ("key", "kind") if obj and obj.values.exists() else ()

    def has_delete_permission(
        self, request: HttpRequest, obj: AttributeDefinition | None = None
    ) -> bool:
        return obj is None or not obj.values.exists()

    @display(description=_("name"), ordering="name_de")
    def show_name(self, definition: AttributeDefinition) -> str:
        return str(definition)


class AttributeInline(ReadOnlyInline):
    """What the contact has."""

    model = ContactAttribute
    hide_title = True
    show_change_link = False
    fields = ("definition", "show_value", "updated_by", "updated_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        found = super().get_queryset(request)
        return found.select_related("definition", "choice", "updated_by")

    @display(description=_("value"))
    def show_value(self, row: ContactAttribute) -> str:
        return words_of(row)


@admin.register(ContactNote)
class ContactNoteAdmin(ReadOnlyAdmin):
    ordering = ("-created_at", "-id")
    list_display = ("created_at", "show_contact", "author", "is_pinned", "show_text")
    list_select_related = ("contact", "author")
    list_filter = ("is_pinned",)
    search_fields = ("text", "author__name", "contact__name")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("contact__identities")

    @display(description=_("contact"))
    def show_contact(self, note: ContactNote) -> str:
        contact: Contact = note.contact
        return contact.display_name

    @display(description=_("text"))
    def show_text(self, note: ContactNote) -> str:
        return note.text[:80]
