"""Checking Meta's own objects (reference, sections 7 and 7.1) before they are queued.

What WhatsApp would refuse is said at once, by field; keys that are not known here pass through.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Object = dict[str, Any]


@dataclass
class Shape:
    """Walks an object and collects what is wrong with it, by dotted path."""

    errors: dict[str, list[str | Promise]] = field(default_factory=dict)

    def add(self, path: str, sentence: str | Promise) -> None:
        self.errors.setdefault(path, []).append(sentence)

    def text(
        self, parent: Object, key: str, path: str, limit: int, *, required: bool = True
    ) -> str:
        """The string `parent[key]` of at most `limit` characters; "" when there is none."""
        value = parent.get(key)
        path = f"{path}.{key}" if path else key
        if value is None and not required:
            return ""
        if not isinstance(value, str):
            self.add(path, _("This must be a text."))
            return ""
        if required and not value.strip():
            self.add(path, _("This must not be empty."))
        if len(value) > limit:
            self.add(path, _("This is too long: at most %(limit)s characters.") % {"limit": limit})
        return value

    def object(
        self, parent: Object, key: str, path: str, *, required: bool = True
    ) -> Object | None:
        """The object `parent[key]`; None when there is none (wrong if `required`)."""
        value = parent.get(key)
        path = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            return value
        if value is not None or required:
            self.add(path, _("This must be an object."))
        return None

    def objects(
        self, parent: Object, key: str, path: str, least: int, most: int
    ) -> list[tuple[str, Object]]:
        """The objects of the list `parent[key]`, each with its path."""
        value = parent.get(key)
        path = f"{path}.{key}" if path else key
        if not isinstance(value, list) or not least <= len(value) <= most:
            self.add(
                path,
                _("This must be a list of %(least)s to %(most)s objects.")
                % {"least": least, "most": most},
            )
            return []
        found = []
        for index, item in enumerate(value):
            if isinstance(item, dict):
                found.append((f"{path}.{index}", item))
            else:
                self.add(f"{path}.{index}", _("This must be an object."))
        return found

    def unique(self, named: list[tuple[str, str]]) -> None:
        """No two of the values (given with their paths) may be the same."""
        seen: set[str] = set()
        for path, value in named:
            if value and value in seen:
                self.add(path, _("This is there twice."))
            seen.add(value)


def check_contacts(shape: Shape, cards: list[Any]) -> None:
    """Contact cards: 1 to 257, each with `name.formatted_name`."""
    for path, card in shape.objects({"": cards}, "", "", 1, 257):
        place = path.lstrip(".")
        name = shape.object(card, "name", place)
        if name is not None:
            shape.text(name, "formatted_name", f"{place}.name", 1000)
        for key in ("phones", "emails", "addresses", "urls"):
            if card.get(key) is not None:
                shape.objects(card, key, place, 0, 100)


def check_template_components(shape: Shape, components: list[Any]) -> None:
    """What fills a template's variables: header, body, buttons, each with its parameters."""
    for path, part in shape.objects({"": components}, "", "", 0, 30):
        place = path.lstrip(".")
        kind = part.get("type")
        if not isinstance(kind, str) or kind.lower() not in COMPONENT_TYPES:
            shape.add(f"{place}.type", _("This is not a component that can be filled."))
            continue
        if kind.lower() == "carousel":
            shape.objects(part, "cards", place, 2, 10)
            continue
        if kind.lower() == "button":
            _check_button(shape, part, place)
        if part.get("parameters") is not None:
            for inner, parameter in shape.objects(part, "parameters", place, 0, 100):
                _check_parameter(shape, parameter, inner)


COMPONENT_TYPES = {"header", "body", "footer", "button", "carousel", "limited_time_offer"}


def _check_button(shape: Shape, part: Object, path: str) -> None:
    shape.text(part, "sub_type", path, 40)
    index = part.get("index")
    # Meta's page shows a string, its clients send numbers; both are taken.
    if isinstance(index, bool) or str(index) not in set("0123456789"):
        shape.add(f"{path}.index", _("This must be a number from 0 to 9."))


def _check_parameter(shape: Shape, parameter: Object, path: str) -> None:
    kind = shape.text(parameter, "type", path, 40)
    if kind == "text":
        shape.text(parameter, "text", path, 32_768)
    elif kind in ("image", "video", "document", "location", "currency", "date_time"):
        shape.object(parameter, kind, path)
