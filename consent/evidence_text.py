"""Text as evidence files can draw it: whatever was written, nothing dropped, nothing hidden."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

FONTS = Path(__file__).resolve().parent / "fonts"
REGULAR = FONTS / "inter-regular.ttf"
SEMIBOLD = FONTS / "inter-semibold.ttf"
MONO = FONTS / "dejavu-sans-mono.ttf"
# For what the first two lack, in this order.
FALLBACKS = {"signs": FONTS / "dejavu-sans.ttf", "emoji": FONTS / "noto-emoji.ttf"}

# They say "as a picture" and "together with the next"; after an emoji that is how it is drawn.
_PICTURE, _JOINED = "\ufe0f", "\u200d"
_SPACES = {"\t": "    ", "\r\n": "\n", "\r": "\n", "\u2028": "\n", "\u2029": "\n"}


def drawable(text: str) -> str:
    """`text` with "U+202E" for each character that cannot be drawn, or would not be seen."""
    for other, ours in _SPACES.items():
        text = text.replace(other, ours)
    drawn: list[str] = []
    before = ""
    for character in unicodedata.normalize("NFC", text):
        if character in {_PICTURE, _JOINED} and before in _drawn_by("emoji"):
            continue
        drawn.append(character if _is_drawn(character) else f" U+{ord(character):04X} ")
        before = character
    return "".join(drawn)


def needed_fallbacks(text: str) -> list[str]:
    """Which of the further fonts it takes to draw what `drawable` gave."""
    missing = {one for one in text if one not in _drawn_by("text") and one != "\n"}
    needed = []
    for name in FALLBACKS:
        if missing & _drawn_by(name):
            needed.append(name)
            missing -= _drawn_by(name)
    return needed


def _is_drawn(character: str) -> bool:
    if character == "\n":
        return True
    # Controls, direction marks, what has no width: a reader has to see that they are there.
    if unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs", "Cn", "Mn", "Me"}:
        return False
    return any(character in _drawn_by(name) for name in ("text", *FALLBACKS))


@cache
def _drawn_by(name: str) -> frozenset[str]:
    if name == "text":
        return _characters(REGULAR) & _characters(SEMIBOLD)
    return _characters(FALLBACKS[name])


def _characters(path: Path) -> frozenset[str]:
    with TTFont(path, lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))
