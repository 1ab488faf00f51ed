"""Replacing a number in Django admin: by which, what that does, and a name typed to be sure."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.admin_base import action
from conversations.errors import CannotReplace
from conversations.services.replace_number import (
    Preview,
    begin_replacement,
    preview,
    threads_left,
)
from whatsapp.models import WhatsAppNumber

PAGE = "admin:whatsapp_whatsappnumber_change"
VIEW = "admin:whatsapp_whatsappnumber_replace"


class HeirForm(forms.Form):
    """To which number, chosen before the look at what that does."""

    to = forms.ModelChoiceField(
        label=_("New number"),
        queryset=WhatsAppNumber.objects.none(),
        widget=UnfoldAdminSelectWidget(),
    )

    def __init__(self, old: WhatsAppNumber, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        numbers = WhatsAppNumber.objects.filter(is_active=True, replaced_by=None)
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = numbers.exclude(pk=old.pk).defer("access_token")


class ConfirmForm(forms.Form):
    """The old number's name, typed."""

    name = forms.CharField(
        required=False, strip=True, widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"})
    )

    def __init__(self, old: WhatsAppNumber, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._wanted = str(old)
        self.fields["name"].label = gettext("To be sure, type the old number's name: %(name)s") % {
            "name": old
        }

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if name.casefold() != self._wanted.casefold():
            raise forms.ValidationError(_("That is not its name."))
        return name


class ReplacingMixin:
    """The action "replace by another number…" and its page."""

    admin_site: Any
    opts: Any

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view(self.replace_view)
        own = path("<int:pk>/replace/", guarded, name="whatsapp_whatsappnumber_replace")
        return [own, *super().get_urls()]  # type: ignore[misc]

    @action(description=_("Replace by another…"), url_path="to-replace", icon="move_up")
    def replace_this(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return HttpResponseRedirect(reverse(VIEW, args=[object_id]))

    def replace_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET asks for the new number and says what would be; POST with the name does it."""
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        old = get_object_or_404(WhatsAppNumber.objects.defer("access_token"), pk=pk)
        if not self.has_change_permission(request, old):  # type: ignore[attr-defined]
            raise PermissionDenied
        back = reverse(PAGE, args=[pk])
        if old.replaced_by_id is not None:
            return self._say_how_far(request, old, back)
        given = request.GET if "to" in request.GET else None
        choice = HeirForm(old, given)
        new = choice.cleaned_data["to"] if choice.is_valid() else None
        confirm = ConfirmForm(old, request.POST if request.method == "POST" else None)
        if request.method == "POST" and new is not None and confirm.is_valid():
            return self._replace(request, old, new, back)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Replace a number by another"),
            "opts": self.opts,
            "old": old,
            "new": new,
            "choice": choice,
            "confirm": confirm,
            "lines": _sentences(preview(old, new), new) if new else [],
            "back": back,
        }
        return TemplateResponse(request, "whatsapp/replace.html", context)

    def _replace(
        self, request: HttpRequest, old: WhatsAppNumber, new: WhatsAppNumber, back: str
    ) -> HttpResponse:
        try:
            begin_replacement(old, new)
        except CannotReplace as error:
            messages.error(request, error.message)
            return HttpResponseRedirect(reverse(VIEW, args=[old.pk]))
        self.log_change(request, old, f"replaced by {new.pk}")  # type: ignore[attr-defined]
        words = _("%(new)s takes the place of %(old)s. Its conversations follow now.")
        messages.success(request, words % {"new": new, "old": old})
        return HttpResponseRedirect(back)

    def _say_how_far(self, request: HttpRequest, old: WhatsAppNumber, back: str) -> HttpResponse:
        left = threads_left(old)
        if left:
            words = ngettext(
                "%(count)d conversation still has to move.",
                "%(count)d conversations still have to move.",
                left,
            )
            messages.info(request, words % {"count": left})
        else:
            messages.info(request, _("This number has been replaced; everything has moved."))
        return HttpResponseRedirect(back)


def _sentences(found: Preview, new: WhatsAppNumber) -> list[str]:
    """What replacing does, in sentences."""
    said = [
        ngettext(
            "%(count)d customer goes on with %(new)s.",
            "%(count)d customers go on with %(new)s.",
            found.contacts,
        )
        % {"count": found.contacts, "new": new},
        gettext("%(open)d open and %(resolved)d resolved conversations move.")
        % {"open": found.open_threads, "resolved": found.resolved_threads},
        gettext(
            "24-hour windows stay behind: WhatsApp lets us write freely on the new number only"
            " once the customer has written there. Until then a template is needed."
        ),
    ]
    if found.meeting:
        said.append(
            ngettext(
                "%(count)d customer has an open conversation on both numbers: the newer goes on,"
                " the other is resolved.",
                "%(count)d customers have an open conversation on both numbers: the newer goes"
                " on, the other is resolved.",
                found.meeting,
            )
            % {"count": found.meeting}
        )
    if found.queued:
        said.append(
            ngettext(
                "%(count)d message that waits to leave from the old number is blocked.",
                "%(count)d messages that wait to leave from the old number are blocked.",
                found.queued,
            )
            % {"count": found.queued}
        )
    if found.on_their_way:
        said.append(
            gettext("%(count)d messages are on their way; WhatsApp's word on them still counts.")
            % {"count": found.on_their_way}
        )
    said.append(
        gettext(
            "%(count)d consents were given to the old number. They stay as they are, stay in"
            " force, and say so."
        )
        % {"count": found.consents}
    )
    if found.templates_missing:
        said.append(
            gettext(
                "%(missing)d of %(all)d approved templates do not exist for the new number yet."
                " Please create them first."
            )
            % {"missing": found.templates_missing, "all": found.templates}
        )
    return [
        *said,
        gettext("What still arrives at the old number lands in the same conversations, marked."),
        gettext("Nothing leaves from the old number any more."),
    ]
