"""Placeholders of canned responses: `{{contact.name}}` is filled, `{{?Fundnummer}}` is a gap that
the agent fills. No template engine touches what agents write: names are looked up in `SOURCES`,
anything else is a gap with its own name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from django.utils import translation
from django.utils.translation import get_language

from conversations.known import PREFIXES, SOURCES, Known

LONGEST_NAME = 60
# A gap as it stands in the composer until somebody fills it.
GAP = re.compile(rf"\{{\{{\?\s*([^{{}}\n]{{1,{LONGEST_NAME}}}?)\s*\}}\}}")
_PLACEHOLDER = re.compile(rf"\{{\{{\s*(\??[^{{}}\n]{{1,{LONGEST_NAME}}}?)\s*\}}\}}")


class PieceKind(StrEnum):
    TEXT = "text"
    FILLED = "filled"
    MISSING = "missing"


@dataclass(frozen=True)
class Piece:
    """A part of a filled text; a missing one is named by its `text`."""

    kind: PieceKind
    text: str

    @property
    def raw(self) -> str:
        """As it goes into the composer."""
        return f"{{{{?{self.text}}}}}" if self.kind == PieceKind.MISSING else self.text


def pieces(text: str, known: Known, language: str | None = None) -> list[Piece]:
    """`text` for this conversation, in order: what stands, what was filled, what is missing.

    It is filled in its own `language` ("Ja" in a German one, whoever sends it); what is missing is
    named to the agent, in theirs."""
    found, at = [], 0
    for match in _PLACEHOLDER.finditer(text):
        if match.start() > at:
            found.append(Piece(PieceKind.TEXT, text[at : match.start()]))
        found.append(_piece(match[1], known, language or get_language() or ""))
        at = match.end()
    if at < len(text):
        found.append(Piece(PieceKind.TEXT, text[at:]))
    return found


def raw_text(parts: list[Piece]) -> str:
    """What goes into the composer."""
    return "".join(part.raw for part in parts)


def open_gaps(text: str) -> list[str]:
    """The names of the gaps that still stand in a text, each once."""
    return list(dict.fromkeys(match[1].strip() for match in GAP.finditer(text)))


def _piece(name: str, known: Known, language: str) -> Piece:
    if name.startswith("?"):
        return Piece(PieceKind.MISSING, name[1:].strip() or "?")
    source, rest = SOURCES.get(name), ""
    if source is None:
        prefix = next((one for one in PREFIXES if name.startswith(one)), None)
        if prefix is None:
            return Piece(PieceKind.MISSING, name)
        source, rest = PREFIXES[prefix], name.removeprefix(prefix)
    # A value must not open a gap of its own.
    with translation.override(language):
        value = source.find(known, rest).replace("{{", "{ {").strip()
    label = rest or str(source.label)
    return Piece(PieceKind.FILLED, value) if value else Piece(PieceKind.MISSING, label)
