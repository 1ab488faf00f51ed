"""Our numbers and accounts in Django admin: configured, checked, registered, replaced."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.validators import RegexValidator
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from accounts.admin_base import HouseAdmin, ReadOnlyAdmin, action, display
from conversations.events import nudge
from whatsapp.admin.replacing import ReplacingMixin
from whatsapp.connection import register, subscribe
from whatsapp.connection_check import check_connection, rows_of
from whatsapp.connection_words import words_of
from whatsapp.health import CheckFailed, check_account, check_number, troubles
from whatsapp.models import WhatsAppAccount, WhatsAppNumber
from whatsapp.number_state import State, limit_words, quality_of, state_of
from whatsapp.portfolios import count_anew, portfolio_in
from whatsapp.services import requeue_unknown
from whatsapp.template_updates import SYNC_TASK

PAGE = "admin:whatsapp_whatsappnumber_change"
_LABEL = "unfold/helpers/label.html"


class NumberForm(forms.ModelForm):  # type: ignore[type-arg]
    """The stored token never travels to a browser: there is only a field for a new one."""

    new_access_token = forms.CharField(
        label=_("Access token"),
        required=False,
        strip=True,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
    )

    class Meta:
        model = WhatsAppNumber
        fields = (
            *("name", "phone_number", "phone_number_id", "waba_id", "default_team"),
            *("default_topic", "is_active"),
            *("sends_read_receipts", "sends_typing"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        token = self.fields["new_access_token"]
        if self.instance.pk is None:
            token.required = True
            token.help_text = _("From Meta's app dashboard. It is stored encrypted.")
        else:
            token.help_text = _("Leave this empty to keep the stored token; it is never shown.")

    def save(self, commit: bool = True) -> WhatsAppNumber:
        if token := self.cleaned_data.get("new_access_token"):
            self.instance.access_token = token
        number: WhatsAppNumber = super().save(commit)
        return number


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """Only the portfolio, for accounts of which WhatsApp does not tell it."""

    class Meta:
        model = WhatsAppAccount
        fields = ("portfolio_id",)

    def clean_portfolio_id(self) -> str:
        entered: str = self.cleaned_data["portfolio_id"]
        if entered and not portfolio_in(entered):
            raise forms.ValidationError(_("A business portfolio's ID has digits only."))
        return entered


class PinForm(forms.Form):
    pin = forms.CharField(
        label=_("PIN of the two-step verification"),
        help_text=_("Six digits. A number without one gets the PIN you enter here."),
        validators=[RegexValidator(r"^[0-9]{6}$", _("The PIN has six digits."))],
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )


@admin.register(WhatsAppNumber)
class WhatsAppNumberAdmin(ReplacingMixin, HouseAdmin):
    form = NumberForm
    list_display = (
        *("name", "phone_number", "show_state", "show_quality", "show_limit", "waba_id"),
        *("default_team", "checked_at"),
    )
    list_filter = ("is_active", "can_send", "quality", "waba_id", "default_team")
    list_select_related = ("default_team", "replaced_by")
    search_fields = ("name", "phone_number", "=phone_number_id", "=waba_id")
    autocomplete_fields = ("default_team", "teams")
    actions_detail = ("check_now", "register_this", "replace_this")
    readonly_fields = (
        *("templates_synced_at", "show_state", "show_quality", "show_limit", "show_troubles"),
        "show_checks",
        *("verified_name", "name_status", "throughput", "is_coexistent", "username"),
        *("checked_at", "replaced_by", "replaced_at"),
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("name", "phone_number", "teams", "default_team", "default_topic"),
                    "is_active",
                )
            },
        ),
        (
            _("To customers"),
            {
                "fields": (
                    *("sends_read_receipts", "sends_typing"),
                    *("privacy_notice_de", "privacy_notice_en"),
                )
            },
        ),
        (
            _("Connection to WhatsApp"),
            {"fields": ("phone_number_id", "waba_id", "new_access_token", "templates_synced_at")},
        ),
    )
    _health = (
        _("What WhatsApp says"),
        {
            "fields": (
                *("show_state", "show_troubles", "show_checks", "show_quality", "show_limit"),
                *("throughput",),
                *("verified_name", "name_status", "username", "is_coexistent", "checked_at"),
            )
        },
    )
    _replaced = (_("Replaced"), {"fields": ("replaced_by", "replaced_at")})

    def get_fieldsets(self, request: HttpRequest, obj: WhatsAppNumber | None = None) -> Any:
        if obj is None:
            return self.fieldsets
        replaced = (self._replaced,) if obj.replaced_by_id else ()
        return (*replaced, self._health, *self.fieldsets)

    def get_readonly_fields(self, request: HttpRequest, obj: WhatsAppNumber | None = None) -> Any:
        """A number that was replaced sends no more."""
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "is_active") if obj and obj.replaced_by_id else fixed

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        own = [
            path(
                "<int:pk>/register/",
                guarded(self.register_view),
                name="whatsapp_whatsappnumber_register",
            )
        ]
        return [*own, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WhatsAppNumber]:
        """Without the token: a page that cannot decrypt it must still open, to enter it again."""
        found: QuerySet[WhatsAppNumber] = super().get_queryset(request).defer("access_token")
        return found

    def save_model(
        self, request: HttpRequest, obj: WhatsAppNumber, form: NumberForm, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        transaction.on_commit(partial(requeue_unknown, obj.phone_number_id))
        transaction.on_commit(partial(nudge, SYNC_TASK))

    @display(description=_("state"))
    def show_state(self, number: WhatsAppNumber) -> SafeString:
        return label(state_of(number))

    @display(description=_("quality"), ordering="quality")
    def show_quality(self, number: WhatsAppNumber) -> SafeString:
        return label(quality_of(number))

    @display(description=_("customers a day"), ordering="messaging_limit")
    def show_limit(self, number: WhatsAppNumber) -> str:
        """How many customers may be written to first in 24 hours, all numbers together."""
        return limit_words(number)

    @display(description=_("what is wrong"))
    def show_troubles(self, number: WhatsAppNumber) -> SafeString | str:
        return troubles_of(number.health)

    @display(description=_("connection"))
    def show_checks(self, number: WhatsAppNumber) -> SafeString | str:
        """Every check with what it found, and what helps."""
        rows = [(row, words_of(row)) for row in rows_of(number)]
        if not rows:
            return gettext("not checked yet")
        return SafeString(render_to_string("whatsapp/checks.html", {"rows": rows}))

    @action(description=_("Check now"), url_path="check-now", icon="monitor_heart")
    def check_now(self, request: HttpRequest, object_id: int) -> HttpResponse:
        number = get_object_or_404(WhatsAppNumber, pk=object_id)
        try:
            check_number(number)
            check_account(number.waba_id, number)
            check_connection(number, is_read=True)
        except CheckFailed as error:
            messages.error(request, error.words)
        else:
            words = _("Checked: %(state)s.") % {"state": state_of(number).words}
            messages.success(request, words)
        return HttpResponseRedirect(reverse(PAGE, args=[object_id]))

    @action(description=_("Register…"), url_path="to-register", icon="app_registration")
    def register_this(self, request: HttpRequest, object_id: int) -> HttpResponse:
        address = reverse("admin:whatsapp_whatsappnumber_register", args=[object_id])
        return HttpResponseRedirect(address)

    def register_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asks for the PIN; POST registers the number and subscribes to its account's webhooks."""
        number = get_object_or_404(WhatsAppNumber, pk=pk)
        if not self.has_change_permission(request, number):
            raise PermissionDenied
        form = PinForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            try:
                register(number, form.cleaned_data["pin"])
                subscribe(number)
                check_number(number)
            except CheckFailed as error:
                form.add_error("pin", error.words)
            else:
                self.log_change(request, number, "registered")
                messages.success(request, _("The number is registered; its messages arrive here."))
                return HttpResponseRedirect(reverse(PAGE, args=[pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Register a number"),
            "opts": self.opts,
            "number": number,
            "form": form,
            "back": reverse(PAGE, args=[pk]),
        }
        return TemplateResponse(request, "whatsapp/register.html", context)


@admin.register(WhatsAppAccount)
class WhatsAppAccountAdmin(ReadOnlyAdmin):
    """WhatsApp Business Accounts, as Meta tells of them; only the portfolio may be entered."""

    list_display = (
        *("waba_id", "name", "portfolio_id", "can_send", "review_status", "max_numbers"),
        "checked_at",
    )
    list_filter = ("can_send", "review_status")
    search_fields = ("name", "=waba_id")
    fields = (
        *("waba_id", "name", "portfolio_id", "can_send", "show_troubles", "show_restrictions"),
        *("review_status", "messaging_limit", "max_numbers", "show_numbers", "checked_at"),
    )
    readonly_fields = tuple(name for name in fields if name != "portfolio_id")
    form = AccountForm
    warn_unsaved_form = True

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(super(ReadOnlyAdmin, self).has_change_permission(request, obj))

    def save_model(
        self, request: HttpRequest, obj: WhatsAppAccount, form: AccountForm, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        if "portfolio_id" in form.changed_data:
            count_anew(obj)

    @display(description=_("what is wrong"))
    def show_troubles(self, account: WhatsAppAccount) -> SafeString | str:
        return troubles_of(account.health)

    @display(description=_("restrictions"))
    def show_restrictions(self, account: WhatsAppAccount) -> str:
        rows = [row for row in account.restrictions if isinstance(row, dict)]
        said = [f"{row.get('type', '')} {row.get('until', '')}".strip() for row in rows]
        return "; ".join(said).replace("_", " ").lower() or "–"

    @display(description=_("numbers"))
    def show_numbers(self, account: WhatsAppAccount) -> str:
        rows = WhatsAppNumber.objects.filter(waba_id=account.waba_id).defer("access_token")
        return ", ".join(str(row) for row in rows) or "–"


def label(state: State) -> SafeString:
    """A word in its colour."""
    colour = {"info": "default"}.get(state.colour, state.colour)
    return SafeString(render_to_string(_LABEL, {"variant": colour, "text": state.words}))


def troubles_of(health: list[object]) -> SafeString | str:
    """What Meta finds wrong, and what it says would help."""
    found = troubles(health)
    if not found:
        return gettext("nothing")
    return SafeString(render_to_string("whatsapp/troubles.html", {"troubles": found}))
