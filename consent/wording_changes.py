"""What is new in a version of words, and what is gone, word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORDS = re.compile(r"\s+|[^\s]+")
# Longer texts are compared line by line: the time rises with the square of the words.
_MOST_WORDS = 3000


@dataclass(frozen=True)
class Part:
    """Some words that stayed ("same"), went ("gone") or came ("new")."""

    kind: str
    text: str


def changes(before: str, after: str) -> list[Part]:
    old, new = _pieces(before), _pieces(after)
    if len(old) + len(new) > 2 * _MOST_WORDS:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    parts = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, came = "".join(old[a:b]), "".join(new[c:d])
        if kind == "equal":
            parts.append(Part("same", gone))
            continue
        if gone:
            parts.append(Part("gone", gone))
        if came:
            parts.append(Part("new", came))
    return parts


def _pieces(text: str) -> list[str]:
    return _WORDS.findall(text)
