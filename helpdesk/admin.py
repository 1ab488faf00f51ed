"""Parked tasks in Django admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import notice_pages
from accounts.admin_base import ReadOnlyAdmin, action, display, preformatted, pretty_json
from helpdesk.models import ParkedTask
from helpdesk.parking import give_up, run_again

notice_pages.PAGES["task"] = "admin:helpdesk_parkedtask_change"


class IsOpen(admin.SimpleListFilter):
    """Open ones unless asked otherwise: the others are history."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("set aside")), ("settled", _("settled"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ParkedTask]
    ) -> QuerySet[ParkedTask]:
        if self.value() is None:
            return queryset
        return queryset.filter(settled_at__isnull=self.value() == "open")


@admin.register(ParkedTask)
class ParkedTaskAdmin(ReadOnlyAdmin):
    """Look at what failed, and have it run again once that is mended."""

    list_display = ("name", "show_state", "cause", "error", "times", "queue", "first_at", "last_at")
    list_filter = (IsOpen, "cause", "queue")
    search_fields = ("name", "error")
    actions = ("process_again", "give_up")
    list_disable_select_all = False
    fields = (
        *("name", "show_arguments", "queue", "cause", "error", "times"),
        *("first_at", "last_at", "settled_at", "show_trace"),
    )

    @display(description=_("state"), label={True: "success", False: "warning"})
    def show_state(self, row: ParkedTask) -> tuple[bool, Any]:
        is_settled = row.settled_at is not None
        return is_settled, _("settled") if is_settled else _("set aside")

    @display(description=_("arguments"))
    def show_arguments(self, row: ParkedTask) -> SafeString:
        return pretty_json({"args": row.args, "kwargs": row.kwargs})

    @display(description=_("trace"))
    def show_trace(self, row: ParkedTask) -> SafeString:
        return preformatted(row.trace or "–")

    @action(description=_("Process again"))
    def process_again(self, request: HttpRequest, queryset: QuerySet[ParkedTask]) -> None:
        rows = list(queryset.filter(settled_at=None))
        done = sum(run_again(row) for row in rows)
        if done < len(rows):
            self.message_user(
                request,
                _("Redis does not answer; please try again in a moment."),
                messages.ERROR,
            )
        if done:
            text = ngettext(
                "%(count)s task is processed again.", "%(count)s tasks are processed again.", done
            )
            self.message_user(request, text % {"count": done}, messages.SUCCESS)

    @action(description=_("Set aside for good"))
    def give_up(self, request: HttpRequest, queryset: QuerySet[ParkedTask]) -> None:
        rows = list(queryset.filter(settled_at=None))
        for row in rows:
            give_up(row)
        text = ngettext("%(count)s task is settled.", "%(count)s tasks are settled.", len(rows))
        self.message_user(request, text % {"count": len(rows)}, messages.SUCCESS)
