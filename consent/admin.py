"""The consent ledger in Django admin: to be read."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_base import ReadOnlyAdmin
from consent.models import ConsentRecord


@admin.register(ConsentRecord)
class ConsentRecordAdmin(ReadOnlyAdmin):
    list_display = ("occurred_at", "contact", "purpose", "act", "source", "recorded_at")
    list_filter = ("purpose", "act", "source")
    list_select_related = ("contact",)
    search_fields = ("contact__name", "contact__identities__value", "=reference")
    date_hierarchy = "occurred_at"
