"""Filling in an approved template: what it asks for, how it reads meanwhile, what is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from conversations.errors import Malformed
from conversations.gateway import gateway
from conversations.known import Known, label_of, value_of
from conversations.models import MessageTemplate
from conversations.template_spec import (
    FILE_HEADERS,
    GAP,
    UNFIT,
    Block,
    Button,
    Wording,
    spec_of,
)
from conversations.template_text import render_body
from inbox.places import parse_place

Json = dict[str, object]
ACCEPTED = {
    "image": "image/*",
    "video": "video/*",
    "document": "application/pdf,text/plain,.doc,.docx,.xls,.xlsx,.ppt,.pptx",
}
# Buttons whose parameters only a catalogue has; headers likewise.
_FROM_CATALOGUE = ("MPM", "SPM", "PRODUCT", "PRODUCT_LIST")
# An example of so many words is a sentence: its variable takes any text.
_SENTENCE = 4
_VERSION = re.compile(r"_v?\d+$")
# Variables whose names say that they are the customer's.
_NAMES = frozenset(("name", "full_name", "customer_name", "contact_name", "kunde", "kundenname"))
_FIRST_NAMES = frozenset(("first_name", "firstname", "vorname"))


@dataclass(frozen=True)
class Field:
    """One thing to fill in. `key` is the form's name for it, `name` the template's: "1" or "train".

    `kind`: text, place, moment, or image, video, document for a file. `icon` names it in the
    preview.
    """

    key: str
    label: str
    kind: str = "text"
    name: str = ""
    example: str = ""
    value: str = ""
    limit: int = 0
    required: bool = True
    is_bound: bool = False  # an admin said where its value comes from

    @property
    def is_file(self) -> bool:
        return self.kind in ACCEPTED

    @property
    def accept(self) -> str:
        return ACCEPTED.get(self.kind, "")


@dataclass(frozen=True)
class Filled:
    """The text as the customer reads it, and the platform's template object."""

    text: str
    payload: Json


