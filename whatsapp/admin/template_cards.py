"""The cards of a carousel in the form in which a template is written.

What all cards share (photo or video, the kinds of their buttons) is chosen once, in `TemplateForm`:
so they cannot differ. Every row is there from the start, and an empty one is no card.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
)

from whatsapp.admin.template_form import CHOSEN, text_line, unfit
from whatsapp.template_drafts import (
    BUTTON_LENGTH,
    CARD_LENGTH,
    MOST_CARDS,
    URL_LENGTH,
    ButtonDraft,
    CardDraft,
    TemplateDraft,
    variables,
)


class CardForm(forms.Form):
    """One card. The examples of its text's variables are fields, too."""

    file = forms.FileField(
        label=_("Sample file"),
        required=False,
        help_text=_("For the review only; every message has a file of its own."),
        widget=UnfoldAdminFileFieldWidget(),
    )
    body = forms.CharField(
        label=_("Text"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2, "data-longest": CARD_LENGTH}),
    )
    button1_text = text_line(_("First button: text"), BUTTON_LENGTH)
    button1_value = text_line(_("First button: target"), URL_LENGTH)
    button1_sample = text_line(_("First button: example of the whole address"), URL_LENGTH)
    button2_text = text_line(_("Second button: text"), BUTTON_LENGTH)
    button2_value = text_line(_("Second button: target"), URL_LENGTH)
    button2_sample = text_line(_("Second button: example of the whole address"), URL_LENGTH)
    position = forms.IntegerField(
        label=_("Position"),
        required=False,
        min_value=1,
        max_value=MOST_CARDS,
        widget=UnfoldAdminIntegerFieldWidget(),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        key = self.add_prefix("body")
        body = self.data.get(key, "") if self.is_bound else self.initial.get("body", "")
        for variable in variables(str(body))[:20]:
            label = gettext("Example for %(variable)s") % {"variable": f"{{{{{variable}}}}}"}
            self.fields[f"sample-{variable}"] = text_line(label, CARD_LENGTH)

    @property
    def samples(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("sample-")]

    @property
    def button_fields(self) -> list[list[forms.BoundField]]:
        """The fields of each of the two buttons."""
        parts = ("text", "value", "sample")
        return [[self[f"button{number}_{part}"] for part in parts] for number in (1, 2)]

    def clean_body(self) -> str:
        return str(self.cleaned_data["body"]).replace("\r\n", "\n")

    def draft(self, kinds: tuple[str, str]) -> CardDraft | None:
        """The card with buttons of these kinds; None where the row is empty."""
        found = self.cleaned_data
        if not any(value for name, value in found.items() if name != "position"):
            return None
        return CardDraft(
            handle=CHOSEN if found.get("file") else "",
            body=str(found.get("body") or ""),
            body_samples={
                name.removeprefix("sample-"): str(found.get(name) or "")
                for name in self.fields
                if name.startswith("sample-")
            },
            buttons=[
                ButtonDraft(
                    kind,
                    *(str(found.get(f"button{n}_{part}") or "") for part in _BUTTON_PARTS),
                )
                for n, kind in enumerate(kinds, start=1)
                if kind
            ],
        )

    def file_fits(self, kind: str) -> bool:
        """Whether Meta takes the file as it is; says at it why not. A missing one fits."""
        file = self.cleaned_data.get("file")
        said = unfit(file, kind) if file else ""
        if said:
            self.add_error("file", said)
        return not said


_BUTTON_PARTS = ("text", "value", "sample")


def _position(row: CardForm) -> int:
    given = row["position"].value()
    return int(given) if str(given).isascii() and str(given).isdigit() else MOST_CARDS + 1


def in_order(cards: forms.BaseFormSet[CardForm]) -> list[CardForm]:
    """The rows by their position; those without one at the end."""
    return sorted(cards.forms, key=_position)


CardForms = forms.formset_factory(
    CardForm, extra=MOST_CARDS, max_num=MOST_CARDS, absolute_max=MOST_CARDS
)


def card_rows(draft: TemplateDraft) -> list[dict[str, Any]]:
    """The rows' first values for a template that exists."""
    return [
        {
            "position": place,
            "body": card.body,
            **{f"sample-{name}": sample for name, sample in card.body_samples.items()},
            **{
                f"button{number}_{part}": getattr(button, part)
                for number, button in enumerate(card.buttons, start=1)
                for part in _BUTTON_PARTS
            },
        }
        for place, card in enumerate(draft.cards, start=1)
    ]
