"""Templates in Django admin: seen, written, changed, copied to another language, deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import ReadOnlyAdmin, action, display, pretty_json
from conversations.events import nudge
from conversations.models import MessageTemplate, TemplateStatus
from conversations.template_text import told
from whatsapp.admin.template_cards import CardForm, CardForms, card_rows, in_order
from whatsapp.admin.template_form import ButtonForm, ButtonForms, TemplateForm, initial_of, show
from whatsapp.admin.template_values import field_names, values_form
from whatsapp.models import WhatsAppNumber
from whatsapp.template_calls import (
    TemplateRefused,
    change_template,
    create_template,
    delete_template,
    upload_sample,
)
from whatsapp.template_drafts import TemplateDraft
from whatsapp.template_editor import Problems, problems
from whatsapp.template_shapes import can_be_written, draft_of
from whatsapp.template_updates import SYNC_TASK

LIST = "admin:conversations_messagetemplate_changelist"
PAGE = "admin:conversations_messagetemplate_change"
ADD = "admin:conversations_messagetemplate_add"
# What may be changed at Meta at all (reference, section 9).
_CHANGEABLE = (TemplateStatus.APPROVED, TemplateStatus.REJECTED, TemplateStatus.PAUSED)


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ReadOnlyAdmin):
    """Templates as WhatsApp has them: synced from there, and handed in there through here."""

    list_display = (
        *("name", "language", "category", "show_status", "show_quality", "account", "synced_at"),
    )
    list_filter = ("status", "category", "quality", "language", "account", "business_numbers")
    search_fields = ("name", "components")
    actions_list = ("sync_now",)
    actions_detail = ("change_this", "copy_this", "delete_this")
    fields = (
        *("show_preview", "name", "language", "category", "previous_category", "status"),
        *("status_reason", "paused_until", "quality_words", "account", "business_numbers"),
        *("show_components", "synced_at", "topic"),
    )
    readonly_fields = tuple(field for field in fields if field != "topic")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Of its topic and where its values come from, which are ours; all else is Meta's."""
        return bool(self.has_view_permission(request, obj))

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        found = super().get_fields(request, obj)
        return [*found, *field_names(obj)] if isinstance(obj, MessageTemplate) else found

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """With a choice for each of its variables."""
        kwargs["form"] = values_form(obj)
        return super().get_form(request, obj, change, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        own = [
            path("<int:pk>/write/", guarded(self.write_view), name="whatsapp_template_write"),
            path("<int:pk>/remove/", guarded(self.remove_view), name="whatsapp_template_remove"),
        ]
        return [*own, *super().get_urls()]

    @display(
        description=_("status"),
        ordering="status",
        label={
            TemplateStatus.APPROVED: "success",
            TemplateStatus.PENDING: "info",
            TemplateStatus.PAUSED: "warning",
            TemplateStatus.REJECTED: "danger",
            TemplateStatus.DISABLED: "danger",
        },
    )
    def show_status(self, template: MessageTemplate) -> tuple[str, str]:
        return template.status, template.get_status_display()

    @display(
        description=_("quality"),
        ordering="quality",
        label={"GREEN": "success", "YELLOW": "warning", "RED": "danger"},
    )
    def show_quality(self, template: MessageTemplate) -> tuple[str, str]:
        return template.quality, self.quality_words(template)

    @display(description=_("quality"))
    def quality_words(self, template: MessageTemplate) -> str:
        words = {"GREEN": _("high"), "YELLOW": _("medium"), "RED": _("low")}
        return str(words.get(template.quality, "–"))

    @display(description=_("preview"))
    def show_preview(self, template: MessageTemplate) -> SafeString:
        """As WhatsApp shows it, cards of a carousel too; variables as they are."""
        header = template.component("HEADER")
        context = {"told": told(template, None), "header_kind": header.get("format", "")}
        return SafeString(render_to_string("whatsapp/template_preview.html", context))

    @display(description=_("components"))
    def show_components(self, template: MessageTemplate) -> SafeString:
        return pretty_json(template.components)

    @action(description=_("Sync now"), url_path="sync-now", icon="sync")
    def sync_now(self, request: HttpRequest) -> HttpResponse:
        if nudge(SYNC_TASK):
            messages.success(request, _("The templates are being synced; reload in a moment."))
        else:
            messages.error(request, _("Redis does not answer; please try again."))
        return HttpResponseRedirect(reverse(LIST))

    @action(description=_("Change…"), url_path="to-change", icon="edit")
    def change_this(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:whatsapp_template_write", args=[object_id]))

    @action(description=_("Copy…"), url_path="to-copy", icon="content_copy")
    def copy_this(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return HttpResponseRedirect(f"{reverse(ADD)}?copy={int(object_id)}")

    @action(description=_("Delete…"), url_path="to-delete", icon="delete")
    def delete_this(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:whatsapp_template_remove", args=[object_id]))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A new template; `?copy=ID` begins with another one, mostly for another language."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        copied = request.GET.get("copy", "")
        source = None
        if copied.isascii() and copied.isdigit() and len(copied) < 10:
            source = MessageTemplate.objects.filter(pk=int(copied)).first()
        if source is not None and not can_be_written(source):
            return self._not_here(request, source)
        begin = replace(draft_of(source), language="") if source else None
        return self._write(request, begin, source.account if source else "", None)

    def write_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A changed template, handed in for another review."""
        template = get_object_or_404(MessageTemplate, pk=pk)
        if not self.has_add_permission(request):
            raise PermissionDenied
        if template.status not in _CHANGEABLE or not template.external_id:
            words = _("Only approved, rejected and paused templates can be changed.")
            messages.error(request, words)
            return HttpResponseRedirect(reverse(PAGE, args=[pk]))
        if not can_be_written(template):
            return self._not_here(request, template)
        return self._write(request, draft_of(template), template.account, template)

    def remove_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asks before it deletes a template at WhatsApp."""
        template = get_object_or_404(MessageTemplate, pk=pk)
        if not self.has_add_permission(request):
            raise PermissionDenied
        back = reverse(PAGE, args=[pk])
        number = _number_of(template.account)
        if request.method == "POST" and number is not None:
            try:
                delete_template(number, template)
            except TemplateRefused as error:
                messages.error(request, error.words)
                return HttpResponseRedirect(back)
            self.log_deletions(request, MessageTemplate.objects.filter(pk=pk))
            messages.success(request, _("The template is deleted at WhatsApp."))
            return HttpResponseRedirect(reverse(LIST))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Delete a template"),
            "opts": self.opts,
            "template": template,
            "back": back,
        }
        return TemplateResponse(request, "whatsapp/template_remove.html", context)

    def _not_here(self, request: HttpRequest, template: MessageTemplate) -> HttpResponse:
        words = _("This template has parts that can only be written in WhatsApp Manager.")
        messages.error(request, words)
        return HttpResponseRedirect(reverse(PAGE, args=[template.pk]))

    def _write(
        self,
        request: HttpRequest,
        begin: TemplateDraft | None,
        account: str,
        template: MessageTemplate | None,
    ) -> HttpResponse:
        posted = request.method == "POST"
        initial = initial_of(begin, account) if begin else None
        rows = [vars(button) for button in begin.buttons] if begin else None
        card_values = card_rows(begin) if begin else None
        form = TemplateForm(
            request.POST if posted else None,
            request.FILES if posted else None,
            initial=initial,
            changes=template is not None,
        )
        buttons = ButtonForms(request.POST if posted else None, initial=rows, prefix="buttons")
        has_cards = posted and "cards-TOTAL_FORMS" in request.POST  # a program may leave them out
        cards = CardForms(
            request.POST if has_cards else None,
            request.FILES if has_cards else None,
            initial=card_values,
            prefix="cards",
        )
        valid = [form.is_valid(), buttons.is_valid(), cards.is_valid() or not has_cards]
        if all(valid):
            entered = Entered(form, list(buttons.forms), in_order(cards) if has_cards else [])
            saved = self._hand_in(request, entered, template)
            if saved is not None:
                return _done(request, reverse(PAGE, args=[saved.pk]))
        titles = (gettext("Write a template"), gettext("Change a template"))
        context = {
            **self.admin_site.each_context(request),
            "title": titles[template is not None],
            "opts": self.opts,
            "form": form,
            "buttons": buttons,
            "cards": cards,
            "card_rows": in_order(cards),
            "template": template,
            "back": reverse(PAGE, args=[template.pk]) if template else reverse(LIST),
        }
        return TemplateResponse(request, "whatsapp/template_write.html", context)

    def _hand_in(
        self, request: HttpRequest, entered: Entered, template: MessageTemplate | None
    ) -> MessageTemplate | None:
        """Check, upload the samples, send. None: something is wrong, and stands at its field."""
        form = entered.form
        draft = entered.draft()
        found = problems(draft)
        account = str(form.cleaned_data["account"])
        number = _number_of(account)
        if number is None:
            found.setdefault("account", []).append(_("No number of this account has a token."))
        approved = template is not None and template.status == TemplateStatus.APPROVED
        if approved and template is not None and draft.category != template.category:
            words = _("The category of an approved template cannot be changed.")
            found.setdefault("category", []).append(words)
        files_fit = entered.files_fit()
        if found or number is None or not files_fit:
            entered.show(found)
            return None
        try:
            draft = entered.uploaded(number)
            if template is None:
                template = create_template(number, draft)
                self.log_addition(request, template, "handed in")
            else:
                change_template(number, template, draft)
                self.log_change(request, template, "handed in")
        except TemplateRefused as error:
            entered.show({error.at: [error.words]})
            return None
        messages.success(request, _("The template was handed in; WhatsApp reviews it."))
        return template


class Entered:
    """What was entered on the page: the form, and the rows for buttons and cards that are used."""

    def __init__(self, form: TemplateForm, buttons: list[ButtonForm], cards: list[CardForm]):
        self.form = form
        self.buttons = [(row, button) for row in buttons if (button := row.draft())]
        kinds = form.card_buttons
        self.cards = [(row, card) for row in cards if (card := row.draft(kinds))]
        if not form.cleaned_data["card_header"]:
            self.cards = []  # they are hidden, as a header's file is without a header

    def draft(self) -> TemplateDraft:
        return self.form.draft(
            [one for _row, one in self.buttons], [one for _row, one in self.cards]
        )

    def files_fit(self) -> bool:
        """Whether the cards' files are of a kind and size that Meta takes; said at each."""
        kind = self.form.cleaned_data["card_header"]
        answers = [row.file_fits(kind) for row, _one in self.cards]  # each says its own
        return all(answers)

    def uploaded(self, number: WhatsAppNumber) -> TemplateDraft:
        """The draft with Meta's handles of its files. Raises `TemplateRefused`."""
        draft = self.draft()
        if draft.header_handle:
            file = self.form.cleaned_data["header_file"]
            handle = upload_sample(number, file, file.size, file.content_type, "header_file")
            draft = replace(draft, header_handle=handle)
        cards = []
        for index, (row, card) in enumerate(self.cards):
            file = row.cleaned_data["file"]
            at = f"cards-{index}-file"
            handle = upload_sample(number, file, file.size, file.content_type, at)
            cards.append(replace(card, handle=handle))
        return replace(draft, cards=cards)

    def show(self, found: Problems) -> None:
        """Put each problem at its field."""
        show(
            found,
            self.form,
            [row for row, _one in self.buttons],
            [row for row, _one in self.cards],
        )


def _done(request: HttpRequest, url: str) -> HttpResponse:
    """To `url`; a script that posted the form is told where to go."""
    if request.headers.get("X-Requested-With"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def _number_of(account: str) -> WhatsAppNumber | None:
    """A number whose token speaks for the account."""
    rows = WhatsAppNumber.objects.filter(waba_id=account).exclude(access_token="")
    return rows.order_by("-is_active", "pk").first() if account else None
