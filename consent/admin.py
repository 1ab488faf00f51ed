"""The consent ledger in Django admin: to be read."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import ReadOnlyAdmin, display
from consent.models import ConsentRecord
from consent.our_numbers import OurNumbers


@admin.register(ConsentRecord)
class ConsentRecordAdmin(ReadOnlyAdmin):
    list_display = (
        *("occurred_at", "contact", "purpose", "act", "source", "business_number", "recorded_at"),
    )
    list_filter = ("purpose", "act", "source")
    list_select_related = ("contact",)
    search_fields = ("contact__name", "contact__identities__value", "=reference")
    date_hierarchy = "occurred_at"
    fields = (
        *("contact", "purpose", "act", "source", "words", "reference", "show_number"),
        *("occurred_at", "recorded_at"),
    )
    readonly_fields = fields

    @display(description=_("given to"))
    def show_number(self, record: ConsentRecord) -> str:
        """Which of our numbers it was said to, and which goes on for it."""
        return OurNumbers.describe(record.business_number) or "–"