@dataclass(frozen=True)
class BlockForm:
    """The form of a template's header, body and buttons, or of one card's.

    `prefix` keeps the keys of cards apart: "card0_".
    """

    block: Block
    known: Known
    template: MessageTemplate
    prefix: str = ""
    title: str = ""
    fields: list[Field] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.fields.extend(self._fields())

    @property
    def file(self) -> Field | None:
        """The picture, film or document at its top."""
        return next((each for each in self.fields if each.is_file), None)

    @property
    def has_place(self) -> bool:
        return self.block.format == "LOCATION"

    @property
    def header_preview(self) -> SafeString:
        return self._preview(self.block.header, "header")

    @property
    def preview(self) -> SafeString:
        """The body with a `<b data-gap="KEY">` for each value, for static/js/picker.js to fill."""
        return self._preview(self.block.body, "body")

    def components(self, given: Mapping[str, str]) -> list[Json]:
        """The platform's components with the values `given` by key."""
        header = self._header(given)
        body = self._texts(self.block.body, "body", given)
        parts = [("header", header), ("body", body)]
        found: list[Json] = [{"type": kind, "parameters": rows} for kind, rows in parts if rows]
        return [*found, *self._buttons(given)]

    def suggest(self, text: str) -> bool:
        """Put `text` into the first variable of the body that takes any text; whether it fits."""
        names = {f"{self.prefix}body_{name}" for name in self.block.body.names}
        for place, each in enumerate(self.fields):
            if each.key in names and _is_free(each):
                filled = self.block.body.filled({each.name: text})
                is_too_long = len(filled) > gateway().limits.template_body
                if not text or is_too_long or _problem(each, text):
                    return False
                self.fields[place] = replace(each, value=text)
                return True
        return False

    def _fields(self) -> Iterator[Field]:
        kind = self.block.format.lower()
        if self.block.format in FILE_HEADERS:
            yield Field(f"{self.prefix}header_file", _file_label(kind), kind)
        elif self.has_place:
            yield Field(f"{self.prefix}header_place", _("Place"), "place")
            yield Field(f"{self.prefix}header_name", _("Name of the place"))
            yield Field(f"{self.prefix}header_address", _("Address"))
        else:
            yield from self._text_fields(self.block.header, "header")
        yield from self._text_fields(self.block.body, "body")
        limits = gateway().limits
        for button in self.block.buttons:
            key, title = f"{self.prefix}button_{button.index}", {"title": button.text}
            if button.wants_suffix and not button.is_code:
                label = _("Rest of the address behind “%(title)s”") % title
                example = _suffix(button)
                yield self._filled(Field(key, label, example=example, limit=limits.url))
            elif button.wants_code:
                label = _("Code to copy for “%(title)s”") % title
                example = button.example
                yield self._filled(Field(key, label, example=example, limit=limits.coupon_code))

    def _text_fields(self, wording: Wording, part: str) -> Iterator[Field]:
        for name in wording.names:
            asked = Field(
                key=f"{self.prefix}{part}_{name}",
                label=_label(part, name),
                name=name,
                example=wording.examples.get(name, ""),
                limit=gateway().limits.template_value,
            )
            yield self._filled(asked)

    def _filled(self, asked: Field) -> Field:
        """With what we know for it, in the template's own language: from where an admin said, else
        from what bears that very name."""
        source = self.template.value_sources.get(asked.key, "")
        with translation.override(self.template.language.replace("_", "-").lower()):
            value = value_of(source, self.known) if source else self._by_name(asked.name)
        value = " ".join(value.split())  # WhatsApp refuses line breaks in one
        if not source:
            return replace(asked, value=value)
        # A heading that says what belongs there helps more than "Value 1".
        label = label_of(source) if asked.name.isdigit() else asked.label
        return replace(asked, value=value, label=label, is_bound=True)

    def _by_name(self, name: str) -> str:
        if name in _NAMES:
            return value_of("contact.name", self.known)
        if name in _FIRST_NAMES:
            return value_of("contact.first_name", self.known)
        return "" if not name or name.isdigit() else self.known.attribute(name)

    def _header(self, given: Mapping[str, str]) -> list[Json]:
        kind = self.block.format.lower()
        if self.block.format in FILE_HEADERS:
            return [{"type": kind, kind: {"media": given[f"{self.prefix}header_file"]}}]
        if self.has_place:
            place = parse_place(given[f"{self.prefix}header_place"])
            location: Json = {
                "latitude": place.latitude if place else None,
                "longitude": place.longitude if place else None,
                "name": given[f"{self.prefix}header_name"],
                "address": given[f"{self.prefix}header_address"],
            }
            return [{"type": "location", "location": location}]
        return self._texts(self.block.header, "header", given)

    def _texts(self, wording: Wording, part: str, given: Mapping[str, str]) -> list[Json]:
        return [
            {
                "type": "text",
                **({"parameter_name": name} if wording.is_named else {}),
                "text": given[f"{self.prefix}{part}_{name}"],
            }
            for name in wording.names
        ]

    def _buttons(self, given: Mapping[str, str]) -> Iterator[Json]:
        for button in self.block.buttons:
            value = given.get(f"{self.prefix}button_{button.index}", "")
            if button.is_code and self.block.body.names:
                # The code to sign in with stands in the text and is what the button copies.
                value = given[f"{self.prefix}body_{self.block.body.names[0]}"]
            if not value:
                continue
            parameter = (
                {"type": "coupon_code", "coupon_code": value}
                if button.wants_code
                else {"type": "text", "text": value}
            )
            yield {
                "type": "button",
                "sub_type": "copy_code" if button.wants_code else "url",
                "index": str(button.index),
                "parameters": [parameter],
            }

    def _preview(self, wording: Wording, part: str) -> SafeString:
        values = {each.key: each.value for each in self.fields}
        pieces = []
        for place, piece in enumerate(GAP.split(wording.text)):  # text, name, text, … text
            if place % 2:
                key = f"{self.prefix}{part}_{piece}"
                shown = values.get(key) or f"[{piece}]"
                pieces.append(format_html('<b data-gap="{}">{}</b>', key, shown))
            else:
                pieces.append(format_html("{}", piece))
        return format_html_join("", "{}", ((piece,) for piece in pieces))


