"""Requests about personal data in Django admin: their deadlines, what they would do, and doing it.

Contacts lead here by address, since their room does not know this one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.db.models.expressions import OrderBy
from django.http import (
    FileResponse,
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
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextareaWidget

from accounts.admin_base import ReadOnlyAdmin, display
from consent import rights
from consent.admin.handlers import demand_handler, may_handle
from consent.admin.holds import hold_note
from consent.erasure import preview
from consent.exports import open_export
from consent.models.data_request import MOVES, OVER, DataRequest, RequestKind, RequestState
from consent.rights import RightsRefused, open_requests
from contacts.models import Contact

log = logging.getLogger(__name__)

PAGE = "admin:consent_datarequest_change"
LIST = "admin:consent_datarequest_changelist"
CONTACT = "admin:contacts_contact_change"
# A page of a running request is loaded again after so many seconds.
AGAIN_S = 3
STATE_COLOURS = {
    RequestState.ASKED: "warning",
    RequestState.APPROVED: "info",
    RequestState.RUNNING: "info",
    RequestState.DONE: "success",
    RequestState.FAILED: "danger",
}
_DONE_WORDS: dict[str, Promise] = {
    "approve": gettext_lazy("The request is approved."),
    "refuse": gettext_lazy("The request is refused."),
    "start": gettext_lazy("The work has begun."),
    "lift": gettext_lazy("The restriction is lifted."),
}


class AskForm(forms.Form):
    """What a customer asks for, in whatever words."""

    kind = forms.ChoiceField(
        label=_("What is asked for"),
        choices=RequestKind.choices,
        widget=UnfoldAdminRadioSelectWidget,
    )
    note = forms.CharField(
        label=_("What was asked, and how"),
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )


class RefuseForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason of the refusal"),
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class IsOpen(admin.SimpleListFilter):
    """Whether it still has to be seen to."""

    title = _("open")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("open")), ("overdue", _("overdue")), ("no", _("over"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[DataRequest]
    ) -> QuerySet[DataRequest]:
        if self.value() is None:
            return queryset
        if self.value() == "no":
            return queryset.filter(state__in=OVER)
        found = queryset.exclude(state__in=OVER)
        return found.filter(due_at__lt=timezone.now()) if self.value() == "overdue" else found


@admin.register(DataRequest)
class DataRequestAdmin(ReadOnlyAdmin):
    """The list has what is overdue first, then what is due next, then what is over."""

    list_display = ("show_kind", "show_state", "show_contact", "asked_at", "show_due", "show_asker")
    list_filter = (IsOpen, "kind", "state")
    list_select_related = ("asked_by",)
    search_fields = ("=id", "=contact_id")
    search_help_text = _("The request's or the contact's id")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_handle(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_handle(request)

    def get_ordering(self, request: HttpRequest) -> tuple[OrderBy | str, ...]:
        last = Case(When(state__in=OVER, then=Value(1)), default=0, output_field=IntegerField())
        return (last.asc(), "due_at", "id")

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        name = "consent_datarequest"
        own = [
            path("ask/<uuid:contact_id>/", guarded(self.ask_view), name=f"{name}_ask"),
            path("<uuid:pk>/act/", guarded(self.act_view), name=f"{name}_act"),
            path("<uuid:pk>/download/", guarded(self.download_view), name=f"{name}_download"),
        ]
        return [*own, *super().get_urls()]

    @display(description=_("kind"))
    def show_kind(self, row: DataRequest) -> str:
        return row.get_kind_display()

    @display(description=_("state"), ordering="state", label=STATE_COLOURS)
    def show_state(self, row: DataRequest) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description=_("contact"))
    def show_contact(self, row: DataRequest) -> SafeString | str:
        contact = Contact.objects.filter(pk=row.contact_id).first()
        if contact is None:
            return gettext("erased")
        address = reverse(CONTACT, args=[contact.pk])
        return format_html('<a href="{}">{}</a>', address, contact.display_name)

    @display(description=_("due"), ordering="due_at", label={True: "danger", False: None})
    def show_due(self, row: DataRequest) -> tuple[bool, str]:
        due = date_format(timezone.localtime(row.due_at), "SHORT_DATE_FORMAT")
        return row.is_overdue, f"{due} {gettext('overdue')}" if row.is_overdue else due

    @display(description=_("entered by"), ordering="asked_by")
    def show_asker(self, row: DataRequest) -> str:
        return str(row.asked_by or gettext("the customer"))

    # -- Pages --------------------------------------------------------------------------------

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A request: what it would do or has done, and what may be done with it."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        demand_handler(request)
        try:
            row = get_object_or_404(DataRequest, pk=UUID(str(object_id)))
        except ValueError as error:
            raise Http404 from error
        response = self._page(request, row, RefuseForm())
        if row.state == RequestState.RUNNING:
            response["Refresh"] = str(AGAIN_S)
        return response

    def ask_view(self, request: HttpRequest, contact_id: UUID) -> HttpResponse:
        """Enter a request of a contact; access is given at once."""
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        agent = demand_handler(request)
        contact = get_object_or_404(Contact, pk=contact_id)
        form = AskForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                row = rights.ask(
                    contact, form.cleaned_data["kind"], agent, form.cleaned_data["note"]
                )
                self.log_addition(request, row, f"asked {row.kind}")
                if row.kind == RequestKind.ACCESS:
                    rights.start(row, agent)
            except RightsRefused as error:
                messages.error(request, str(error.sentence))
                return HttpResponseRedirect(request.path)
            return HttpResponseRedirect(reverse(PAGE, args=[row.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Personal data of a contact"),
            "opts": self.opts,
            "contact": contact,
            "form": form,
            "open": open_requests(contact),
            "held": hold_note(contact),
            "back": reverse(CONTACT, args=[contact.pk]),
        }
        return TemplateResponse(request, "consent/ask.html", context)

    def act_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """POST does what its field `act` says: approve, refuse, start or lift."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        agent = demand_handler(request)
        row = get_object_or_404(DataRequest, pk=pk)
        act = request.POST.get("act", "")
        if act not in _DONE_WORDS:
            raise Http404
        form = RefuseForm(request.POST)
        if act == "refuse" and not form.is_valid():
            return self._page(request, row, form, status=422)
        does: dict[str, Callable[[], DataRequest]] = {
            "approve": lambda: rights.approve(row, agent),
            "refuse": lambda: rights.refuse(row, agent, form.cleaned_data["reason"]),
            "start": lambda: rights.start(row, agent),
            "lift": lambda: rights.lift(row, agent),
        }
        try:
            does[act]()
        except RightsRefused as error:
            messages.error(request, str(error.sentence))
        else:
            self.log_change(request, row, act)
            messages.success(request, str(_DONE_WORDS[act]))
        return HttpResponseRedirect(reverse(PAGE, args=[pk]))

    def download_view(self, request: HttpRequest, pk: UUID) -> HttpResponse | FileResponse:
        """The export, to who may have it; that it was taken is written down."""
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        demand_handler(request)
        row = get_object_or_404(DataRequest, pk=pk)
        try:
            content = open_export(row)
        except FileNotFoundError as error:
            raise Http404 from error
        self.log_change(request, row, "downloaded")
        log.info("export.downloaded request=%s agent=%s", row.pk, request.user.pk)
        response = FileResponse(content, as_attachment=True, filename=f"export-{row.pk}.zip")
        response["Cache-Control"] = "private, no-store"
        response["X-Content-Type-Options"] = "nosniff"
        return response

    def _page(
        self, request: HttpRequest, row: DataRequest, refusal: RefuseForm, status: int = 200
    ) -> TemplateResponse:
        contact = Contact.objects.filter(pk=row.contact_id).first()
        erases = row.kind == RequestKind.ERASURE and not row.is_over and not row.keys
        four_eyes = row.needs_two and row.asked_by_id == request.user.pk
        may_start = RequestState.RUNNING in MOVES[row.state] or (
            row.state == RequestState.ASKED and not row.needs_two
        )
        context = {
            **self.admin_site.each_context(request),
            "title": str(row.get_kind_display()),
            "opts": self.opts,
            "row": row,
            "contact": contact,
            "contact_link": contact and reverse(CONTACT, args=[contact.pk]),
            "preview": preview(contact) if contact and erases else None,
            "held": hold_note(contact) if contact else None,
            "refusal": refusal,
            "act": reverse("admin:consent_datarequest_act", args=[row.pk]),
            "download": _download_address(row),
            "back": reverse(LIST),
            "may_approve": RequestState.APPROVED in MOVES[row.state] and row.needs_two,
            "waits_for_another": four_eyes and row.state == RequestState.ASKED,
            "may_start": may_start,
            "may_refuse": RequestState.REFUSED in MOVES[row.state] and not row.keys,
            "counts": sorted(row.proof.get("counts", {}).items()),
        }
        return TemplateResponse(request, "consent/request.html", context, status=status)


def _download_address(row: DataRequest) -> str:
    is_there = row.file and row.state == RequestState.DONE
    return reverse("admin:consent_datarequest_download", args=[row.pk]) if is_there else ""
