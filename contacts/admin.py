"""Contacts in Django admin. None is made here: whoever is one wrote to us or signed up (law 1)."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import KeptAdmin, ReadOnlyInline, display
from contacts.models import Contact, Identity


class IdentityInline(ReadOnlyInline):
    model = Identity
    fields = ("kind", "value", "first_seen_at", "ended_at")
    readonly_fields = fields


@admin.register(Contact)
class ContactAdmin(KeptAdmin):
    list_display = ("display_name_", "phone_", "username_", "language", "created_at")
    search_fields = ("name", "identities__value")
    search_help_text = _("Name, phone number, username or BSUID")
    fields = ("name", "language", "created_at", "updated_at")
    readonly_fields = ("created_at", "updated_at")
    inlines = (IdentityInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        found: QuerySet[Contact] = super().get_queryset(request)
        current = Identity.objects.filter(ended_at=None)
        return found.prefetch_related(Prefetch("identities", current))

    @display(description=_("name"), ordering="name")
    def display_name_(self, contact: Contact) -> str:
        return contact.display_name

    @display(description=_("phone number"))
    def phone_(self, contact: Contact) -> str:
        return contact.phone

    @display(description=_("username"))
    def username_(self, contact: Contact) -> str:
        return contact.username
