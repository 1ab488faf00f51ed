"""Webhook events in Django admin: every body as it came, and what became of it."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.admin_base import ReadOnlyAdmin, action, display, preformatted, pretty_json
from whatsapp.models import EventState, WebhookEvent
from whatsapp.services import process_again

# The webhook fields of the reference, sections 3 to 6, for the filter.
FIELDS = (
    *("messages", "message_echoes", "smb_message_echoes", "history", "user_preferences"),
    *("message_template_status_update", "message_template_quality_update"),
    *("template_category_update", "account_update", "account_alerts", "phone_number_name_update"),
    *("phone_number_quality_update", "business_capability_update", "security", "flows", "calls"),
)


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
        *("processed_at", "retry_at", "show_trace", "show_body"),
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

    @display(description=_("trace"))
    def show_trace(self, event: WebhookEvent) -> SafeString | str:
        """Where in our code it failed, without content."""
        return preformatted(event.trace) if event.trace else "–"

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
