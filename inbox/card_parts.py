"""What cards in bubbles are made of, and reading the platform's objects without trusting them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Origin:
    """One quiet line over the text."""

    icon: str
    words: str


@dataclass(frozen=True)
class Link:
    """Something to do with a card: open an address elsewhere, or (`is_file`) download a file."""

    href: str
    words: str
    is_file: bool = False


@dataclass(frozen=True)
class Line:
    """A line of an order: what, and its amount; `is_sum` for what they come to."""

    words: str
    amount: str
    is_sum: bool = False


@dataclass(frozen=True)
class Card:
    """A card inside a bubble. `facts` are pairs of name and value; `copy` goes to the clipboard."""

    icon: str
    title: str
    detail: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    lines: tuple[Line, ...] = ()
    links: tuple[Link, ...] = ()
    copy: str = ""


def dict_of(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def dicts_of(value: object) -> list[dict[str, object]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def text_of(value: object, longest: int = 500) -> str:
    """A word or number as text; "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)[:longest].strip()


def web_address(value: object) -> str:
    """An address that a link may lead to, or ""; never a script, never a file."""
    text = text_of(value, 2000)
    if not text.lower().startswith(("https://", "http://")):
        return ""
    try:
        return text if urlsplit(text).hostname else ""
    except ValueError:  # "https://[": looks like the beginning of an IPv6 address
        return ""
