"""Imports of consents in Django admin: upload, preview, confirmation, what was refused, undoing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import phonenumbers
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
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
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.admin_base import ReadOnlyAdmin, display
from accounts.models import Agent
from consent import imports
from consent.import_file import COLUMNS, MOST_BYTES, MOST_LINES, BadFile
from consent.import_preview import given_back, preview_of
from consent.imports import ImportRefused, may_import
from consent.models.importing import ConsentImport, ImportState

PAGE = "admin:consent_consentimport_change"
LIST = "admin:consent_consentimport_changelist"
# A page of an import that is being worked on is loaded again after so many seconds.
AGAIN_S = 3
STATE_COLOURS = {
    ImportState.CHECKING: "info",
    ImportState.CHECKED: "warning",
    ImportState.WRITING: "info",
    ImportState.DONE: "success",
    ImportState.TAKING_BACK: "info",
    ImportState.FAILED: "danger",
}
STATEMENT = gettext_lazy("I have checked that these people agreed")
_DONE_WORDS: dict[str, Promise] = {
    "confirm": gettext_lazy("The consents are being written."),
    "discard": gettext_lazy("The import is discarded; nothing of it is kept."),
    "take_back": gettext_lazy("The consents are being taken back."),
    "go_on": gettext_lazy("The work goes on."),
}
_STAYS = gettext_lazy("What was not written is discarded. What was stays, and can be taken back.")
# How most of the world's spreadsheets find that letters are UTF-8.
_SAMPLE = (
    "\ufeffphone;name;language;topics;agreed_at;how;evidence;wording\r\n"
    "+49 30 23125 000;Erika Beispiel;de;{topic};2026-03-31;paper form;folder 3, sheet 17;"
    "Ja, ich möchte Nachrichten per WhatsApp.\r\n"
)


def _regions() -> list[tuple[str, Any]]:
    near = ["DE", "AT", "CH", "LI", "LU"]
    rest = sorted(set(phonenumbers.SUPPORTED_REGIONS) - set(near))
    return [("", _("none: numbers begin with + or 00")), *((one, one) for one in (*near, *rest))]


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV, or a ZIP of one CSV and the evidence files that it names."),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.tsv,.txt,.zip"}),
    )
    region = forms.ChoiceField(
        label=_("Country of numbers without +"),
        required=False,
        choices=_regions,
        widget=UnfoldAdminSelectWidget,
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(most)s MB. Please cut it in parts."),
                params={"most": MOST_BYTES // 1024 // 1024},
            )
        return file


class ConfirmForm(forms.Form):
    """Typed, not ticked: whoever confirms answers for it."""

    statement = forms.CharField(
        label=_("Your statement"), max_length=200, widget=UnfoldAdminTextInputWidget
    )

    def clean_statement(self) -> str:
        typed = " ".join(self.cleaned_data["statement"].split())
        if typed.casefold().rstrip(".") != str(STATEMENT).casefold():
            raise forms.ValidationError(_("Please type the sentence as it stands there."))
        return typed


class TakeBackForm(forms.Form):
    why = forms.CharField(
        label=_("Why it is taken back"), max_length=200, widget=UnfoldAdminTextInputWidget
    )


@admin.register(ConsentImport)
class ConsentImportAdmin(ReadOnlyAdmin):
    list_display = ("name", "show_state", "total", "uploaded_by", "uploaded_at", "confirmed_by")
    list_filter = ("state",)
    list_select_related = ("uploaded_by", "confirmed_by")
    search_fields = ("name",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_import(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_import(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_import(request.user)

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        name = "consent_consentimport"
        own = [
            path("sample.csv", guarded(self.sample_view), name=f"{name}_sample"),
            path("<uuid:pk>/act/", guarded(self.act_view), name=f"{name}_act"),
            path("<uuid:pk>/refused.csv", guarded(self.refused_view), name=f"{name}_refused"),
        ]
        return [*own, *super().get_urls()]

    @display(description=_("state"), ordering="state", label=STATE_COLOURS)
    def show_state(self, row: ConsentImport) -> tuple[str, str]:
        return row.state, row.get_state_display()

    # -- Pages --------------------------------------------------------------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Upload a file; a worker checks it, and its page says how far that is."""
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        agent = _demand(request)
        posted = request.method == "POST"
        form = UploadForm(request.POST, request.FILES) if posted else UploadForm()
        if posted and form.is_valid():
            file = form.cleaned_data["file"]
            try:
                batch = imports.begin_import(
                    file.read(), file.name, agent, form.cleaned_data["region"]
                )
            except BadFile as error:
                form.add_error("file", str(error))
            else:
                self.log_addition(request, batch, "uploaded")
                return HttpResponseRedirect(reverse(PAGE, args=[batch.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Import consents"),
            "opts": self.opts,
            "form": form,
            "columns": _column_words(),
            "most_lines": MOST_LINES,
            "sample": reverse("admin:consent_consentimport_sample"),
            "back": reverse(LIST),
        }
        return TemplateResponse(
            request, "consent/import_upload.html", context, status=422 if form.errors else 200
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """An import: how far it is, what it would write or has written, what may be done."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        _demand(request)
        try:
            row = get_object_or_404(ConsentImport, pk=UUID(str(object_id)))
        except ValueError as error:
            raise Http404 from error
        response = self._page(request, row)
        if row.is_at_work:
            response["Refresh"] = str(AGAIN_S)
        return response

    def act_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """POST does what its field `act` says: confirm, discard, take_back or go_on."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        agent = _demand(request)
        row = get_object_or_404(ConsentImport, pk=pk)
        act = request.POST.get("act", "")
        if act not in _DONE_WORDS:
            raise Http404
        forms_of = {"confirm": ConfirmForm(request.POST), "take_back": TakeBackForm(request.POST)}
        form = forms_of.get(act)
        if form is not None and not form.is_valid():
            return self._page(request, row, form, status=422)
        said = form.cleaned_data if form is not None else {}
        does: dict[str, Callable[[], ConsentImport]] = {
            "confirm": lambda: imports.confirm(row, agent, said["statement"]),
            "discard": lambda: imports.discard(row),
            "take_back": lambda: imports.take_back(row, agent, said["why"]),
            "go_on": lambda: imports.go_on(row),
        }
        try:
            after = does[act]()
        except ImportRefused as error:
            messages.error(request, str(error.sentence))
        else:
            self.log_change(request, row, act)
            messages.success(
                request,
                str(
                    _STAYS
                    if act == "discard" and after.state == ImportState.DONE
                    else _DONE_WORDS[act]
                ),
            )
        return HttpResponseRedirect(reverse(PAGE, args=[row.pk]))

    def refused_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The refused lines with their reasons, to be mended and uploaded again."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        _demand(request)
        row = get_object_or_404(ConsentImport, pk=pk)
        if not row.lines.exclude(reason="").exists():
            raise Http404
        self.log_change(request, row, "downloaded what was refused")
        words = gettext("refused-lines")
        return _csv(given_back(row), f"{words}-{row.pk}.csv")

    def sample_view(self, request: HttpRequest) -> HttpResponse:
        """A file to begin with."""
        _demand(request)
        return _csv(_SAMPLE.format(topic="news").encode(), "consents.csv")

    def _page(
        self,
        request: HttpRequest,
        row: ConsentImport,
        form: forms.Form | None = None,
        status: int = 200,
    ) -> HttpResponse:
        two = row.needs_two and row.uploaded_by == request.user
        preview = preview_of(row) if row.state != ImportState.DISCARDED else None
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Import of consents"),
            "opts": self.opts,
            "row": row,
            "preview": preview,
            "statement": STATEMENT,
            "confirm": form if isinstance(form, ConfirmForm) else ConfirmForm(),
            "take_back": form if isinstance(form, TakeBackForm) else TakeBackForm(),
            "waits_for_another": two and row.state == ImportState.CHECKED,
            "may_confirm": row.state == ImportState.CHECKED
            and not two
            and preview
            and preview.good,
            "may_discard": row.state
            in (ImportState.CHECKING, ImportState.CHECKED, ImportState.FAILED),
            "may_take_back": row.state == ImportState.DONE,
            "act": reverse("admin:consent_consentimport_act", args=[row.pk]),
            "refused": reverse("admin:consent_consentimport_refused", args=[row.pk]),
            "back": reverse(LIST),
        }
        return TemplateResponse(request, "consent/import.html", context, status=status)


def _column_words() -> list[tuple[str, str, str]]:
    """Each column: its name, what it may also be called, and what belongs there."""
    words = {
        "phone": gettext("The number with + and country code. Or one of the next two."),
        "wa_id": gettext("The number in digits, with country code and without +."),
        "bsuid": gettext("WhatsApp's id of somebody who hides their number."),
        "name": gettext("May be empty. Of people we know it changes nothing."),
        "language": gettext("de, en … May be empty."),
        "topics": gettext("Keys or names of topics, separated by |."),
        "purpose": gettext("marketing or service, when it is about no topic."),
        "agreed_at": gettext("When they agreed: 2026-03-31, or 31.03.2026 14:05."),
        "how": gettext("By what: paper form, web form of whom, recorded phone call …"),
        "evidence": gettext("Where it can be looked up, or the name of a file in the ZIP."),
        "wording": gettext("What they were shown, word for word. May be empty."),
    }
    return [(name, ", ".join(COLUMNS[name][1:]), words[name]) for name in COLUMNS]


def _csv(content: bytes, name: str) -> HttpResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


def _demand(request: HttpRequest) -> Agent:
    """Whoever asks, if they may import; 403 otherwise."""
    if not may_import(request.user):
        raise PermissionDenied
    assert isinstance(request.user, Agent)
    return request.user
