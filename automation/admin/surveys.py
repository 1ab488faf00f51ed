"""Satisfaction: how customers are asked, who was, and what they said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from accounts.admin_base import KeptAdmin, ReadOnlyAdmin, display
from automation.figures import rating_figures
from automation.models import CsatAnswer, CsatRequest, CsatSurvey
from automation.survey_words import comment_question, question, thanks

_WORDS = tuple(f"{name}_{code}" for name in ("question", "thanks") for code in ("de", "en"))
_COMMENT = ("asks_comment", "low_score", "comment_de", "comment_en")
_STATES = {"answered": "success", "asked": "info", "waiting": "warning", "skipped": None}


class SurveyForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = CsatSurvey
        fields = "__all__"  # noqa: DJ007 (the admin names them)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in (*_WORDS, "comment_de", "comment_en"):
            if name in self.fields:
                self.fields[name].widget = UnfoldAdminTextareaWidget(attrs={"rows": 2})


@admin.register(CsatSurvey)
class CsatSurveyAdmin(KeptAdmin):
    form = SurveyForm
    list_display = ("business_number", "show_state", "scale", "delay_min", "quiet_days")
    list_select_related = ("business_number",)
    readonly_fields = ("show_preview",)
    fieldsets = (
        (None, {"fields": ("business_number", "is_active", "scale")}),
        (_("Words"), {"fields": (*_WORDS, "show_preview")}),
        (_("After a low score"), {"fields": _COMMENT}),
        (_("When"), {"fields": ("delay_min", "quiet_days", "excluded_reasons")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: CsatSurvey | None = None) -> Any:
        return (*self.readonly_fields, "business_number") if obj else self.readonly_fields

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @display(description=_("asks"), label={True: "success", False: None})
    def show_state(self, survey: CsatSurvey) -> tuple[bool, str]:
        return survey.is_active, gettext("on") if survey.is_active else gettext("off")

    @display(description=_("as customers read it"))
    def show_preview(self, survey: CsatSurvey) -> SafeString:
        said = (question, thanks, comment_question)
        lines = ((code, each(survey, code)) for code in ("de", "en") for each in said)
        return format_html_join("", '<p class="mb-1"><b>{}</b> {}</p>', lines)


@admin.register(CsatRequest)
class CsatRequestAdmin(ReadOnlyAdmin):
    list_display = (
        *("created_at", "conversation", "show_state", "skipped", "asked_at", "agent", "team"),
    )
    list_filter = ("state", "skipped", "team")
    list_select_related = (
        *("conversation__contact", "conversation__business_number", "agent", "team"),
    )
    search_fields = ("=id", "=conversation__id", "conversation__contact__name")
    date_hierarchy = "created_at"
    fields = (
        *("conversation", "state", "skipped", "ask_at", "asked_at", "resolved_at", "agent"),
        *("team", "message", "scale", "created_at"),
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[CsatRequest]:
        found: QuerySet[CsatRequest] = super().get_queryset(request)
        return found.prefetch_related("conversation__contact__identities")

    @display(description=_("state"), ordering="state", label=_STATES)
    def show_state(self, asked: CsatRequest) -> tuple[str, str]:
        return asked.state, asked.get_state_display()


@admin.register(CsatAnswer)
class CsatAnswerAdmin(ReadOnlyAdmin):
    list_before_template = "automation/ratings.html"
    list_display = ("answered_at", "show_stars", "show_comment", "show_agent", "show_team")
    list_filter = ("score", "request__team", "request__agent")
    list_select_related = ("request__agent", "request__team", "comment")
    search_fields = ("=request__conversation__id", "request__agent__name", "comment__text")
    date_hierarchy = "answered_at"
    fields = (
        *("answered_at", "show_stars", "show_comment", "show_agent", "show_team"),
        *("show_conversation", "message"),
    )
    readonly_fields = fields

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        since = timezone.now() - timedelta(days=30)
        shown = {"figures": rating_figures(since), "figures_days": 30}
        response: HttpResponse = super().changelist_view(
            request, {**(extra_context or {}), **shown}
        )
        return response

    def get_queryset(self, request: HttpRequest) -> QuerySet[CsatAnswer]:
        found: QuerySet[CsatAnswer] = super().get_queryset(request)
        return found.prefetch_related("request__conversation__contact__identities")

    @display(description=_("score"), ordering="score")
    def show_stars(self, answer: CsatAnswer) -> str:
        return f"{'★' * answer.score}{'☆' * (5 - answer.score)} ({answer.score})"

    @display(description=_("comment"))
    def show_comment(self, answer: CsatAnswer) -> str:
        return answer.comment.text[:300] if answer.comment else "–"

    @display(description=_("agent"))
    def show_agent(self, answer: CsatAnswer) -> str:
        return str(answer.request.agent or "–")

    @display(description=_("team"))
    def show_team(self, answer: CsatAnswer) -> str:
        return str(answer.request.team or "–")

    @display(description=_("conversation"))
    def show_conversation(self, answer: CsatAnswer) -> str:
        return str(answer.request.conversation)
