"""The form in which a template is written. What Meta wants of it is asked of `template_editor`."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from conversations.models import TemplateCategory
from whatsapp.models import WhatsAppNumber
from whatsapp.template_editor import (
    BODY_LENGTH,
    BUTTON_LENGTH,
    FILE_HEADERS,
    FOOTER_LENGTH,
    HEADER_LENGTH,
    MOST_BUTTONS,
    NAME_LENGTH,
    URL_LENGTH,
    ButtonDraft,
    Problems,
    TemplateDraft,
    variables,
)

_MIB = 1024 * 1024
# What Meta reviews as a sample (reference, section 8), by kind of header.
_FILES = {
    "IMAGE": (("image/jpeg", "image/png"), 5 * _MIB),
    "VIDEO": (("video/mp4",), 16 * _MIB),
    "DOCUMENT": (("application/pdf",), 100 * _MIB),
}
# Stands for the handle until the file is uploaded.
CHOSEN = "chosen"

_HEADERS = (
    ("", _("No header")),
    ("TEXT", _("Text")),
    ("IMAGE", _("Photo")),
    ("VIDEO", _("Video")),
    ("DOCUMENT", _("Document")),
    ("LOCATION", _("Location")),
)
_BUTTONS = (
    ("", "–"),
    ("QUICK_REPLY", _("Answer")),
    ("URL", _("Open a website")),
    ("PHONE_NUMBER", _("Call a number")),
    ("COPY_CODE", _("Copy a code")),
    ("FLOW", _("Open a form (flow)")),
    ("REQUEST_CONTACT_INFO", _("Ask for the phone number")),
)


def _line(label: Any, longest: int, help_text: Any = "", **attrs: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        strip=True,
        help_text=help_text,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "off", "data-longest": longest, **attrs}
        ),
    )


class ButtonForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=_BUTTONS, widget=UnfoldAdminSelectWidget()
    )
    text = _line(_("Text"), BUTTON_LENGTH)
    value = _line(
        _("Target"), URL_LENGTH, _("The address (with {{1}} at its end), number, code or flow id")
    )
    sample = _line(_("Example"), URL_LENGTH, _("Of an address with a variable: the whole address"))

    def draft(self) -> ButtonDraft | None:
        """The button; None where the row is empty."""
        values = {key: str(self.cleaned_data.get(key) or "") for key in self.fields}
        return ButtonDraft(**values) if any(values.values()) else None


ButtonForms = forms.formset_factory(
    ButtonForm, extra=MOST_BUTTONS, max_num=MOST_BUTTONS, validate_max=False
)


class TemplateForm(forms.Form):
    """All of a template but its buttons. The examples of the body's variables are fields, too."""

    account = forms.ChoiceField(label=_("Business account"), widget=UnfoldAdminSelectWidget())
    name = _line(
        _("Name"), NAME_LENGTH, _("Small letters a–z, digits, underscores"), spellcheck="false"
    )
    language = _line(_("Language"), 15, _("de, en_US, pt_BR …"), spellcheck="false")
    category = forms.ChoiceField(
        label=_("Category"),
        choices=[choice for choice in TemplateCategory.choices if choice[0] != "authentication"],
        help_text=_("WhatsApp may decide otherwise. Marketing needs the customer's consent."),
        widget=UnfoldAdminSelectWidget(),
    )
    variables_are = forms.ChoiceField(
        label=_("Variables"),
        choices=[("positional", _("by position: {{1}}")), ("named", _("by name: {{first_name}}"))],
        widget=UnfoldAdminSelectWidget(),
    )
    header = forms.ChoiceField(
        label=_("Header"), required=False, choices=_HEADERS, widget=UnfoldAdminSelectWidget()
    )
    header_text = _line(_("Header's text"), HEADER_LENGTH)
    header_sample = _line(_("Example for the header's variable"), HEADER_LENGTH)
    header_file = forms.FileField(
        label=_("Sample file"),
        required=False,
        help_text=_("For the review only; every message has a file of its own."),
        widget=UnfoldAdminFileFieldWidget(),
    )
    body = forms.CharField(
        label=_("Text"),
        required=False,
        help_text=_("*bold*, _italic_, ~struck~ and `fixed width` as in WhatsApp"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 7, "data-longest": BODY_LENGTH}),
    )
    footer = _line(_("Footer"), FOOTER_LENGTH)

    def __init__(self, *args: Any, changes: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accounts = self.fields["account"]
        assert isinstance(accounts, forms.ChoiceField)
        accounts.choices = account_choices()
        if changes:  # these three make a template what it is
            for name in ("account", "name", "language", "variables_are"):
                self.fields[name].disabled = True
        body = self.data.get("body", "") if self.is_bound else self.initial.get("body", "")
        for variable in variables(str(body))[:50]:
            label = gettext("Example for %(variable)s") % {"variable": f"{{{{{variable}}}}}"}
            self.fields[f"sample-{variable}"] = _line(label, BODY_LENGTH)

    @property
    def samples(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("sample-")]

    def clean_body(self) -> str:
        return str(self.cleaned_data["body"]).replace("\r\n", "\n")

    def clean(self) -> dict[str, Any]:
        """The sample file fits the header."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        file, header = found.get("header_file"), found.get("header", "")
        if file and header in _FILES:
            types, most = _FILES[header]
            if file.content_type not in types or file.size > most:
                kinds = ", ".join(one.partition("/")[2].upper() for one in types)
                words = gettext("WhatsApp takes %(kinds)s of at most %(most)s MB here.")
                said = words % {"kinds": kinds, "most": most // _MIB}
                self.add_error("header_file", said)
        return found

    def draft(self, buttons: list[ButtonDraft]) -> TemplateDraft:
        """What was entered, for `problems` to judge."""
        found = self.cleaned_data
        header = str(found.get("header") or "")
        file = found.get("header_file") if header in FILE_HEADERS else None
        return TemplateDraft(
            name=str(found.get("name") or ""),
            language=str(found.get("language") or ""),
            category=str(found.get("category") or ""),
            is_named=found.get("variables_are") == "named",
            header=header,
            header_text=str(found.get("header_text") or "") if header == "TEXT" else "",
            header_sample=str(found.get("header_sample") or "") if header == "TEXT" else "",
            header_handle=CHOSEN if file else "",
            body=str(found.get("body") or ""),
            body_samples={
                name.removeprefix("sample-"): str(found.get(name) or "")
                for name in self.fields
                if name.startswith("sample-")
            },
            footer=str(found.get("footer") or ""),
            buttons=buttons,
        )


def account_choices() -> list[tuple[str, str]]:
    """The accounts of our numbers, named by the numbers."""
    names: dict[str, list[str]] = {}
    rows = WhatsAppNumber.objects.exclude(access_token="").exclude(waba_id="")
    for waba_id, name in rows.order_by("pk").values_list("waba_id", "name"):
        names.setdefault(waba_id, []).append(name)
    return [(waba_id, f"{', '.join(found)} ({waba_id})") for waba_id, found in names.items()]


def initial_of(draft: TemplateDraft, account: str) -> dict[str, Any]:
    """The form's first values for a template that exists."""
    return {
        "account": account,
        "name": draft.name,
        "language": draft.language,
        "category": draft.category,
        "variables_are": "named" if draft.is_named else "positional",
        "header": draft.header,
        "header_text": draft.header_text,
        "header_sample": draft.header_sample,
        "body": draft.body,
        "footer": draft.footer,
        **{f"sample-{name}": sample for name, sample in draft.body_samples.items()},
    }


def show(problems: Problems, form: TemplateForm, rows: list[ButtonForm]) -> None:
    """Put each problem at its field. `rows` are the buttons that were filled in."""
    for at, words in problems.items():
        first, _dash, rest = at.partition("-")
        for sentence in words:
            if first == "buttons" and rest:
                index, _dash, name = rest.partition("-")
                rows[int(index)].add_error(name, _error(sentence))
            else:
                form.add_error(at if at in form.fields else None, _error(sentence))


def _error(words: str | Promise) -> forms.ValidationError:
    return forms.ValidationError(words)  # type: ignore[arg-type]
