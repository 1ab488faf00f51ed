"""Agents, teams and API tokens in Django admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.admin_base import HouseAdmin, KeptAdmin, ReadOnlyAdmin, action, display
from accounts.change_history import told
from accounts.models import AdminNotice, Agent, ApiToken, Invitation, Role, Severity, Team
from accounts.notices import page_of, settle_notice

# Roles replace groups and hand-set permissions.
admin.site.unregister(Group)


class AgentCreationForm(UserCreationForm):
    class Meta:
        model = Agent
        fields = ("email", "name")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class AgentChangeForm(UserChangeForm):
    class Meta:
        model = Agent
        fields = "__all__"

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


@admin.register(Agent)
class AgentAdmin(UserAdmin, KeptAdmin):  # type: ignore[type-arg]
    """Agents are switched off, not deleted: their messages keep their author."""

    form = AgentChangeForm
    add_form = AgentCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = (
        "name",
        "email",
        "show_role",
        "team_names",
        "language",
        "is_active",
        "last_login",
    )
    list_display_links = ("name", "email")
    list_filter = ("role", "teams", "is_active", "language")
    search_fields = ("name", "email")
    ordering = ("name", "id")
    filter_horizontal = ()
    autocomplete_fields = ("teams",)
    readonly_fields = ("last_login", "created_at")
    fieldsets = (
        (None, {"fields": ("name", "email", "password")}),
        (
            _("Work"),
            {"fields": ("role", "teams", "language", "languages", "capacity", "is_active")},
        ),
        (_("Dates"), {"fields": ("last_login", "created_at")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    *("name", "email", "role", "teams", "language"),
                    *("usable_password", "password1", "password2"),
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Agent]:
        found: QuerySet[Agent] = super().get_queryset(request).prefetch_related("teams")
        return found

    def get_readonly_fields(self, request: HttpRequest, obj: Agent | None = None) -> Any:
        """Nobody locks themselves out."""
        fixed = tuple(super().get_readonly_fields(request, obj))
        return (*fixed, "role", "is_active") if obj == request.user else fixed

    @display(
        description=_("role"),
        ordering="role",
        label={Role.ADMIN: "danger", Role.LEAD: "warning", Role.AGENT: "info"},
    )
    def show_role(self, agent: Agent) -> tuple[str, str]:
        return agent.role, agent.get_role_display()

    @display(description=_("teams"))
    def team_names(self, agent: Agent) -> str:
        return ", ".join(team.name for team in agent.teams.all())


@admin.register(Team)
class TeamAdmin(HouseAdmin):
    list_display = ("name", "agent_count", "hands_out", "created_at")
    search_fields = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "created_at")}),
        (_("Handing out"), {"fields": ("hands_out", "skill_wait_min", "gives_back_min")}),
    )
    readonly_fields = ("created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        found: QuerySet[Team] = super().get_queryset(request)
        return found.annotate(agents_counted=Count("agents"))

    def has_delete_permission(self, request: HttpRequest, obj: Team | None = None) -> bool:
        """Without its team a conversation would be open to every agent: hand them on first."""
        return obj is None or not obj.conversations.exists()

    @display(description=_("agents"), ordering="agents_counted")
    def agent_count(self, team: Team) -> int:
        return int(team.agents_counted)  # type: ignore[attr-defined]


@admin.register(ApiToken)
class ApiTokenAdmin(KeptAdmin):
    """Issued here and shown once; revoked, never deleted."""

    list_display = ("name", "agent", "show_hint", "created_at", "last_used_at", "in_force")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    search_fields = ("name", "agent__name", "agent__email", "=hint")
    list_select_related = ("agent",)
    autocomplete_fields = ("agent",)
    readonly_fields = ("show_hint", "created_at", "last_used_at", "revoked_at")
    actions = ("revoke",)

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> Any:
        return ("agent", "name") if obj is None else ("agent", "name", *self.readonly_fields)

    def get_readonly_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> Any:
        return self.readonly_fields if obj is None else ("agent", *self.readonly_fields)

    def save_model(
        self,
        request: HttpRequest,
        obj: ApiToken,
        form: Any,
        change: bool,
    ) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        token = ApiToken.issue(obj.agent, obj.name)
        obj.pk = ApiToken.objects.values_list("pk", flat=True).get(digest=ApiToken.digest_of(token))
        obj.refresh_from_db()
        sentence = _("Copy this token now; it is not shown again: %(token)s") % {"token": token}
        messages.warning(request, sentence)

    @display(description=_("token"))
    def show_hint(self, token: ApiToken) -> str:
        return f"{ApiToken.PREFIX}…{token.hint}"

    @display(description=_("in force"), boolean=True)
    def in_force(self, token: ApiToken) -> bool:
        return token.revoked_at is None

    @action(description=_("Revoke the selected tokens"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        count = queryset.filter(revoked_at=None).update(revoked_at=timezone.now())
        sentence = ngettext("%(count)d token was revoked.", "%(count)d tokens were revoked.", count)
        messages.success(request, sentence % {"count": count})


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Who was asked in, and what became of it. Inviting has a page of its own."""

    list_display = ("email", "role", "invited_by", "created_at", "expires_at", "accepted_at")
    list_filter = ("role", ("accepted_at", admin.EmptyFieldListFilter))
    list_select_related = ("invited_by",)
    search_fields = ("email",)
    fields = (
        *("email", "role", "teams", "language", "invited_by", "created_at", "expires_at"),
        *("mailed_at", "accepted_at", "withdrawn_at", "agent"),
    )


