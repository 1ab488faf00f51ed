"""The form in which a template is written. What Meta wants of it is asked of `template_editor`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
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
from whatsapp.template_drafts import (
    BODY_LENGTH,
    BUTTON_LENGTH,
    CARD_BUTTONS,
    FILE_HEADERS,
    FOOTER_LENGTH,
    HEADER_LENGTH,
    MOST_BUTTONS,
    NAME_LENGTH,
    URL_LENGTH,
    ButtonDraft,
    CardDraft,
    TemplateDraft,
    variables,
)
from whatsapp.template_editor import Problems

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
_CARDS = (
    ("", _("No cards")),
    ("IMAGE", _("Cards with a photo each")),
    ("VIDEO", _("Cards with a video each")),
)
_CARD_BUTTONS = (("", "–"), *(choice for choice in _BUTTONS if choice[0] in CARD_BUTTONS))


def _choice(label: Any, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, required=False, choices=choices, widget=UnfoldAdminSelectWidget()
    )


def text_line(label: Any, longest: int, help_text: Any = "", **attrs: Any) -> forms.CharField:
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
    text = text_line(_("Text"), BUTTON_LENGTH)
    value = text_line(
        _("Target"), URL_LENGTH, _("The address (with {{1}} at its end), number, code or flow id")
    )
    sample = text_line(
        _("Example"), URL_LENGTH, _("Of an address with a variable: the whole address")
    )

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
    name = text_line(
        _("Name"), NAME_LENGTH, _("Small letters a–z, digits, underscores"), spellcheck="false"
    )
    language = text_line(_("Language"), 15, _("de, en_US, pt_BR …"), spellcheck="false")
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
    header_text = text_line(_("Header's text"), HEADER_LENGTH)
    header_sample = text_line(_("Example for the header's variable"), HEADER_LENGTH)
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
    footer = text_line(_("Footer"), FOOTER_LENGTH)
    card_header = forms.ChoiceField(
        label=_("Cards"),
        required=False,
        choices=_CARDS,
        help_text=_("Two to ten, side by side; in marketing templates, with a text only."),
        widget=UnfoldAdminSelectWidget(),
    )
    card_button_1 = _choice(_("First button of every card"), _CARD_BUTTONS)
    card_button_2 = _choice(_("Second button of every card"), _CARD_BUTTONS)

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
            self.fields[f"sample-{variable}"] = text_line(label, BODY_LENGTH)

    @property
    def samples(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("sample-")]

    def clean_body(self) -> str:
        return str(self.cleaned_data["body"]).replace("\r\n", "\n")

    def clean(self) -> dict[str, Any]:
        """The sample file fits the header."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        file, header = found.get("header_file"), found.get("header", "")
        if file and header in _FILES and (said := unfit(file, header)):
            self.add_error("header_file", said)
        return found

    @property
    def card_buttons(self) -> tuple[str, str]:
        """The kinds of the buttons that every card has; "" for none. Of a valid form."""
        found = self.cleaned_data
        return str(found["card_button_1"]), str(found["card_button_2"])

    def draft(self, buttons: list[ButtonDraft], cards: list[CardDraft]) -> TemplateDraft:
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
            card_header=str(found.get("card_header") or ""),
            cards=cards,
        )


def unfit(file: UploadedFile[bytes], kind: str) -> str:
    """Why Meta would not take `file` as a sample for a header of this kind; "" for one it takes."""
    types, most = _FILES[kind]
    if file.content_type in types and (file.size or 0) <= most:
        return ""
    kinds = ", ".join(one.partition("/")[2].upper() for one in types)
    words = gettext("WhatsApp takes %(kinds)s of at most %(most)s MB here.")
    return words % {"kinds": kinds, "most": most // _MIB}


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
        "card_header": draft.card_header,
        **{f"card_button_{n}": kind for n, kind in enumerate(_card_kinds(draft), start=1)},
        **{f"sample-{name}": sample for name, sample in draft.body_samples.items()},
    }


def _card_kinds(draft: TemplateDraft) -> list[str]:
    first = next(iter(draft.cards), CardDraft())
    return [button.kind for button in first.buttons]


def show(
    problems: Problems,
    form: TemplateForm,
    buttons: Sequence[forms.Form],
    cards: Sequence[forms.Form],
) -> None:
    """Put each problem at its field. `buttons` and `cards` are the rows that were filled in."""
    rows = {"buttons": buttons, "cards": cards}
    for at, words in problems.items():
        first, _dash, rest = at.partition("-")
        for sentence in words:
            if first in rows and rest:
                index, _dash, name = rest.partition("-")
                _show(sentence, rows[first][int(index)], name)
            else:
                _show(sentence, form, "card_header" if at == "cards" else at)


def _show(words: str | Promise, form: forms.Form, at: str) -> None:
    if at.startswith("buttons-"):  # of a card: it knows them by number, from one
        _buttons, index, name = at.split("-")
        at = f"button{int(index) + 1}_{name}"
    error = forms.ValidationError(words)  # type: ignore[arg-type]
    form.add_error(at if at in form.fields else None, error)
