"""Saved views and actions on many conversations in Django admin: to be looked at. Agents make,
share and remove views on their own page; a run is stopped and undone where it was begun."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import ReadOnlyAdmin, ReadOnlyInline, display
from conversations.lists import Sort
from inbox.bulk.actions import ACTIONS
from inbox.bulk.look import RunView
from inbox.filter_words import condition_words, names_for
from inbox.models import BulkItem, BulkRun, SavedView, Sharing
from inbox.views.page import SORT_NAMES, VIEW_NAMES

_LEFT = (BulkItem.State.REFUSED, BulkItem.State.KEPT)
_STATES = {
    BulkRun.State.RUNNING: "info",
    BulkRun.State.UNDOING: "info",
    BulkRun.State.DONE: "success",
    BulkRun.State.STOPPED: "warning",
}


@admin.register(SavedView)
class SavedViewAdmin(ReadOnlyAdmin):
    """What is saved is a question: the rows that it finds are each agent's own."""

    list_display = ("name", "owner", "show_sharing", "show_view", "updated_at")
    list_filter = ("sharing", "team", "owner")
    list_select_related = ("owner", "team")
    search_fields = ("name", "owner__name")
    fields = (
        *("name", "owner", "sharing", "team", "show_view", "show_filter", "show_sort"),
        *("place", "created_at", "updated_at"),
    )
    readonly_fields = fields

    @display(description=_("shared with"))
    def show_sharing(self, row: SavedView) -> str:
        return str(row.team or Sharing(row.sharing).label)

    @display(description=_("view"))
    def show_view(self, row: SavedView) -> str:
        return str(VIEW_NAMES.get(row.view, row.view))

    @display(description=_("order"))
    def show_sort(self, row: SavedView) -> str:
        return str(SORT_NAMES[Sort(row.sort)])

    @display(description=_("filter"))
    def show_filter(self, row: SavedView) -> str:
        """As its owner reads it."""
        narrowed = row.read().filter
        names = names_for(row.owner, narrowed)
        return " · ".join(condition_words(one, names) for one in narrowed.conditions) or "–"


class _ItemInline(ReadOnlyInline):
    """Those that were not done or not undone; the others are as many as the run."""

    model = BulkItem
    verbose_name_plural = _("conversations that were left as they are")
    fields = ("show_conversation", "state", "reason")
    readonly_fields = fields
    show_change_link = False
    per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[BulkItem]:
        found: QuerySet[BulkItem] = super().get_queryset(request)
        rows = found.filter(state__in=_LEFT).select_related(
            "conversation__contact", "conversation__business_number"
        )
        return rows.prefetch_related("conversation__contact__identities").order_by("pk")

    @display(description=_("conversation"))
    def show_conversation(self, item: BulkItem) -> SafeString:
        page = reverse("admin:conversations_conversation_change", args=[item.conversation_id])
        link = '<a class="text-primary-600" href="{}">{}</a>'
        return format_html(link, page, item.conversation)


@admin.register(BulkRun)
class BulkRunAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "show_action", "agent", "show_state", "total", "show_left")
    list_filter = ("state", "action", "agent")
    list_select_related = ("agent",)
    search_fields = ("=id", "agent__name")
    date_hierarchy = "created_at"
    inlines = (_ItemInline,)
    fields = (
        *("show_what", "agent", "state", "show_progress", "total", "created_at", "worked_at"),
        "ended_at",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[BulkRun]:
        found: QuerySet[BulkRun] = super().get_queryset(request)
        # A count of each row that is shown, by the index of its states: not of all runs there are.
        of_run = BulkItem.objects.filter(run=OuterRef("pk"), state__in=_LEFT).order_by()
        number = of_run.values("run").annotate(number=Count("pk")).values("number")
        return found.annotate(left=Coalesce(Subquery(number), 0))

    @display(description=_("action"))
    def show_action(self, run: BulkRun) -> str:
        """Without the names that the whole title asks for: a list costs no query a row."""
        known = ACTIONS.get(run.action)
        return str(known.words) if known else run.action

    @display(description=_("state"), label=_STATES)
    def show_state(self, run: BulkRun) -> tuple[str, str]:
        return run.state, run.get_state_display()

    @display(description=_("not done"))
    def show_left(self, run: BulkRun) -> int:
        left: int = getattr(run, "left", 0)
        return left

    @display(description=_("action"))
    def show_what(self, run: BulkRun) -> str:
        known = ACTIONS.get(run.action)
        return known.title(run.params) if known else run.action

    @display(description=_("progress"))
    def show_progress(self, run: BulkRun) -> str:
        if run.action not in ACTIONS:
            return "–"
        seen = RunView.of(run)
        return f"{seen.words} {seen.reasons}".strip()
