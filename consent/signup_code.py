"""The one-time codes of sign-up forms: "K7QM-3XT9" in a message, "K7QM3XT9" in the database.

Eight characters of Crockford's base 32, of which each group has a digit from 2 to 9 and a letter,
so that hardly any word, number or date looks like one. That leaves 5·10¹¹ codes (39 bits). With
10,000 of them valid at one time, a guess hits one in 50 million; each guess is a message from a
real WhatsApp account, and all it can win is to be signed up for what a stranger chose.
"""

from __future__ import annotations

import re
import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
GROUP = LENGTH // 2
# A text is read so far, and so many codes of it are looked up.
LONGEST_TEXT = 4096
MOST = 5

_MISREAD = str.maketrans("OIL", "011")
_DIGIT = re.compile("[2-9]")
_LETTER = re.compile("[A-Z]")
# Blanks, a hyphen of whatever kind, or nothing between the groups. Looked for at every place: in
# "RE72 K7QM-3XT9" the second word is the first half of a code.
_CODE = re.compile(r"(?<![^\W_])(?=([0-9A-TV-Z]{4})[\s.·‐-―−-]{0,3}([0-9A-TV-Z]{4})(?![^\W_]))")


def new_code() -> str:
    return _new_group() + _new_group()


def pretty(code: str) -> str:
    """How people see it."""
    return f"{code[:GROUP]}-{code[GROUP:]}"


def codes_in(text: str) -> list[str]:
    """What looks like a code in `text`, normalised, in its order; nearly always nothing."""
    if not _DIGIT.search(text):
        return []
    plain = unicodedata.normalize("NFKC", text[:LONGEST_TEXT]).upper()
    plain = "".join(char for char in plain if unicodedata.category(char) != "Cf")
    codes = (
        f"{first}{second}".translate(_MISREAD)
        for first, second in _CODE.findall(plain)
        if _is_group(first) and _is_group(second)
    )
    return list(dict.fromkeys(codes))[:MOST]


def _new_group() -> str:
    while True:
        group = "".join(secrets.choice(ALPHABET) for _ in range(GROUP))
        if _is_group(group):
            return group


def _is_group(group: str) -> bool:
    return bool(_DIGIT.search(group) and _LETTER.search(group))
