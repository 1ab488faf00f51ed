"""What a template is made of and what must be given to send it: header, body, buttons, cards.

Reads the components as the platform describes them (reference, section 9). Whoever shows, fills or
checks a template asks here, so that a variable is found in one way only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conversations.models import MessageTemplate

GAP = re.compile(r"{{\s*(\w+)\s*}}")
FILE_HEADERS = ("IMAGE", "VIDEO", "DOCUMENT")
# A value may not hold what WhatsApp refuses in one (132012): line breaks, tabs, runs of spaces.
UNFIT = re.compile(r"[\n\r\t]| {5,}")


@dataclass(frozen=True)
class Wording:
    """A text with gaps. `names` are in the order in which positional values are given."""

    text: str = ""
    names: tuple[str, ...] = ()
    examples: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_named(self) -> bool:
        """Whether its values are given by name; else by position."""
        return any(not name.isdigit() for name in self.names)

    def filled(self, values: Mapping[str, str]) -> str:
        """The text with `values` by name; a gap that nobody fills stays, so that it is seen."""
        return GAP.sub(lambda gap: values.get(gap[1]) or gap[0], self.text)


@dataclass(frozen=True)
class Button:
    """One button: `kind` as the platform names it, e.g. URL; `url` with its gap, if it has one."""

    index: int
    kind: str
    text: str
    url: str = ""
    example: str = ""
    is_code: bool = False  # of an authentication template: takes the code of the body

    @property
    def wants_suffix(self) -> bool:
        return self.kind == "URL" and bool(GAP.search(self.url))

    @property
    def wants_code(self) -> bool:
        """A coupon's code, which the customer copies."""
        return self.kind == "COPY_CODE" and not self.is_code


@dataclass(frozen=True)
class Block:
    """Header, body, footer and buttons, of a template or of one of its cards."""

    format: str = ""  # of the header: "", TEXT, IMAGE, VIDEO, DOCUMENT, LOCATION, …
    header: Wording = Wording()
    body: Wording = Wording()
    footer: str = ""
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class TemplateSpec:
    """A template as a whole. `offer_ends`: a limited-time offer that needs to know when it ends."""

    block: Block
    cards: tuple[Block, ...] = ()
    offer_ends: bool = False


def spec_of(template: MessageTemplate) -> TemplateSpec:
    """What `template` is made of; parts of a shape nobody knows are left out."""
    components = objects(template.components)
    block = _block(components)
    cards = tuple(
        _block(objects(card.get("components")))
        for card in objects(_component(components, "CAROUSEL").get("cards"))
    )
    offer = _component(components, "LIMITED_TIME_OFFER").get("limited_time_offer")
    return TemplateSpec(
        block=block,
        cards=cards,
        offer_ends=isinstance(offer, dict) and bool(offer.get("has_expiration")),
    )


def objects(value: object) -> list[dict[str, Any]]:
    """The objects of a list; nothing for what is none."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _component(components: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next((part for part in components if str(part.get("type", "")).upper() == kind), {})


def _block(components: list[dict[str, Any]]) -> Block:
    header = _component(components, "HEADER")
    return Block(
        format=str(header.get("format", "TEXT")).upper() if header else "",
        header=_wording(header, "header"),
        body=_wording(_component(components, "BODY"), "body"),
        footer=str(_component(components, "FOOTER").get("text", "")),
        buttons=tuple(_buttons(_component(components, "BUTTONS"))),
    )


def _buttons(component: dict[str, Any]) -> Iterator[Button]:
    for index, button in enumerate(objects(component.get("buttons"))):
        example = button.get("example")
        if isinstance(example, list):
            example = example[0] if example else ""
        kind = str(button.get("type", "")).upper()
        yield Button(
            index=index,
            # The older spelling of authentication buttons.
            kind="URL" if kind == "OTP" else kind,
            text=str(button.get("text", "")),
            url=str(button.get("url", "")) or ("{{1}}" if kind == "OTP" else ""),
            example=str(example or ""),
            is_code=kind == "OTP" or bool(button.get("otp_type")),
        )


def _wording(component: dict[str, Any], name: str) -> Wording:
    text = str(component.get("text", ""))
    names = list(dict.fromkeys(GAP.findall(text)))
    if all(gap.isdigit() for gap in names):
        # The first value is for {{1}}, wherever it stands.
        names.sort(key=int)
    return Wording(text, tuple(names), _examples(component, name))


def _examples(component: dict[str, Any], name: str) -> dict[str, str]:
    """The platform's examples by name or place, from either of its two shapes."""
    example = component.get("example")
    if not isinstance(example, dict):
        return {}
    found = {
        str(row.get("param_name")): str(row.get("example", ""))
        for row in objects(example.get(f"{name}_text_named_params"))
    }
    rows = example.get(f"{name}_text")
    if isinstance(rows, list) and rows:
        first = rows[0] if isinstance(rows[0], list) else rows
        found |= {str(place): str(value) for place, value in enumerate(first, start=1)}
    return found
