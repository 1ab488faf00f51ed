"""Legal holds in Django admin: of whom nothing may go, since when, and why.

Contacts lead here by address, and show what is said of them, since their room does not know this.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.admin_base import ReadOnlyAdmin, display
from consent.admin.handlers import demand_handler, may_handle
from consent.holds import hold_of, lift_hold, set_hold
from consent.models import LegalHold
from consent.refused import Refused
from contacts.models import Contact
from contacts.notes import ContactNote, about_contact

CONTACT = "admin:contacts_contact_change"
LIST = "admin:consent_legalhold_changelist"


class HoldForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        help_text=_("Lawsuit, investigation, duty to keep: with its reference."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class IsInForce(admin.SimpleListFilter):
    title = _("in force")
    parameter_name = "in_force"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("in force")), ("no", _("lifted"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() is None:
            return queryset
        return queryset.filter(lifted_at__isnull=self.value() == "yes")


@admin.register(LegalHold)
class LegalHoldAdmin(ReadOnlyAdmin):
    list_display = ("show_contact", "show_state", "set_at", "set_by", "lifted_at", "lifted_by")
    list_filter = (IsInForce,)
    list_select_related = ("set_by", "lifted_by")
    search_fields = ("=contact_id",)
    search_help_text = _("The contact's id")
    fields = (
        *("show_contact", "show_state", "reason", "set_at", "set_by", "lifted_at", "lifted_by"),
    )
    readonly_fields = fields

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_handle(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_handle(request)

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        name = "consent_legalhold"
        own = [
            path("of/<uuid:contact_id>/", guarded(self.contact_view), name=f"{name}_of"),
            path("<uuid:pk>/lift/", guarded(self.lift_view), name=f"{name}_lift"),
        ]
        return [*own, *super().get_urls()]

    @display(description=_("contact"))
    def show_contact(self, hold: LegalHold) -> SafeString | str:
        contact = Contact.objects.filter(pk=hold.contact_id).first()
        if contact is None:
            return gettext("erased")
        address = reverse(CONTACT, args=[contact.pk])
        return format_html('<a href="{}">{}</a>', address, contact.display_name)

    @display(description=_("state"), label={True: "danger", False: None})
    def show_state(self, hold: LegalHold) -> tuple[bool, str]:
        return hold.is_in_force, gettext("in force") if hold.is_in_force else gettext("lifted")

    def contact_view(self, request: HttpRequest, contact_id: UUID) -> HttpResponse:
        """The hold of a contact, to be lifted; or a form to set one."""
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        agent = demand_handler(request)
        contact = get_object_or_404(Contact, pk=contact_id)
        form = HoldForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                hold = set_hold(contact, form.cleaned_data["reason"], agent)
            except Refused as error:
                messages.error(request, str(error.sentence))
            else:
                # Without the reason: the log of changes is read by more people.
                self.log_addition(request, hold, "set")
                messages.success(request, gettext("Nothing of this contact will be removed."))
            return HttpResponseRedirect(request.path)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Legal hold"),
            "opts": self.opts,
            "contact": contact,
            "form": form,
            "hold": hold_of(contact),
            "earlier": LegalHold.objects.filter(contact_id=contact.survivor_id).exclude(
                lifted_at=None
            ),
            "back": reverse(CONTACT, args=[contact.pk]),
        }
        status = 422 if request.method == "POST" else 200
        return TemplateResponse(request, "consent/hold.html", context, status=status)

    def lift_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        agent = demand_handler(request)
        hold = get_object_or_404(LegalHold, pk=pk)
        try:
            lift_hold(hold, agent)
        except Refused as error:
            messages.error(request, str(error.sentence))
        else:
            self.log_change(request, hold, "lifted")
            messages.success(request, gettext("The legal hold is lifted."))
        return HttpResponseRedirect(reverse("admin:consent_legalhold_of", args=[hold.contact_id]))


def hold_note(contact: Contact) -> ContactNote | None:
    """What a contact's page says while a hold is in force."""
    hold = hold_of(contact)
    if hold is None:
        return None
    since = date_format(timezone.localtime(hold.set_at), "SHORT_DATE_FORMAT")
    words = gettext("Under a legal hold since %(date)s: nothing of this contact is removed.")
    return ContactNote(
        words % {"date": since}, reverse("admin:consent_legalhold_of", args=[contact.pk])
    )


about_contact.append(hold_note)