@admin.register(AdminNotice)
class AdminNoticeAdmin(ReadOnlyAdmin):
    """What a person must see to, and what was. Settled by hand, or by what ends it."""

    list_display = (
        *("last_raised_at", "show_severity", "show_words", "times", "settled_at", "settled_by"),
    )
    list_display_links = ("last_raised_at",)
    list_filter = ("severity", ("settled_at", admin.EmptyFieldListFilter), "kind")
    list_select_related = ("settled_by",)
    search_fields = ("kind", "=subject")
    ordering = (F("settled_at").asc(nulls_first=True), "-last_raised_at", "-id")
    actions = ("settle_selected",)
    fields = (
        *("severity", "show_words", "show_details", "show_page", "kind", "subject", "times"),
        *("raised_at", "last_raised_at", "settled_at", "settled_by"),
    )
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view(self.settle_view)
        own = path("<int:pk>/settle/", guarded, name="accounts_adminnotice_settle")
        return [own, *super().get_urls()]

    @display(
        description=_("severity"),
        ordering="severity",
        label={Severity.CRITICAL: "danger", Severity.WARNING: "warning", Severity.INFO: "info"},
    )
    def show_severity(self, notice: AdminNotice) -> tuple[str, str]:
        return notice.severity, notice.get_severity_display()

    @display(description=_("what happened"))
    def show_words(self, notice: AdminNotice) -> str:
        return notice.words

    @display(description=_("in WhatsApp's own words"))
    def show_details(self, notice: AdminNotice) -> str:
        return notice.details or "–"

    @display(description=_("where to see to it"))
    def show_page(self, notice: AdminNotice) -> SafeString | str:
        page = page_of(notice)
        if not page:
            return "–"
        return format_html('<a class="text-link" href="{}">{}</a>', page, _("See to it"))

    @action(description=_("Settled"))
    def settle_selected(self, request: HttpRequest, queryset: QuerySet[AdminNotice]) -> None:
        by = request.user
        assert isinstance(by, Agent)
        count = sum(settle_notice(notice, by) for notice in queryset)
        sentence = ngettext("%(count)d notice is settled.", "%(count)d notices are settled.", count)
        messages.success(request, sentence % {"count": count})

    def settle_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST only; from the overview, and back to it."""
        by = request.user
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_permission(request) or not isinstance(by, Agent):
            raise PermissionDenied
        settle_notice(get_object_or_404(AdminNotice, pk=pk), by)
        return HttpResponseRedirect(reverse("admin:index"))


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """What admins changed here."""

    list_display = ("action_time", "user", "content_type", "object_repr", "show_flag", "show_words")
    fields = ("action_time", "user", "content_type", "show_object", "show_flag", "show_words")
    readonly_fields = fields
    list_filter = ("action_flag", "content_type")
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "user__name", "user__email")
    date_hierarchy = "action_time"

    @display(
        description=_("action"),
        ordering="action_flag",
        label={ADDITION: "success", CHANGE: "info", DELETION: "danger"},
    )
    def show_flag(self, entry: LogEntry) -> tuple[int, str]:
        return entry.action_flag, entry.get_action_flag_display()

    @display(description=_("what was changed"))
    def show_words(self, entry: LogEntry) -> str:
        return told(entry)

    @display(description=_("concerns"))
    def show_object(self, entry: LogEntry) -> SafeString | str:
        page = entry.get_admin_url() if entry.action_flag != DELETION else None
        if page is None:
            return entry.object_repr
        return format_html('<a class="text-link" href="{}">{}</a>', page, entry.object_repr)
