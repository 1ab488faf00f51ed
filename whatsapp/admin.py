"""Our numbers, templates and webhook events in Django admin."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminPasswordWidget

from accounts.admin_base import (
    HouseAdmin,
    ReadOnlyAdmin,
    action,
    display,
    preformatted,
    pretty_json,
)
from conversations.events import nudge
from conversations.models import MessageTemplate, TemplateStatus
from whatsapp.models import EventState, WebhookEvent, WhatsAppNumber
from whatsapp.services import process_again, requeue_unknown
from whatsapp.template_updates import SYNC_TASK

# The webhook fields of the reference, sections 3 to 6, for the filter.
FIELDS = (
    *("messages", "message_echoes", "smb_message_echoes", "history", "user_preferences"),
    *("message_template_status_update", "message_template_quality_update"),
    *("template_category_update", "account_update", "account_alerts", "phone_number_name_update"),
    *("phone_number_quality_update", "business_capability_update", "security", "flows", "calls"),
)


class NumberForm(forms.ModelForm):  # type: ignore[type-arg]
    """The stored token never travels to a browser: there is only a field for a new one."""

    new_access_token = forms.CharField(
        label=_("Access token"),
        required=False,
        strip=True,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
    )

    class Meta:
        model = WhatsAppNumber
        fields = ("name", "phone_number", "phone_number_id", "waba_id", "default_team", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        token = self.fields["new_access_token"]
        if self.instance.pk is None:
            token.required = True
            token.help_text = _("From Meta's app dashboard. It is stored encrypted.")
        else:
            token.help_text = _("Leave this empty to keep the stored token; it is never shown.")

    def save(self, commit: bool = True) -> WhatsAppNumber:
        if token := self.cleaned_data.get("new_access_token"):
            self.instance.access_token = token
        number: WhatsAppNumber = super().save(commit)
        return number


@admin.register(WhatsAppNumber)
class WhatsAppNumberAdmin(HouseAdmin):
    form = NumberForm
    list_display = (
        *("name", "phone_number", "phone_number_id", "waba_id", "default_team", "is_active"),
        "templates_synced_at",
    )
    list_filter = ("is_active", "default_team")
    list_select_related = ("default_team",)
    search_fields = ("name", "phone_number", "=phone_number_id", "=waba_id")
    autocomplete_fields = ("default_team",)
    readonly_fields = ("templates_synced_at",)
    fieldsets = (
        (None, {"fields": ("name", "phone_number", "default_team", "is_active")}),
        (
            _("Connection to WhatsApp"),
            {"fields": ("phone_number_id", "waba_id", "new_access_token", "templates_synced_at")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[WhatsAppNumber]:
        """Without the token: a page that cannot decrypt it must still open, to enter it again."""
        found: QuerySet[WhatsAppNumber] = super().get_queryset(request).defer("access_token")
        return found

    def save_model(
        self, request: HttpRequest, obj: WhatsAppNumber, form: NumberForm, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        transaction.on_commit(partial(requeue_unknown, obj.phone_number_id))
        transaction.on_commit(partial(nudge, SYNC_TASK))


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ReadOnlyAdmin):
    """Templates are written at Meta and synced from there."""

    list_display = ("name", "language", "category", "show_status", "account", "synced_at")
    list_filter = ("status", "category", "language", "business_numbers")
    search_fields = ("name", "components")
    actions_list = ("sync_now",)
    fields = (
        *("name", "language", "category", "status", "account", "business_numbers"),
        *("show_body", "show_components", "synced_at"),
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


class FieldFilter(admin.SimpleListFilter):
    """By webhook field; a body may hold several."""

    title = _("field")
    parameter_name = "field"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in FIELDS]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[WebhookEvent]
    ) -> QuerySet[WebhookEvent]:
        name = self.value()
        return queryset.filter(fields__contains=name) if name else queryset


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    """Every body as it came, and what became of it."""

    list_display = (
        *("id", "received_at", "show_state", "fields", "phone_number_id", "show_reason"),
        *("attempts", "processed_at"),
    )
    list_display_links = ("id", "received_at")
    list_filter = ("state", FieldFilter)
    search_fields = ("=id", "=phone_number_id", "reason")
    date_hierarchy = "received_at"
    list_per_page = 100
    actions = ("process_selected_again",)
    actions_detail = ("process_this_again",)
    readonly_fields = (
        *("received_at", "state", "reason", "phone_number_id", "show_fields", "attempts"),
        *("processed_at", "retry_at", "show_body"),
    )

    def get_fields(self, request: HttpRequest, obj: WebhookEvent | None = None) -> Any:
        return self.readonly_fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEvent]:
        """Bodies are large: a list does without them."""
        found: QuerySet[WebhookEvent] = super().get_queryset(request)
        return found.defer("body")

    @display(
        description=_("state"),
        ordering="state",
        label={
            EventState.PENDING: "info",
            EventState.WAITING: "info",
            EventState.PROCESSED: "success",
            EventState.UNKNOWN_NUMBER: "warning",
            EventState.FAILED: "danger",
        },
    )
    def show_state(self, event: WebhookEvent) -> tuple[str, str]:
        return event.state, event.get_state_display()

    @display(description=_("reason"))
    def show_reason(self, event: WebhookEvent) -> str:
        return event.reason[:120]

    @display(description=_("fields"))
    def show_fields(self, event: WebhookEvent) -> str:
        return event.fields

    @display(description=_("body"))
    def show_body(self, event: WebhookEvent) -> SafeString:
        """Indented where it is JSON; as it came where it is not."""
        raw = bytes(event.body).decode("utf-8", "replace")
        try:
            return pretty_json(json.loads(raw))
        except (ValueError, RecursionError):
            return preformatted(raw)

    @action(description=_("Process again"))
    def process_selected_again(
        self, request: HttpRequest, queryset: QuerySet[WebhookEvent]
    ) -> None:
        count = process_again(list(queryset.values_list("pk", flat=True)))
        sentence = ngettext(
            "%(count)d event is processed again.", "%(count)d events are processed again.", count
        )
        messages.success(request, sentence % {"count": count})

    @action(description=_("Process again"), url_path="process-again", icon="replay")
    def process_this_again(self, request: HttpRequest, object_id: int) -> HttpResponse:
        process_again([int(object_id)])
        messages.success(request, _("The event is processed again."))
        return HttpResponseRedirect(reverse("admin:whatsapp_webhookevent_change", args=[object_id]))
