"""How long things are kept, in Django admin: the rules, what they would do, what they did."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, F, IntegerField, Value, When
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.admin_base import HouseAdmin, ReadOnlyAdmin, action, display
from accounts.models import Agent
from consent.models import RetentionRule, RetentionRun
from consent.retention import retention
from consent.retention_run import dry_run
from consent.retention_words import days_in_words

RULES = "admin:consent_retentionrule_changelist"
RUNS = "admin:consent_retentionrun_changelist"
RUN = "admin:consent_retentionrun_change"


class RetentionRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """Kinds are what the rooms keep; a rule must not be shorter than the product can bear."""

    class Meta:
        model = RetentionRule
        fields = ("kind", "purpose", "topic", "days")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "kind" in self.fields:
            narrow = [kind for kind in retention.kinds.values() if kind.is_narrow]
            self.fields["kind"] = forms.ChoiceField(
                label=_("What is kept"),
                choices=[(kind.name, kind.words) for kind in narrow],
                widget=UnfoldAdminSelectWidget,
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        name = cleaned.get("kind") or self.instance.kind
        kind = retention.kinds.get(name)
        days = cleaned.get("days")
        if kind is not None and days is not None and days < kind.least:
            message = _("At least %(least)s: fewer would take what is still needed.")
            least = days_in_words(kind.least)
            self.add_error("days", forms.ValidationError(message, params={"least": least}))
        if "purpose" in self.fields and not (cleaned.get("purpose") or cleaned.get("topic")):
            self.add_error("purpose", _("Choose a purpose or a topic. The general rule is there."))
        return cleaned


@admin.register(RetentionRule)
class RetentionRuleAdmin(HouseAdmin):
    """Every kind has its general rule, which stays; narrower ones come and go."""

    form = RetentionRuleForm
    list_display = ("show_kind", "show_about", "show_days", "show_note")
    list_per_page = 100
    actions_list = ("dry_run_now",)
    fields = ("kind", "purpose", "topic", "days")

    def get_fields(self, request: HttpRequest, obj: RetentionRule | None = None) -> Any:
        if obj is None:
            return self.fields
        about = ("show_about",) if obj.purpose or obj.topic_id else ()
        return ("show_kind", *about, "days", "show_note")

    def get_readonly_fields(self, request: HttpRequest, obj: RetentionRule | None = None) -> Any:
        return ("show_kind", "show_about", "show_note")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_general = obj is not None and not (obj.purpose or obj.topic_id)
        return not is_general and super().has_delete_permission(request, obj)

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        """As the nightly run goes, the general rule of a kind first."""
        places = [When(kind=kind.name, then=Value(kind.order)) for kind in retention.kinds.values()]
        place = Case(*places, default=Value(0), output_field=IntegerField())
        return (place.asc(), "purpose", F("topic").asc(nulls_first=True))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}  # several at once would take general rules along

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.dry_run_view)
        own = [path("dry-run/", view, name="consent_retentionrule_dry_run")]
        return [*own, *super().get_urls()]

    @display(description=_("data"))
    def show_kind(self, rule: RetentionRule) -> str:
        kind = retention.kinds.get(rule.kind)
        return str(kind.words) if kind else rule.kind

    @display(description=_("of"))
    def show_about(self, rule: RetentionRule) -> str:
        if rule.topic_id:
            return str(rule.topic)
        return str(rule.get_purpose_display()) if rule.purpose else gettext("everything")

    @display(description=_("kept for"), ordering="days")
    def show_days(self, rule: RetentionRule) -> str:
        return days_in_words(rule.days)

    @display(description=_("note"))
    def show_note(self, rule: RetentionRule) -> str:
        kind = retention.kinds.get(rule.kind)
        return str(kind.note) if kind and kind.note else "–"

    @action(description=_("Dry run"), url_path="dry-run-now", icon="preview")
    def dry_run_now(self, request: HttpRequest) -> HttpResponse:
        """Asks first: counting may take a while on a large database."""
        return HttpResponseRedirect(reverse("admin:consent_retentionrule_dry_run"))

    def dry_run_view(self, request: HttpRequest) -> HttpResponse:
        """GET shows the last runs and a button; POST counts, and shows what a run would remove."""
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            assert isinstance(request.user, Agent)
            run = dry_run(request.user)
            messages.success(request, gettext("Counted. Nothing was removed."))
            return HttpResponseRedirect(reverse(RUN, args=[run.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Dry run"),
            "opts": self.opts,
            "runs": RetentionRun.objects.all()[:5],
            "back": reverse(RULES),
        }
        return TemplateResponse(request, "consent/dry_run.html", context)


@admin.register(RetentionRun)
class RetentionRunAdmin(ReadOnlyAdmin):
    list_display = ("started_at", "show_kind", "show_total", "show_state", "by")
    list_filter = ("is_dry",)
    list_select_related = ("by",)

    @display(description=_("kind"), label={True: "info", False: "success"})
    def show_kind(self, run: RetentionRun) -> tuple[bool, str]:
        return run.is_dry, gettext("dry run") if run.is_dry else gettext("removed")

    @display(description=_("count"))
    def show_total(self, run: RetentionRun) -> str:
        return str(run.total)

    @display(
        description=_("state"), label={"failed": "danger", "ended": "success", "cut": "warning"}
    )
    def show_state(self, run: RetentionRun) -> tuple[str, str]:
        return state_of(run)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What went, or would go: by kind, with how old the oldest is."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = self.get_object(request, object_id)
        if run is None:
            raise Http404
        run = get_object_or_404(RetentionRun, pk=run.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("What would go") if run.is_dry else gettext("What went"),
            "opts": self.opts,
            "run": run,
            "state": state_of(run)[1],
            "lines": lines_of(run),
            "again": reverse("admin:consent_retentionrule_dry_run"),
            "rules": reverse(RULES),
            "back": reverse(RUNS),
        }
        return TemplateResponse(request, "consent/run.html", context)


def state_of(run: RetentionRun) -> tuple[str, str]:
    """A key and words: ended, with errors, or cut off."""
    if run.failed:
        return "failed", gettext("with errors")
    if run.ended_at:
        return "ended", gettext("ended")
    is_silent = (timezone.now() - run.worked_at).total_seconds() > 3600
    return ("cut", gettext("cut off")) if is_silent else ("running", gettext("under way"))


def lines_of(run: RetentionRun) -> list[dict[str, Any]]:
    """One for each kind, those with something first."""
    lines = []
    for name, kind in retention.kinds.items():
        found = run.counts.get(name, {"count": 0, "oldest": None})
        lines.append(
            {
                "words": kind.words,
                "count": found["count"],
                "oldest": found["oldest"] and parse_datetime(found["oldest"]),
                "error": run.failed.get(name, ""),
            }
        )
    return lines
