"""Rules at the door: made, put in order, tried on the last conversations; what each has done."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts import notice_pages
from accounts.admin_base import KeptAdmin, ReadOnlyAdmin, action, display
from automation import door
from automation.models import AssignmentRule, RuleRun
from automation.rule_troubles import is_idle, settle_person, troubles, with_troubles
from automation.rule_words import then_words, when_words
from automation.rules import phrase

COUNTED_DAYS = 30
_ACTIONS = ("team", "person", "distributes", "priority")
_NAME = "automation_assignmentrule"
notice_pages.PAGES["rule"] = f"admin:{_NAME}_change"


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    languages = forms.MultipleChoiceField(
        label=capfirst(_("customer's languages")),
        choices=settings.LANGUAGES,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = AssignmentRule
        fields = "__all__"  # noqa: DJ007 (the admin names them)

    def clean_words(self) -> list[str]:
        words: list[str] = [one.strip() for one in self.cleaned_data["words"] or [] if one.strip()]
        for word in words:
            if phrase(word) is None:
                message = _("There is no word in “%(word)s”.")
                raise forms.ValidationError(message, params={"word": word})
        return words

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.instance.has_labels = bool(cleaned.get("adds_labels"))
        # Django leaves out constraints with columns that are not in the form.
        if not self.instance.has_labels and not any(cleaned.get(name) for name in _ACTIONS):
            self.add_error(None, _("A rule must do something."))
        person = cleaned.get("person")
        if person and not person.may_write:
            self.add_error("person", _("This agent cannot have conversations."))
        return cleaned


@admin.register(AssignmentRule)
class AssignmentRuleAdmin(KeptAdmin):
    form = RuleForm
    list_display = (
        *("place", "name", "show_state", "show_when", "show_then", "show_runs", "show_last"),
    )
    list_display_links = ("name",)
    list_select_related = ("team", "person", "attribute")
    search_fields = ("name",)
    autocomplete_fields = ("labels", "topics", "adds_labels", "chat_links")
    readonly_fields = ("show_troubles",)
    actions_list = ("try_rules",)
    fieldsets = (
        (None, {"fields": ("name", "place", "is_active", "show_troubles")}),
        (
            _("When a customer begins or reopens a conversation"),
            {
                "fields": (
                    *("numbers", "languages", "topics", "labels", "attribute", "attribute_equals"),
                    *("came_by", "chat_links", "words", "hours", "calendar", "first_contact"),
                ),
                "description": _(
                    "Every condition must be met; an empty one is. The first rule that fits acts."
                ),
            },
        ),
        (
            _("Then"),
            {
                "fields": (
                    *("team", "person", "distributes", "adds_labels", "priority", "goes_on"),
                ),
                "description": _("Whoever has a conversation already keeps it."),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[AssignmentRule]:
        found: QuerySet[AssignmentRule] = super().get_queryset(request)
        runs = RuleRun.objects.filter(rule=OuterRef("pk")).order_by()
        lately = runs.filter(ran_at__gte=timezone.now() - timedelta(days=COUNTED_DAYS))
        counted = found.annotate(
            run_count=Coalesce(Subquery(lately.values("rule").values(n=Count("pk"))), 0),
            last_run=Subquery(runs.order_by("-ran_at").values("ran_at")[:1]),
        )
        return with_troubles(counted).prefetch_related("topics", "labels", "chat_links")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """There are few numbers: all of them can be seen."""
        if db_field.name == "numbers":
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        guarded = require_safe(self.admin_site.admin_view(self.try_view))
        return [path("try/", guarded, name=f"{_NAME}_try"), *super().get_urls()]

    @action(description=_("Try it"), url_path="try-rules", icon="preview")
    def try_rules(self, _request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse(f"admin:{_NAME}_try"))

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """What the rules of now would have done with the last conversations. Changes nothing."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        rules, tried = door.try_rules()
        fitting = Counter(rule.pk for one in tried for rule in one.fitting)
        acting = Counter(rule.pk for one in tried for rule in one.acting)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Try the rules"),
            "opts": self.opts,
            "tried": tried,
            "back": reverse(f"admin:{_NAME}_changelist"),
            "rules": [(one.row, fitting[one.row.pk], acting[one.row.pk]) for one in rules],
            "left": sum(not one.acting for one in tried),
        }
        return TemplateResponse(request, "automation/try_rules.html", context)

    def get_fieldsets(self, request: HttpRequest, obj: AssignmentRule | None = None) -> Any:
        """What is wrong with it is said only where something is."""
        if obj is not None and troubles(obj):
            return self.fieldsets
        (words, shown), *others = self.fieldsets
        return ((words, {**shown, "fields": ("name", "place", "is_active")}), *others)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        settle_person(form.instance)

    @display(
        description=_("active"),
        label={"on": "success", "off": None, "idle": "danger", "": "warning"},
    )
    def show_state(self, rule: AssignmentRule) -> tuple[str, str]:
        if not rule.is_active:
            return "off", gettext("off")
        if is_idle(rule):
            return "idle", gettext("without effect")
        return ("", gettext("on, in part")) if troubles(rule) else ("on", gettext("on"))

    @display(description=_("to be mended"))
    def show_troubles(self, rule: AssignmentRule) -> str:
        found = " ".join(troubles(rule))
        return gettext("Without effect: %(why)s") % {"why": found} if is_idle(rule) else found

    @display(description=_("when"))
    def show_when(self, rule: AssignmentRule) -> str:
        return when_words(rule)

    @display(description=_("then"))
    def show_then(self, rule: AssignmentRule) -> str:
        return " · ".join(one for one in (then_words(rule), *troubles(rule)) if one)

    @display(description=_("acted in 30 days"), ordering="run_count")
    def show_runs(self, rule: AssignmentRule) -> int:
        return int(getattr(rule, "run_count", 0))

    @display(description=_("last time"), ordering="last_run")
    def show_last(self, rule: AssignmentRule) -> Any:
        return getattr(rule, "last_run", None)


@admin.register(RuleRun)
class RuleRunAdmin(ReadOnlyAdmin):
    list_display = ("ran_at", "rule", "conversation")
    list_filter = ("rule",)
    list_select_related = ("rule", "conversation__contact", "conversation__business_number")
    search_fields = ("=conversation__id",)
    date_hierarchy = "ran_at"
    fields = ("rule", "conversation", "message", "ran_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[RuleRun]:
        found: QuerySet[RuleRun] = super().get_queryset(request)
        return found.prefetch_related("conversation__contact__identities")
