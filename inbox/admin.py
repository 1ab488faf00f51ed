"""Canned responses and macros of everybody, in Django admin. Agents have a page of their own."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import HouseAdmin, display
from inbox.list_admin import BulkRunAdmin, SavedViewAdmin
from inbox.macro_actions import described
from inbox.models import CannedResponse, Macro, Scoped

__all__ = ["BulkRunAdmin", "CannedResponseAdmin", "MacroAdmin", "SavedViewAdmin"]


class _OwnedAdmin(HouseAdmin):
    list_filter = ("is_active", "team", "agent")
    list_select_related = ("agent", "team")
    autocomplete_fields = ("agent", "team")
    readonly_fields: tuple[str, ...] = ("used", "created_at", "updated_at")

    @display(description=_("for"))
    def show_owner(self, row: Scoped) -> str:
        return str(row.agent or row.team or _("everybody"))


@admin.register(CannedResponse)
class CannedResponseAdmin(_OwnedAdmin):
    list_display = ("title", "shortcut", "show_owner", "used", "is_active", "updated_at")
    search_fields = ("title", "shortcut", "text_de", "text_en")
    fieldsets = (
        (None, {"fields": ("title", "shortcut", "text_de", "text_en")}),
        (
            _("For"),
            {
                "fields": ("agent", "team", "is_active"),
                "description": _("An agent, or a team; with neither it is for everybody."),
            },
        ),
        (_("Use"), {"fields": ("used", "created_at", "updated_at")}),
    )


@admin.register(Macro)
class MacroAdmin(_OwnedAdmin):
    """What a macro does is put together on the agents' own page, which knows each action."""

    list_display = ("name", "key", "show_owner", "show_count", "used", "is_active")
    search_fields = ("name",)
    readonly_fields = (*_OwnedAdmin.readonly_fields, "show_actions", "show_page")
    fieldsets = (
        (None, {"fields": ("name", "key", "show_actions", "show_page")}),
        (_("For"), {"fields": ("agent", "team", "is_active")}),
        (_("Use"), {"fields": ("used", "created_at", "updated_at")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @display(description=_("actions"))
    def show_count(self, row: Macro) -> int:
        return len(row.actions)

    @display(description=_("what it does"))
    def show_actions(self, row: Macro) -> str:
        return " · ".join(described([row])[0][1])

    @display(description=_("change it"))
    def show_page(self, row: Macro) -> SafeString | str:
        if row.agent_id is not None:
            return str(_("Only its agent can, on their own page."))
        url = reverse("inbox:macro-edit", args=[row.pk])
        return format_html('<a class="text-link" href="{}">{}</a>', url, _("Edit"))
