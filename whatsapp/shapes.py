"""Walking an object in Meta's shape and saying by path what WhatsApp would refuse in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Object = dict[str, Any]
Errors = dict[str, list[str | Promise]]


@dataclass
class Shape:
    """Collects what is wrong, by dotted path; keys that are not known here pass through."""

    errors: Errors = field(default_factory=dict)

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
        self.length(value, path, limit)
        return value

    def length(self, value: str, path: str, limit: int) -> None:
        if len(value) > limit:
            self.add(path, _("This is too long: at most %(limit)s characters.") % {"limit": limit})

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
        return self.items(parent.get(key), f"{path}.{key}" if path else key, least, most)

    def items(self, value: Any, path: str, least: int, most: int) -> list[tuple[str, Object]]:
        """The objects of the list `value`, each with its path."""
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

    def file(self, parent: Object, key: str, path: str) -> None:
        """A file: Meta's `id`, an address (`link`), or `media`, the id of an upload of ours."""
        found = self.object(parent, key, path)
        if found is None:
            return
        path = f"{path}.{key}" if path else key
        given = [name for name in ("id", "link", "media") if found.get(name)]
        if len(given) != 1:
            self.add(path, _("A file is named by one of id, link and media."))
        elif not isinstance(found[given[0]], str):
            self.add(f"{path}.{given[0]}", _("This must be a text."))
        elif given == ["link"] and not found["link"].startswith(("https://", "http://")):
            self.add(f"{path}.link", _("This must be a web address."))
