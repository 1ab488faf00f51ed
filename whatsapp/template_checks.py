"""What fills a template, checked against the template: count, names, kinds and lengths."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from conversations.models import MessageTemplate
from conversations.template_spec import (
    FILE_HEADERS,
    UNFIT,
    Block,
    Button,
    Wording,
    objects,
    spec_of,
)
from conversations.template_text import values_of, words_of
from whatsapp.content_limits import LIMITS
from whatsapp.shapes import Object, Shape

_COMPONENTS = "template.components"
_TYPES = {"header", "body", "footer", "button", "carousel", "limited_time_offer"}
_TEXTS = ("text", "currency", "date_time")
_SUB_TYPES = {
    "QUICK_REPLY": "quick_reply",
    "URL": "url",
    "COPY_CODE": "copy_code",
    "FLOW": "flow",
    "CATALOG": "catalog",
    "MPM": "mpm",
    "VOICE_CALL": "voice_call",
}
_VALUE = 32_768


def check_components(shape: Shape, components: object, path: str = _COMPONENTS) -> None:
    """The shape alone: header, body, buttons, cards, each with its parameters."""
    for place, part in shape.items(components, path, 0, 30):
        kind = part.get("type")
        if not isinstance(kind, str) or kind.lower() not in _TYPES:
            shape.add(f"{place}.type", _("This is not a component that can be filled."))
            continue
        if kind.lower() == "carousel":
            _check_cards(shape, part, place)
            continue
        if kind.lower() == "button":
            _check_index(shape, part, place)
        if part.get("parameters") is not None:
            for inner, parameter in shape.objects(part, "parameters", place, 0, 100):
                _check_parameter(shape, parameter, inner)


def check_filling(shape: Shape, template: MessageTemplate, components: object) -> None:
    """Whether `components` (of the right shape) give `template` all it needs and nothing else."""
    spec = spec_of(template)
    filling = _Filling(shape)
    given = list(enumerate(objects(components)))
    placed = [(f"{_COMPONENTS}.{place}", part) for place, part in given]
    filling.block(spec.block, placed, _COMPONENTS, LIMITS.template_body)
    if spec.offer_ends:
        _check_offer(shape, placed)
    path, part = _find(placed, "carousel", _COMPONENTS)
    cards = objects(part.get("cards"))
    if len(cards) != len(spec.cards):
        sentence = _("This template has %(count)s cards.") % {"count": len(spec.cards)}
        shape.add(f"{path}.cards" if part else path, sentence)
        return
    for place, (card, given_card) in enumerate(zip(spec.cards, cards, strict=True)):
        where = f"{path}.cards.{place}"
        if str(given_card.get("card_index")) != str(place):
            shape.add(f"{where}.card_index", _("Cards are counted from 0."))
        inner = [
            (f"{where}.components.{number}", each)
            for number, each in enumerate(objects(given_card.get("components")))
        ]
        filling.block(card, inner, f"{where}.components", LIMITS.card_body)


class _Filling:
    """Holds the parts of one template against what is given for them."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape

    def block(self, block: Block, given: list[tuple[str, Object]], path: str, longest: int) -> None:
        where, header = _find(given, "header", path)
        if block.format in (*FILE_HEADERS, "LOCATION"):
            self._file_header(block.format.lower(), header, where)
        else:
            self._wording(block.header, header, where, LIMITS.header)
        where, body = _find(given, "body", path)
        self._wording(block.body, body, where, longest)
        self._buttons(block, given, path)

    def _file_header(self, kind: str, header: Object, path: str) -> None:
        parameters = objects(header.get("parameters"))
        if len(parameters) != 1 or str(parameters[0].get("type")).lower() != kind:
            sentence = _("The header of this template needs one parameter of type %(kind)s.")
            self.shape.add(path, sentence % {"kind": kind})
            return
        inner = f"{path}.parameters.0"
        if kind != "location":
            self.shape.file(parameters[0], kind, inner)
            return
        place = self.shape.object(parameters[0], "location", inner)
        for key in ("latitude", "longitude"):
            if place is not None and place.get(key) in (None, ""):
                self.shape.add(f"{inner}.location.{key}", _("This must be a number."))

    def _wording(self, wording: Wording, part: Object, path: str, longest: int) -> None:
        parameters = objects(part.get("parameters"))
        if len(parameters) != len(wording.names):
            sentence = _("This template needs %(wanted)s values here, %(given)s were given.")
            counts = {"wanted": len(wording.names), "given": len(parameters)}
            self.shape.add(f"{path}.parameters" if part else path, sentence % counts)
            return
        seen: list[tuple[str, str]] = []
        for place, parameter in enumerate(parameters):
            inner = f"{path}.parameters.{place}"
            if parameter.get("type") not in _TEXTS:
                self.shape.add(f"{inner}.type", _("This must be a text."))
                continue
            self._value(words_of(parameter), f"{inner}.{parameter['type']}")
            if wording.is_named:
                name = str(parameter.get("parameter_name") or "")
                seen.append((f"{inner}.parameter_name", name))
                if name not in wording.names:
                    names = ", ".join(wording.names)
                    sentence = _("This must be one of %(names)s.")
                    self.shape.add(f"{inner}.parameter_name", sentence % {"names": names})
        self.shape.unique(seen)
        if wording.names and len(wording.filled(values_of(wording, parameters))) > longest:
            sentence = _("With these values the text is too long: at most %(limit)s characters.")
            self.shape.add(f"{path}.parameters", sentence % {"limit": longest})

    def _value(self, value: str, path: str) -> None:
        if not value.strip():
            self.shape.add(path, _("This must not be empty."))
        elif UNFIT.search(value):
            self.shape.add(path, _("A value is one line, without tabs or runs of spaces."))

    def _buttons(self, block: Block, given: list[tuple[str, Object]], path: str) -> None:
        parts: dict[str, tuple[str, Object]] = {}
        for where, part in given:
            if str(part.get("type", "")).lower() == "button":
                index = str(part.get("index"))
                if index not in {str(button.index) for button in block.buttons}:
                    self.shape.add(f"{where}.index", _("This template has no such button."))
                parts[index] = (where, part)
        for button in block.buttons:
            where, part = parts.get(str(button.index), (path, {}))
            self._button(button, part, where)

    def _button(self, button: Button, part: Object, path: str) -> None:
        sub_type = _SUB_TYPES.get(button.kind)
        if part and str(part.get("sub_type", "")).lower() != sub_type:
            self.shape.add(
                f"{path}.sub_type", _("This must be “%(name)s”.") % {"name": sub_type or "–"}
            )
            return
        parameters = objects(part.get("parameters")) if part else []
        first = parameters[0] if parameters else {}
        if not (button.wants_suffix or button.wants_code):
            if button.kind == "QUICK_REPLY" and first:
                inner = f"{path}.parameters.0"
                self.shape.text(first, "payload", inner, LIMITS.payload, required=False)
            return
        key = "coupon_code" if button.wants_code else "text"
        longest = LIMITS.coupon_code if button.wants_code else LIMITS.url
        if not first:
            sentence = _("The button “%(title)s” of this template needs a value.")
            self.shape.add(path, sentence % {"title": button.text})
        elif first.get("type") != key:
            self.shape.add(
                f"{path}.parameters.0.type", _("This must be “%(name)s”.") % {"name": key}
            )
        else:
            self.shape.text(first, key, f"{path}.parameters.0", longest)


