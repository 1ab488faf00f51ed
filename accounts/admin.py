"""Agents, teams and API tokens in Django admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.admin_base import HouseAdmin, KeptAdmin, ReadOnlyAdmin, action, display
from accounts.models import Agent, ApiToken, Role, Team

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
        (_("Work"), {"fields": ("role", "teams", "language", "is_active")}),
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
    list_display = ("name", "agent_count", "created_at")
    search_fields = ("name",)
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


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """What admins changed here."""

    list_display = ("action_time", "user", "content_type", "object_repr", "action_flag")
    list_filter = ("action_flag", "content_type")
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "user__name", "user__email")
    date_hierarchy = "action_time"