class TemplateForm:
    """The form of one template for one conversation and whoever writes in it; `known` may be
    shared by many forms."""

    def __init__(self, template: MessageTemplate, known: Known) -> None:
        self.template = template
        self.spec = spec_of(template)
        self.block = BlockForm(self.spec.block, known, template)
        self.cards = [
            BlockForm(
                card, known, template, f"card{place}_", _("Card %(number)s") % {"number": place + 1}
            )
            for place, card in enumerate(self.spec.cards)
        ]
        self.offer = [Field("offer_ends", _("The offer ends"), "moment")]
        if not self.spec.offer_ends:
            self.offer = []

    @property
    def title(self) -> str:
        """ "lost_item_found_2" as people say it: the number only tells versions apart."""
        name = _VERSION.sub("", self.template.name) or self.template.name
        return name.replace("_", " ").capitalize()

    @property
    def blocks(self) -> list[BlockForm]:
        return [self.block, *self.cards]

    @property
    def fields(self) -> list[Field]:
        return [*(each for block in self.blocks for each in block.fields), *self.offer]

    @property
    def obstacle(self) -> str:
        """Why this template cannot be sent from here; empty when it can."""
        blocks = (self.spec.block, *self.spec.cards)
        kinds = {block.format for block in blocks}
        kinds |= {button.kind for block in blocks for button in block.buttons}
        if kinds & set(_FROM_CATALOGUE):
            return _("Needs products from a catalogue")
        return ""

    def suggest(self, text: str) -> bool:
        """Bring `text` along as a value; False where there is no place for it."""
        return self.block.suggest(text)

    def fill(self, values: Mapping[str, str]) -> Filled:
        """Put the agent's values in; raises `Malformed` for what is missing or unfit."""
        if self.obstacle:
            raise Malformed({"template": [self.obstacle]})
        given = {each.key: values.get(each.key, "").strip(" ") for each in self.fields}
        self._check(given)
        components = self.block.components(given)
        if self.cards:
            cards: list[Json] = [
                {"card_index": place, "components": card.components(given)}
                for place, card in enumerate(self.cards)
            ]
            components.append({"type": "carousel", "cards": cards})
        if ends := _moment(given.get("offer_ends", "")):
            offer = {"expiration_time_ms": int(ends.timestamp() * 1000)}
            parameter = {"type": "limited_time_offer", "limited_time_offer": offer}
            components.append({"type": "limited_time_offer", "parameters": [parameter]})
        payload: Json = {
            "name": self.template.name,
            "language": {"code": self.template.language},
            "components": components,
        }
        return Filled(render_body(self.template, components), payload)

    def _check(self, given: dict[str, str]) -> None:
        errors: dict[str, list[str]] = {}
        for each in self.fields:
            sentence = _problem(each, given[each.key])
            if sentence:
                errors[each.key] = [sentence % {"label": each.label, "limit": each.limit}]
        if errors:
            raise Malformed({key: list(words) for key, words in errors.items()})


def _is_free(asked: Field) -> bool:
    """Whether a variable takes any text: a name, a date or a number is shown by its example."""
    return (
        not asked.value
        and not asked.is_bound
        and len(asked.example.split()) not in range(1, _SENTENCE)
    )


def _problem(asked: Field, value: str) -> str:
    if not value:
        return _("%(label)s is missing.") if asked.required else ""
    if asked.kind == "place" and parse_place(value) is None:
        return _("%(label)s: two numbers or the link of a map, please.")
    if asked.kind == "moment" and _moment(value) is None:
        return _("%(label)s: a day and a time, please.")
    if UNFIT.search(value):
        return _("%(label)s must be one short line.")
    if asked.limit and len(value) > asked.limit:
        return _("%(label)s is too long: at most %(limit)s characters.")
    return ""


def _moment(text: str) -> datetime | None:
    """What a `datetime-local` field says, in the time of this office."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return timezone.make_aware(found) if found and timezone.is_naive(found) else found


def _suffix(button: Button) -> str:
    """The example of a link's rest: the platform keeps the whole address."""
    before, *_rest = GAP.split(button.url)
    return button.example.removeprefix(before)


def _file_label(kind: str) -> str:
    labels = {"image": _("Picture"), "video": _("Video"), "document": _("Document")}
    return labels[kind]


def _label(part: str, name: str) -> str:
    if not name.isdigit():
        return name.replace("_", " ").capitalize()
    pattern = _("Heading, value %(number)s") if part == "header" else _("Value %(number)s")
    return pattern % {"number": name}
