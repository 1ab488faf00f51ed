"""What a template says with the values it is sent with: for bubble, preview, search and the API."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from conversations.models import Message, MessageTemplate
from conversations.template_spec import Block, Wording, objects, spec_of


@dataclass(frozen=True)
class Told:
    """Header, body, footer and buttons as a person reads them; of a template or of a card."""

    header: str = ""
    body: str = ""
    footer: str = ""
    buttons: tuple[str, ...] = ()
    cards: tuple[Told, ...] = ()


def told(template: MessageTemplate, components: object) -> Told:
    """`template` filled with `components`, which are what is sent (reference, section 7)."""
    spec = spec_of(template)
    given = objects(components)
    cards = {
        str(card.get("card_index", place)): objects(card.get("components"))
        for place, card in enumerate(objects(_given(given, "carousel").get("cards")))
    }
    return replace(
        _told(spec.block, given),
        cards=tuple(
            _told(card, cards.get(str(place), [])) for place, card in enumerate(spec.cards)
        ),
    )


def told_by(message: Message) -> Told | None:
    """What a template message says; None for any other, and for a template that is gone."""
    if message.template is None:
        return None
    asked = message.payload.get("template")
    return told(message.template, asked.get("components") if isinstance(asked, dict) else None)


def render_body(template: MessageTemplate, components: object) -> str:
    """The body alone, which is the message's text."""
    return told(template, components).body


def values_of(wording: Wording, parameters: Iterable[dict[str, Any]]) -> dict[str, str]:
    """The words of `parameters` by the names of the gaps they fill."""
    found: dict[str, str] = {}
    for place, parameter in enumerate(parameters):
        name = parameter.get("parameter_name")
        if not name and place < len(wording.names):
            name = wording.names[place]
        found[str(name)] = words_of(parameter)
    return found


def words_of(parameter: dict[str, Any]) -> str:
    """What stands in the text for one parameter."""
    kind = str(parameter.get("type", "text"))
    if kind == "text":
        return str(parameter.get("text", ""))
    inner = parameter.get(kind)
    return str(inner.get("fallback_value", "")) if isinstance(inner, dict) else ""


def _told(block: Block, given: list[dict[str, Any]]) -> Told:
    def fill(wording: Wording, kind: str) -> str:
        return wording.filled(values_of(wording, objects(_given(given, kind).get("parameters"))))

    return Told(
        header=fill(block.header, "header"),
        body=fill(block.body, "body"),
        footer=block.footer,
        buttons=tuple(button.text for button in block.buttons),
    )


def _given(components: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next((part for part in components if str(part.get("type", "")).lower() == kind), {})
