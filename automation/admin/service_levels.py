"""Service levels, and the promises made by them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.admin_base import KeptAdmin, ReadOnlyAdmin, display
from automation.models import SlaClock, SlaPolicy
from automation.tasks import APPLY_TASK
from conversations.events import nudge
from conversations.models import Priority

FIGURES_DAYS = 30
_MINUTES = ("first_response_min", "next_response_min", "resolution_min")
_STATES = {"missed": "danger", "kept": "success", "runs": "info", "rests": "warning"}


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    priorities = forms.TypedMultipleChoiceField(
        label=_("priorities"),
        choices=Priority.choices,
        coerce=int,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    languages = forms.MultipleChoiceField(
        label=capfirst(_("customer's languages")),
        choices=settings.LANGUAGES,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = SlaPolicy
        fields = "__all__"  # noqa: DJ007 (the admin names them)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not any(cleaned.get(name) for name in _MINUTES):
            self.add_error("first_response_min", _("A service level needs at least one time."))
        acts = ("notify", "raise_priority_to", "move_to_team")
        if cleaned.get("escalate_after_min") is None and any(cleaned.get(one) for one in acts):
            self.add_error("escalate_after_min", _("Say after how many minutes."))
        return cleaned


@admin.register(SlaPolicy)
class SlaPolicyAdmin(KeptAdmin):
    form = PolicyForm
    list_display = (
        *("place", "name", "show_state", *(f"show_{name}" for name in _MINUTES), "calendar"),
        *("show_running", "show_missed"),
    )
    list_display_links = ("name",)
    list_select_related = ("calendar",)
    search_fields = ("name",)
    autocomplete_fields = ("labels", "topics")
    actions = ("apply_now",)
    fieldsets = (
        (None, {"fields": ("name", "place", "is_active")}),
        (
            _("For which conversations"),
            {
                "fields": ("numbers", "teams", "labels", "topics", "priorities", "languages"),
                "description": _(
                    "Every condition must be met; an empty one is. The first that fits holds."
                ),
            },
        ),
        (
            _("What is promised"),
            {
                "fields": (*_MINUTES, "calendar", "warn_percent"),
                "description": _(
                    "Changed times hold for new promises. To open conversations they are applied"
                    " from the list, by “Apply to open conversations”."
                ),
            },
        ),
        (
            _("When it was missed"),
            {"fields": ("escalate_after_min", "notify", "raise_priority_to", "move_to_team")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[SlaPolicy]:
        since = timezone.now() - timedelta(days=FIGURES_DAYS)
        lately = Q(clocks__started_at__gte=since, clocks__cancelled_at=None)
        found: QuerySet[SlaPolicy] = super().get_queryset(request)
        return found.annotate(
            running=Count("clocks", filter=Q(clocks__met_at=None, clocks__cancelled_at=None)),
            promised=Count("clocks", filter=lately),
            missed=Count("clocks", filter=lately & Q(clocks__breached_at__isnull=False)),
        )

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """There are few numbers and teams: all of them can be seen."""
        if db_field.name in ("numbers", "teams"):
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.action(description=_("Apply to open conversations"))
    def apply_now(self, request: HttpRequest, _rows: QuerySet[SlaPolicy]) -> None:
        """All of them: which holds for a conversation hangs on all."""
        if nudge(APPLY_TASK):
            messages.success(
                request, gettext("The service levels are being applied to open conversations.")
            )
        else:
            messages.error(
                request, gettext("The workers cannot be reached. Please try again in a moment.")
            )

    @display(description=_("state"), ordering="is_active", label={True: "success", False: None})
    def show_state(self, policy: SlaPolicy) -> tuple[bool, str]:
        return policy.is_active, gettext("active") if policy.is_active else gettext("off")

    @display(description=_("first response"), ordering="first_response_min")
    def show_first_response_min(self, policy: SlaPolicy) -> str:
        return in_words(policy.first_response_min)

    @display(description=_("next response"), ordering="next_response_min")
    def show_next_response_min(self, policy: SlaPolicy) -> str:
        return in_words(policy.next_response_min)

    @display(description=_("resolution"), ordering="resolution_min")
    def show_resolution_min(self, policy: SlaPolicy) -> str:
        return in_words(policy.resolution_min)

    @display(description=_("running"), ordering="running")
    def show_running(self, policy: SlaPolicy) -> SafeString:
        address = reverse("admin:automation_slaclock_changelist")
        count = getattr(policy, "running", 0)
        link = '<a class="text-link" href="{}?policy__id__exact={}&amp;state=open">{}</a>'
        return format_html(link, address, policy.pk, count)

    @display(description=_("missed in 30 days"), ordering="missed")
    def show_missed(self, policy: SlaPolicy) -> str:
        missed, promised = getattr(policy, "missed", 0), getattr(policy, "promised", 0)
        return f"{missed} / {promised} ({missed * 100 // promised} %)" if promised else "–"


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("runs")), ("missed", _("missed")), ("kept", _("kept in time"))]

    def queryset(self, _request: HttpRequest, rows: QuerySet[SlaClock]) -> QuerySet[SlaClock]:
        if self.value() == "open":
            return rows.filter(met_at=None, cancelled_at=None)
        if self.value() == "missed":
            return rows.filter(breached_at__isnull=False)
        if self.value() == "kept":
            return rows.filter(met_at__isnull=False, breached_at=None)
        return rows


@admin.register(SlaClock)
class SlaClockAdmin(ReadOnlyAdmin):
    list_display = (
        *("started_at", "conversation", "policy", "target", "show_state", "due_at", "met_at"),
    )
    list_filter = (StateFilter, "target", "policy")
    list_select_related = ("conversation__contact", "conversation__business_number", "policy")
    search_fields = ("=conversation__id", "conversation__contact__name")
    date_hierarchy = "started_at"
    fields = (
        *("conversation", "policy", "target", "show_promised", "warn_percent", "started_at"),
        *("due_at", "warn_at", "warned_at", "breached_at", "escalated_at", "met_at"),
        *("cancelled_at", "paused_at", "left_s"),
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[SlaClock]:
        found: QuerySet[SlaClock] = super().get_queryset(request)
        return found.prefetch_related("conversation__contact__identities")

    @display(description=_("state"), label=_STATES)
    def show_state(self, clock: SlaClock) -> tuple[str, str]:
        if clock.breached_at:
            return "missed", gettext("missed")
        if clock.met_at:
            return "kept", gettext("kept in time")
        if clock.cancelled_at:
            return "", gettext("dropped")
        return ("rests", gettext("stands still")) if clock.paused_at else ("runs", gettext("runs"))

    @display(description=_("promised within"))
    def show_promised(self, clock: SlaClock) -> str:
        return in_words(clock.target_s // 60)


def in_words(minutes: int | None) -> str:
    """`90` as people say it; "–" for no promise. Counted in business hours, so no days."""
    if minutes is None:
        return "–"
    hours, rest = divmod(minutes, 60)
    said = []
    if hours:
        said.append(gettext("%(hours)s h") % {"hours": hours})
    if rest or not hours:
        said.append(gettext("%(minutes)s min") % {"minutes": rest})
    return " ".join(said)
