"""Templates in Django admin."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import ReadOnlyAdmin, action, display, preformatted, pretty_json
from conversations.events import nudge
from conversations.models import MessageTemplate, TemplateStatus
from whatsapp.template_updates import SYNC_TASK


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ReadOnlyAdmin):
    """Templates as WhatsApp has them: synced from there, written there through here."""

    list_display = (
        *("name", "language", "category", "show_status", "show_quality", "account", "synced_at"),
    )
    list_filter = ("status", "category", "quality", "language", "account", "business_numbers")
    search_fields = ("name", "components")
    actions_list = ("sync_now",)
    fields = (
        *("name", "language", "category", "previous_category", "show_status", "status_reason"),
        *("paused_until", "show_quality", "account", "business_numbers", "show_body"),
        *("show_components", "synced_at"),
    )
    readonly_fields = fields

    @display(
        description=_("status"),
        ordering="status",
        label={
            TemplateStatus.APPROVED: "success",
            TemplateStatus.PENDING: "info",
            TemplateStatus.PAUSED: "warning",
            TemplateStatus.REJECTED: "danger",
            TemplateStatus.DISABLED: "danger",
        },
    )
    def show_status(self, template: MessageTemplate) -> tuple[str, str]:
        return template.status, template.get_status_display()

    @display(
        description=_("quality"),
        ordering="quality",
        label={"GREEN": "success", "YELLOW": "warning", "RED": "danger"},
    )
    def show_quality(self, template: MessageTemplate) -> tuple[str, str]:
        words = {"GREEN": _("high"), "YELLOW": _("medium"), "RED": _("low")}
        return template.quality, str(words.get(template.quality, "–"))

    @display(description=_("text"))
    def show_body(self, template: MessageTemplate) -> SafeString:
        return preformatted(template.body)

    @display(description=_("components"))
    def show_components(self, template: MessageTemplate) -> SafeString:
        return pretty_json(template.components)

    @action(description=_("Sync now"), url_path="sync-now", icon="sync")
    def sync_now(self, request: HttpRequest) -> HttpResponse:
        if nudge(SYNC_TASK):
            messages.success(request, _("The templates are being synced; reload in a moment."))
        else:
            messages.error(request, _("Redis does not answer; please try again."))
        return HttpResponseRedirect(reverse("admin:conversations_messagetemplate_changelist"))
