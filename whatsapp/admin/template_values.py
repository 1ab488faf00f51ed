"""Where the values of a template's variables come from: one choice each, on the template's page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSelectWidget

from conversations.known import label_of, offered_names
from conversations.models import MessageTemplate
from conversations.template_spec import Block, spec_of

PREFIX = "value_of_"


@dataclass(frozen=True)
class Variable:
    """A variable by the key of the field that asks for it ("body_1"), and what to call it."""

    key: str
    label: str
    example: str = ""


def variables_of(template: MessageTemplate) -> list[Variable]:
    """All that take a text, in the order in which they are asked for."""
    spec = spec_of(template)
    found = list(_of_block(spec.block, "", ""))
    for place, card in enumerate(spec.cards):
        title = _("Card %(number)s") % {"number": place + 1}
        found += _of_block(card, f"card{place}_", f"{title}: ")
    return found


def _of_block(block: Block, prefix: str, title: str) -> Iterator[Variable]:
    parts = (("header", block.header, _("Heading")), ("body", block.body, _("Text")))
    for part, wording, words in parts:
        for name in wording.names:
            example = wording.examples.get(name, "")
            yield Variable(f"{prefix}{part}_{name}", f"{title}{words} {{{{{name}}}}}", str(example))
    for button in block.buttons:
        if (button.wants_suffix and not button.is_code) or button.wants_code:
            yield Variable(f"{prefix}button_{button.index}", f"{title}{button.text}")


def field_names(template: MessageTemplate) -> list[str]:
    return [f"{PREFIX}{variable.key}" for variable in variables_of(template)]


class ValuesForm(forms.ModelForm):  # type: ignore[type-arg]
    """Keeps what was chosen with the template; what is left empty is filled in by the agent."""

    def save(self, commit: bool = True) -> Any:
        chosen = {
            name.removeprefix(PREFIX): value
            for name, value in self.cleaned_data.items()
            if name.startswith(PREFIX) and value
        }
        self.instance.value_sources = chosen
        return super().save(commit)


def values_form(template: MessageTemplate | None) -> type[ValuesForm]:
    """The form with a choice for each variable of `template`."""
    if template is None:
        return ValuesForm
    offered = offered_names()
    fields: dict[str, forms.Field] = {}
    for variable in variables_of(template):
        now = str(template.value_sources.get(variable.key, ""))
        choices = [("", _("Filled in by the agent")), *offered]
        if now and now not in dict(offered):
            choices.append((now, label_of(now)))  # an attribute that is switched off meanwhile
        example = _("For example: %(example)s") % {"example": variable.example}
        fields[f"{PREFIX}{variable.key}"] = forms.ChoiceField(
            label=variable.label,
            choices=choices,
            required=False,
            initial=now,
            help_text=example if variable.example else "",
            widget=UnfoldAdminSelectWidget,
        )
    return type("TemplateValuesForm", (ValuesForm,), fields)