def _find(given: list[tuple[str, Object]], kind: str, path: str) -> tuple[str, Object]:
    """The component of that kind and its path; nothing and the path of all when there is none."""
    found = (row for row in given if str(row[1].get("type", "")).lower() == kind)
    return next(found, (path, {}))


def _check_cards(shape: Shape, part: Object, path: str) -> None:
    for place, card in shape.objects(part, "cards", path, 2, LIMITS.cards):
        check_components(shape, card.get("components") or [], f"{place}.components")


def _check_index(shape: Shape, part: Object, path: str) -> None:
    shape.text(part, "sub_type", path, 40)
    index = part.get("index")
    # Meta's page shows a string, its clients send numbers; both are taken.
    if isinstance(index, bool) or str(index) not in set("0123456789"):
        shape.add(f"{path}.index", _("This must be a number from 0 to 9."))


def _check_parameter(shape: Shape, parameter: Object, path: str) -> None:
    kind = shape.text(parameter, "type", path, 40)
    if kind == "text":
        shape.text(parameter, "text", path, _VALUE)
    elif kind in ("image", "video", "document"):
        shape.file(parameter, kind, path)
    elif kind in ("location", "currency", "date_time"):
        shape.object(parameter, kind, path)


def _check_offer(shape: Shape, given: list[tuple[str, Object]]) -> None:
    path, part = _find(given, "limited_time_offer", _COMPONENTS)
    parameters = objects(part.get("parameters"))
    offer = parameters[0].get("limited_time_offer") if parameters else None
    ends = offer.get("expiration_time_ms") if isinstance(offer, dict) else None
    if isinstance(ends, bool) or not isinstance(ends, int):
        shape.add(path, _("This offer needs the moment at which it ends."))
