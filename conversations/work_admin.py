"""How the house works on conversations: its rules, and why conversations are resolved."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.admin_base import HouseAdmin, KeptAdmin
from conversations.models import ResolveReason, ServiceSettings


@admin.register(ResolveReason)
class ResolveReasonAdmin(KeptAdmin):
    """Conversations that were resolved for a reason keep it: it can be switched off."""

    list_display = ("name_de", "name_en", "place", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name_de", "name_en")
    ordering = ("place", "name_en")


@admin.register(ServiceSettings)
class ServiceSettingsAdmin(HouseAdmin):
    """One row: its page is shown instead of a list."""

    fields = ("reason_required", "reopen_within_hours")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: ServiceSettings | None = None
    ) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, str] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row, _made = ServiceSettings.objects.get_or_create(pk=1)
        return HttpResponseRedirect(
            reverse("admin:conversations_servicesettings_change", args=[row.pk])
        )
