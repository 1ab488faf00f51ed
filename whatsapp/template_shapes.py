"""A draft in the shape in which Meta takes a template, and a template of Meta's as a draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conversations.models import MessageTemplate
from conversations.template_spec import objects
from whatsapp.payload import Json, list_of, text_of
from whatsapp.template_drafts import (
    BUTTONS,
    CARD_BUTTONS,
    CARD_HEADERS,
    FEWEST_CARDS,
    FILE_HEADERS,
    HEADERS,
    MOST_CARD_BUTTONS,
    MOST_CARDS,
    ButtonDraft,
    CardDraft,
    TemplateDraft,
    variables,
)

# What the editor writes; a template with more is not changed here.
_KNOWN_PARTS = {"HEADER", "BODY", "FOOTER", "BUTTONS"}
_CARD_PARTS = {"HEADER", "BODY", "BUTTONS"}


def components_of(draft: TemplateDraft) -> list[Json]:
    """The components as `POST …/message_templates` wants them, of a draft without problems."""
    body = _body_of(draft.body, draft.body_samples, draft.is_named)
    parts = [_header_of(draft), body]
    if draft.footer:
        parts.append({"type": "FOOTER", "text": draft.footer})
    if draft.buttons:
        parts.append({"type": "BUTTONS", "buttons": [_button_of(one) for one in draft.buttons]})
    if draft.cards:
        parts.append({"type": "CAROUSEL", "cards": [_card_of(one, draft) for one in draft.cards]})
    return [part for part in parts if part]


def draft_of(template: MessageTemplate) -> TemplateDraft:
    """A template as the form has it, to be changed or to be copied.

    Without the sample files of its header and cards: Meta lists addresses, which are no handles.
    """
    header, body = template.component("HEADER"), template.component("BODY")
    named = template.parameter_format == "named"
    kind = str(header.get("format", "TEXT")).upper() if header else ""
    header_samples = _samples(header, "header", str(header.get("text", "")), named)
    return TemplateDraft(
        name=template.name,
        language=template.language,
        category=template.category,
        is_named=named,
        header=kind if kind in HEADERS else "",
        header_text=str(header.get("text", "")),
        header_sample=next(iter(header_samples.values()), ""),
        body=str(body.get("text", "")),
        body_samples=_samples(body, "body", str(body.get("text", "")), named),
        footer=str(template.component("FOOTER").get("text", "")),
        buttons=_read_buttons(template.component("BUTTONS")),
        **_read_cards(template, named),
    )


def can_be_written(template: MessageTemplate) -> bool:
    """Whether the form has a place for all of the template; else saving it would lose something."""
    if template.category == "authentication":
        return False
    parts = _kinds(template.components, "type")
    if "CAROUSEL" in parts:
        return parts == {"BODY", "CAROUSEL"} and _are_plain(_cards(template))
    kinds = _kinds(objects(template.component("BUTTONS").get("buttons")), "type")
    header = template.component("HEADER")
    header_kind = str(header.get("format", "TEXT")).upper() if header else ""
    return parts <= _KNOWN_PARTS and kinds <= set(BUTTONS) and header_kind in HEADERS


def _kinds(rows: list[Json], key: str) -> set[str]:
    return {str(row.get(key, "")).upper() for row in rows}


def _are_plain(cards: list[list[Json]]) -> bool:
    """Whether the editor has a place for all of these cards; all have the same parts."""
    shapes = set()
    for parts in cards:
        buttons = objects(_part(parts, "BUTTONS").get("buttons"))
        kinds = tuple(str(button.get("type", "")).upper() for button in buttons)
        header = str(_part(parts, "HEADER").get("format", "")).upper()
        if header not in CARD_HEADERS or not _kinds(parts, "type") <= _CARD_PARTS:
            return False
        if len(kinds) > MOST_CARD_BUTTONS or not set(kinds) <= set(CARD_BUTTONS):
            return False
        shapes.add((header, kinds))
    return len(shapes) == 1 and FEWEST_CARDS <= len(cards) <= MOST_CARDS


def _header_of(draft: TemplateDraft) -> Json:
    if not draft.header:
        return {}
    part: Json = {"type": "HEADER", "format": draft.header}
    if draft.header in FILE_HEADERS:
        part["example"] = {"header_handle": [draft.header_handle]}
    elif draft.header == "TEXT":
        part["text"] = draft.header_text
        names = variables(draft.header_text)
        if names and draft.is_named:
            row = {"param_name": names[0], "example": draft.header_sample}
            part["example"] = {"header_text_named_params": [row]}
        elif names:
            part["example"] = {"header_text": [draft.header_sample]}
    return part


def _body_of(text: str, samples: Mapping[str, str], is_named: bool) -> Json:
    part: Json = {"type": "BODY", "text": text}
    names = variables(text)
    if names and is_named:
        rows = [{"param_name": name, "example": samples[name]} for name in names]
        part["example"] = {"body_text_named_params": rows}
    elif names:
        part["example"] = {"body_text": [[samples[name] for name in names]]}
    return part


def _card_of(card: CardDraft, draft: TemplateDraft) -> Json:
    example = {"header_handle": [card.handle]}
    parts: list[Json] = [{"type": "HEADER", "format": draft.card_header, "example": example}]
    if card.body.strip():
        parts.append(_body_of(card.body, card.body_samples, draft.is_named))
    if card.buttons:
        parts.append({"type": "BUTTONS", "buttons": [_button_of(one) for one in card.buttons]})
    return {"components": parts}


def _button_of(button: ButtonDraft) -> Json:
    part: Json = {"type": button.kind}
    if button.text.strip() and button.kind not in ("COPY_CODE", "REQUEST_CONTACT_INFO"):
        part["text"] = button.text.strip()
    value = button.value.strip()
    if button.kind == "URL":
        part["url"] = value
        if variables(value):
            part["example"] = [button.sample.strip()]
    elif button.kind == "PHONE_NUMBER":
        part["phone_number"] = value
    elif button.kind == "COPY_CODE":
        part["example"] = value
    elif button.kind == "FLOW":
        part["flow_id"] = value
    return part


def _cards(template: MessageTemplate) -> list[list[Json]]:
    """The parts of each card."""
    cards = objects(template.component("CAROUSEL").get("cards"))
    return [objects(card.get("components")) for card in cards]


def _part(parts: list[Json], kind: str) -> Json:
    return next((part for part in parts if str(part.get("type", "")).upper() == kind), {})


def _read_cards(template: MessageTemplate, is_named: bool) -> dict[str, Any]:
    """The fields of a draft that hold cards."""
    found = []
    for parts in _cards(template):
        text = str(_part(parts, "BODY").get("text", ""))
        samples = _samples(_part(parts, "BODY"), "body", text, is_named)
        buttons = _read_buttons(_part(parts, "BUTTONS"))
        found.append(CardDraft(body=text, body_samples=samples, buttons=buttons))
    first = next(iter(_cards(template)), [])
    header = str(_part(first, "HEADER").get("format", "")).upper()
    return {"cards": tuple(found), "card_header": header if header in CARD_HEADERS else ""}


def _read_buttons(part: Mapping[str, object]) -> list[ButtonDraft]:
    return [_read_button(button) for button in objects(part.get("buttons"))]


def _read_button(button: Json) -> ButtonDraft:
    example = button.get("example")
    first = example[0] if isinstance(example, list) and example else example
    sample = first if isinstance(first, str) else ""
    kind = text_of(button.get("type")).upper()
    values = {
        "URL": button.get("url"),
        "PHONE_NUMBER": button.get("phone_number"),
        "COPY_CODE": sample,
        "FLOW": button.get("flow_id"),
    }
    return ButtonDraft(
        kind=kind,
        text=text_of(button.get("text")),
        value=text_of(values.get(kind)),
        sample=sample if kind == "URL" else "",
    )


def _samples(part: Mapping[str, object], key: str, text: str, is_named: bool) -> dict[str, str]:
    """The examples of a part's variables, by name."""
    example, names = _example(part), variables(text)
    if is_named:
        rows = list_of(example.get(f"{key}_text_named_params"))
        return {
            text_of(row.get("param_name")): text_of(row.get("example"))
            for row in rows
            if isinstance(row, dict)
        }
    given = list_of(example.get(f"{key}_text"))
    if given and isinstance(given[0], list):
        given = given[0]
    return dict(zip(names, [text_of(one) for one in given], strict=False))


def _example(part: Mapping[str, object]) -> Json:
    example = part.get("example")
    return example if isinstance(example, dict) else {}
