"""Reading the environment: every variable by name, or from the file that `NAME_FILE` points to.

A missing or malformed value raises `django.core.exceptions.ImproperlyConfigured` with a
sentence that names the variable, so that a wrong setting stops the start.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


@dataclass
class Environment:
    """The process environment, read with types. `known` collects the names asked for."""

    values: Mapping[str, str] = field(default_factory=lambda: os.environ)
    known: set[str] = field(default_factory=set)

    def text(self, name: str, default: str | None = None) -> str:
        """The value of `name`; raises when it is unset and has no default."""
        value = self._raw(name)
        if value is None:
            if default is None:
                raise ImproperlyConfigured(f"{name} must be set (or {name}_FILE).")
            return default
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self._raw(name)
        if value is None:
            return default
        if value.lower() in _TRUE:
            return True
        if value.lower() in _FALSE:
            return False
        raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")

    def number(self, name: str, default: int, low: int = 0, high: int = 2**31) -> int:
        value = self._raw(name)
        if value is None:
            return default
        try:
            number = int(value)
        except ValueError:
            raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None
        if not low <= number <= high:
            raise ImproperlyConfigured(f"{name} must lie between {low} and {high}, not {number}.")
        return number

    def words(self, name: str, default: list[str]) -> list[str]:
        """A comma-separated list."""
        value = self._raw(name)
        if value is None:
            return default
        return [word.strip() for word in value.split(",") if word.strip()]

    def url(self, name: str, default: str | None, schemes: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if urlsplit(value).scheme not in schemes:
            raise ImproperlyConfigured(
                f"{name} must be a URL that begins with {' or '.join(f'{s}://' for s in schemes)}."
            )
        return value.rstrip("/")

    def matching(self, name: str, default: str | None, pattern: str, like: str) -> str:
        """A value that matches `pattern` in full; `like` is an example for the error."""
        value = self.text(name, default)
        if not re.fullmatch(pattern, value):
            raise ImproperlyConfigured(f"{name} must look like {like}, not {value!r}.")
        return value

    def _raw(self, name: str) -> str | None:
        self.known.add(name)
        value = self.values.get(name)
        if value is not None and value != "":
            return value.strip()
        path = self.values.get(f"{name}_FILE")
        if not path:
            return None if value is None or name.endswith("_URL") else value or None
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error.strerror}.") from None


def database_from_url(url: str) -> dict[str, object]:
    """Django's DATABASES entry of a PostgreSQL URL (a Unix socket as `?host=/folder`)."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql:// (nothing else).")
    query = dict(parse_qsl(parts.query))
    try:
        port = parts.port or ""
    except ValueError:
        raise ImproperlyConfigured("DATABASE_URL has a port that is not a number.") from None
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise ImproperlyConfigured("DATABASE_URL must name a database: postgresql://…/NAME.")
    host = query.pop("host", "") or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": query.pop("user", "") or unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": port,
        "OPTIONS": query,
    }


def celery_url(redis_url: str) -> str:
    """Kombu's spelling of a Redis URL: Unix sockets are `redis+socket://` there."""
    if not redis_url.startswith("unix://"):
        return redis_url
    parts = urlsplit(redis_url)
    number = dict(parse_qsl(parts.query)).get("db", "0")
    return f"redis+socket://{parts.path}?virtual_host={number}"
