"""The references of click-to-chat links: "K7Q-M3X" in a message, "K7QM3X" in the database.

Six characters of Crockford's base 32 in two groups that each have a digit from 2 to 9 and a
letter, as the codes of sign-up forms, which have eight: neither is ever taken for the other. They
are no secret: they hang on walls. 3·10⁸ of them are enough that no word or number hits one.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass
from itertools import islice

from consent.signup_code import ALPHABET, LONGEST_TEXT, MOST

LENGTH = 6
GROUP = LENGTH // 2

_MISREAD = str.maketrans("OIL", "011")
_DIGIT = re.compile("[2-9]")
_LETTER = re.compile("[A-Z]")
_WORD = r"[0-9A-Za-z]{3}"
# Blanks, a hyphen of whatever kind, or nothing between the groups.
_CODE = re.compile(rf"(?<![^\W_])(?=({_WORD})([\s.·‐-―−-]{{0,3}})({_WORD})(?![^\W_]))")
# What we wrote around it, as far as the customer left it there.
_BEFORE = re.compile(r"[\s,;–—-]*[(\[]?\s*(?:\bref(?:erenz|erence)?\b\s*[.:]*)?\s*$", re.IGNORECASE)
_AFTER = re.compile(r"\s*[)\]]?\s*")
_NEARBY = 20


@dataclass(frozen=True)
class Found:
    """Something that looks like a reference, and all of the text that belongs to it."""

    code: str
    start: int
    end: int

    def cut_from(self, text: str) -> str:
        """`text` as it would be without it."""
        return f"{text[: self.start]} {text[self.end :]}".strip()


def new_reference() -> str:
    return _new_group() + _new_group()


def pretty(code: str) -> str:
    """How people see it."""
    return f"{code[:GROUP]}-{code[GROUP:]}"


def normalised(text: str) -> str:
    """A code as somebody typed it into an address; "" for what can be none."""
    code = re.sub(r"[\s.·‐-―−-]", "", text).upper().translate(_MISREAD)
    return code if len(code) == LENGTH and _is_code(code) else ""


def references_in(text: str) -> list[Found]:
    """What looks like a reference in `text`, in its order; nearly always nothing."""
    if not _DIGIT.search(text):
        return []
    plain = _same_length(text[:LONGEST_TEXT])
    hits = (
        (code, hit)
        for hit in _CODE.finditer(plain)
        if _is_code(code := f"{hit[1]}{hit[3]}".upper().translate(_MISREAD))
    )
    return [_found(plain, code, hit) for code, hit in islice(hits, MOST)]


def _found(text: str, code: str, hit: re.Match[str]) -> Found:
    """With what we wrote around it; a glance to both sides, however long the text is."""
    nearby = max(0, hit.start() - _NEARBY)
    before = _BEFORE.search(text, nearby, hit.start())
    after = _AFTER.match(text, hit.end(3), hit.end(3) + _NEARBY)
    start = before.start() if before else hit.start()
    return Found(code, start, after.end() if after else hit.end(3))


def _same_length(text: str) -> str:
    """Full-width letters as plain ones; places stay what they are."""
    if text.isascii():
        return text
    folded = (unicodedata.normalize("NFKC", char) for char in text)
    return "".join(new if len(new) == 1 else old for old, new in zip(text, folded, strict=True))


def _new_group() -> str:
    while True:
        group = "".join(secrets.choice(ALPHABET) for _ in range(GROUP))
        if _is_group(group):
            return group


def _is_code(code: str) -> bool:
    return (
        all(char in ALPHABET for char in code)
        and _is_group(code[:GROUP])
        and _is_group(code[GROUP:])
    )


def _is_group(group: str) -> bool:
    return bool(_DIGIT.search(group) and _LETTER.search(group))
