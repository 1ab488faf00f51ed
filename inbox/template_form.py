"""Filling in an approved template: which values it needs, how it reads with them, what is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from contacts.models import Contact
from conversations.errors import Malformed
from conversations.models import MessageTemplate

GAP = re.compile(r"{{\s*(\w+)\s*}}")
MAX_VALUE = 500
# A value may not hold what WhatsApp refuses in one (132012): line breaks, tabs, runs of spaces.
UNFIT = re.compile(r"[\n\t]| {5,}")


@dataclass(frozen=True)
class Field:
    """One value. `key` is the form's name for it, `name` the template's: "1" or "train"."""

    key: str
    component: str
    name: str
    label: str
    example: str
    value: str


@dataclass(frozen=True)
class Filled:
    """The text as the customer reads it, and Meta's template object."""

    text: str
    payload: dict[str, object]


class TemplateForm:
    """The form of one template for one contact."""

    def __init__(self, template: MessageTemplate, contact: Contact) -> None:
        self.template = template
        self.fields = [
            field for component in ("HEADER", "BODY") for field in self._fields(component, contact)
        ]

    @property
    def title(self) -> str:
        """ "lost_item_found" as people say it."""
        return self.template.name.replace("_", " ").capitalize()

    @property
    def obstacle(self) -> str:
        """Why this template cannot be sent from here (yet); empty when it can."""
        header = self.template.component("HEADER")
        if header and str(header.get("format", "TEXT")).upper() != "TEXT":
            return _("Needs a picture or file at its top")
        if any(GAP.search(str(button.get("url", ""))) for button in self._buttons):
            return _("Needs an address for its button")
        return ""

    @property
    def preview(self) -> SafeString:
        """The body with a `<b data-gap="KEY">` for each value, for static/js/picker.js to fill."""
        return self._preview("BODY")

    @property
    def header_preview(self) -> SafeString:
        return self._preview("HEADER")

    @property
    def footer(self) -> str:
        return str(self.template.component("FOOTER").get("text", ""))

    @property
    def buttons(self) -> list[str]:
        return [str(button.get("text", "")) for button in self._buttons]

    def fill(self, values: Mapping[str, str]) -> Filled:
        """Put the agent's values in; raises `Malformed` for what is missing or unfit."""
        if self.obstacle:
            raise Malformed({"template": [self.obstacle]})
        given = {f.key: " ".join(values.get(f.key, "").split(" ")).strip() for f in self.fields}
        self._check(given)
        components = [
            {"type": component.lower(), "parameters": parameters}
            for component in ("HEADER", "BODY")
            if (parameters := self._parameters(component, given))
        ]
        payload: dict[str, object] = {
            "name": self.template.name,
            "language": {"code": self.template.language},
            "components": components,
        }
        return Filled(self._text(given), payload)

    @property
    def _buttons(self) -> list[dict[str, object]]:
        buttons = self.template.component("BUTTONS").get("buttons")
        return [b for b in buttons if isinstance(b, dict)] if isinstance(buttons, list) else []

    def _fields(self, component: str, contact: Contact) -> list[Field]:
        part = self.template.component(component)
        names = list(dict.fromkeys(GAP.findall(str(part.get("text", "")))))
        examples = _examples(part, component)
        fields = []
        for place, name in enumerate(names):
            example = examples.get(name) or examples.get(str(place + 1)) or ""
            fields.append(
                Field(
                    key=f"{component.lower()}_{name}",
                    component=component,
                    name=name,
                    label=_label(component, name),
                    example=example,
                    value=contact.name if "name" in name.lower() else "",
                )
            )
        return fields

    def _check(self, given: dict[str, str]) -> None:
        errors: dict[str, list[str]] = {}
        for field in self.fields:
            value = given[field.key]
            if not value:
                errors[field.key] = [_("%(label)s is missing.") % {"label": field.label}]
            elif UNFIT.search(value) or len(value) > MAX_VALUE:
                errors[field.key] = [
                    _("%(label)s must be one short line.") % {"label": field.label}
                ]
        if errors:
            raise Malformed({key: list(words) for key, words in errors.items()})

    def _parameters(self, component: str, given: dict[str, str]) -> list[dict[str, str]]:
        parameters = []
        for field in self.fields:
            if field.component == component:
                named = {} if field.name.isdigit() else {"parameter_name": field.name}
                parameters.append({"type": "text", **named, "text": given[field.key]})
        return parameters

    def _text(self, given: dict[str, str]) -> str:
        return GAP.sub(lambda gap: given.get(f"body_{gap[1]}", gap[0]), self.template.body)

    def _preview(self, component: str) -> SafeString:
        text = str(self.template.component(component).get("text", ""))
        values = {f.name: f.value for f in self.fields if f.component == component}
        parts = GAP.split(text)  # text, name, text, name, … text
        pieces = []
        for place, part in enumerate(parts):
            if place % 2:
                key = f"{component.lower()}_{part}"
                shown = values.get(part) or f"[{part}]"
                pieces.append(format_html('<b data-gap="{}">{}</b>', key, shown))
            else:
                pieces.append(format_html("{}", part))
        return format_html_join("", "{}", ((piece,) for piece in pieces))


def _label(component: str, name: str) -> str:
    if not name.isdigit():
        return name.replace("_", " ").capitalize()
    pattern = _("Heading, value %(number)s") if component == "HEADER" else _("Value %(number)s")
    return pattern % {"number": name}


def _examples(part: dict[str, object], component: str) -> dict[str, str]:
    """Meta's examples by name or place, from either of its two shapes."""
    example = part.get("example")
    if not isinstance(example, dict):
        return {}
    found: dict[str, str] = {}
    named = example.get(f"{component.lower()}_text_named_params")
    if isinstance(named, list):
        found |= {str(p.get("param_name")): str(p.get("example", "")) for p in named if p}
    rows = example.get(f"{component.lower()}_text")
    if isinstance(rows, list) and rows:
        first = rows[0] if isinstance(rows[0], list) else rows
        found |= {str(place + 1): str(value) for place, value in enumerate(first)}
    return found
