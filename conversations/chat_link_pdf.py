"""Posters and cards with the QR code of a click-to-chat link, ready to be printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

import segno
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext
from fpdf import FPDF, ViewerPreferences
from fpdf.enums import XPos, YPos

from consent.evidence_text import FALLBACKS, REGULAR, SEMIBOLD, drawable, needed_fallbacks
from contacts.numbers import spelled
from conversations.chat_address import number_of
from conversations.models import ChatLink

# The house's colours, as in tokens.css.
INK = (27, 34, 38)
MUTED = (92, 103, 110)
ACCENT = (11, 107, 115)
WHITE = (255, 255, 255)
# White around a code, in modules: what readers ask for (ISO 18004).
QUIET = 4
# A quarter of a code may be torn off or scratched.
ERRORS = "q"
SMALLEST_MM = 30.0


class Format(StrEnum):
    POSTER = "poster"  # A4, upright
    CARD = "card"  # A6, across


SIZES = {Format.POSTER: (210.0, 297.0), Format.CARD: (148.0, 105.0)}


@dataclass(frozen=True)
class Print:
    """A link, and its address as it is scanned."""

    link: ChatLink
    address: str


def print_links(prints: Sequence[Print], form: Format, language: str) -> bytes:
    """A PDF with a page for each."""
    with translation.override(language):
        pdf = _Sheet(prints, form, language)
        for one in prints:
            pdf.add_page()
            pdf.poster(one) if form is Format.POSTER else pdf.card(one)
        return bytes(pdf.output())


def headline_of(link: ChatLink) -> str:
    """In the language that is on; without one of its own an invitation."""
    german = translation.get_language() == "de"
    own = link.headline_de if german else link.headline_en
    return own.strip() or gettext("Write to us on WhatsApp")


class _Sheet(FPDF):
    """All places are in millimetres from the top left."""

    def __init__(self, prints: Sequence[Print], form: Format, language: str) -> None:
        super().__init__(format=SIZES[form], unit="mm")
        self.language = language
        self.set_auto_page_break(auto=False)
        self.set_margin(0)
        self.c_margin = 0
        self.set_lang(language)
        self.set_title(prints[0].link.name if len(prints) == 1 else gettext("Click-to-chat links"))
        self.set_author(drawable(settings.SITE_NAME))
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.add_font("text", "", REGULAR)
        self.add_font("text", "B", SEMIBOLD)
        drawn = "".join(
            f"{one.link.headline_de}{one.link.headline_en}{one.link.place}" for one in prints
        )
        fallbacks = needed_fallbacks(drawable(f"{settings.SITE_NAME}{drawn}"))
        for name in fallbacks:
            self.add_font(name, "", FALLBACKS[name])
        self.set_fallback_fonts(fallbacks, exact_match=False)

    def poster(self, one: Print) -> None:
        """The headline on petrol, the code large below it, and how to get there without it."""
        self.set_fill_color(*ACCENT)
        self.rect(0, 0, self.w, 98, style="F")
        self._pen(18, WHITE, bold=True)
        self._text(20, 22, 170, 9, settings.SITE_NAME)
        self._fitted(20, 40, 170, 50, headline_of(one.link), 44)
        self._code(one.address, (self.w - 112) / 2, 106, 112)
        self._pen(21, INK, bold=True)
        self._text(20, 223, 170, 9, gettext("Scan with your phone’s camera"), align="C")
        self._pen(14, MUTED)
        self._text(
            20, 235, 170, 7, gettext("WhatsApp opens. Send the words, and we answer."), align="C"
        )
        self._ways(20, 254, 170, one, 13, align="C")
        self._foot(20, self.h - 14, 170, one.link)

    def card(self, one: Print) -> None:
        """The code on the right, all words on the left."""
        self.set_fill_color(*ACCENT)
        self.rect(0, 0, 7, self.h, style="F")
        self._pen(10.5, ACCENT, bold=True)
        self._text(16, 13, 60, 6, settings.SITE_NAME)
        self._fitted(16, 22, 62, 36, headline_of(one.link), 22, colour=INK)
        self._code(one.address, 81, 16.5, 62)
        self._pen(9.5, INK, bold=True)
        self._text(81, 81, 62, 5, gettext("Scan with your phone’s camera"), align="C")
        self._ways(16, 66, 62, one, 9)
        self._foot(16, self.h - 11, 121.5, one.link)

    def _ways(
        self, x: float, y: float, width: float, one: Print, size: float, align: str = "L"
    ) -> None:
        """Number and short address, for who cannot scan."""
        line = size * 0.53
        self._pen(size, MUTED)
        self._text(x, y, width, line, gettext("Without a camera"), align=align)
        self._pen(size, INK, bold=True)
        number = spelled(number_of(one.link).phone_number)
        self._text(x, y + line, width, line, number, align=align)
        shown = one.address.partition("://")[2].rstrip("/")
        self._fitted(x, y + 2 * line, width, line * 1.05, shown, size, colour=INK, align=align)

    def _foot(self, x: float, y: float, width: float, link: ChatLink) -> None:
        """Which of the many this is, for whoever hangs it up."""
        self._pen(7.5, MUTED)
        told = " · ".join(part for part in (link.place, link.spelled) if part)
        self._text(x, y, width, 4, told, align="R")

    def _code(self, text: str, x: float, y: float, side: float) -> None:
        """The QR code within a white square of `side`, its border included."""
        rows = segno.make_qr(text, error=ERRORS).matrix
        module = side / (len(rows) + 2 * QUIET)
        assert module * len(rows) >= SMALLEST_MM
        self.set_fill_color(*WHITE)
        self.rect(x, y, side, side, style="F")
        self.set_fill_color(*INK)
        for row, modules in enumerate(rows):
            column = 0
            for dark, run in groupby(modules):
                width = len(list(run))
                if dark:
                    self.rect(
                        x + (QUIET + column) * module,
                        y + (QUIET + row) * module,
                        width * module,
                        # A breath more: else viewers draw hairlines between the rows.
                        module * 1.01,
                        style="F",
                    )
                column += width

    def _fitted(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        text: str,
        size: float,
        colour: tuple[int, int, int] = WHITE,
        align: str = "L",
    ) -> None:
        """`text` as large as it fits, `size` at most."""
        shown = drawable(text)
        while True:
            self._pen(size, colour, bold=True)
            line = size * 0.42
            lines: Any = self.multi_cell(
                width, line, shown, align=align, dry_run=True, output="LINES"
            )
            widest = max(self.get_string_width(part) for part in shown.split() or [""])
            if size <= 6 or (len(lines) * line <= height and widest <= width):
                break
            size -= 0.5
        self._text(x, y, width, line, text, align=align)

    def _pen(self, size: float, colour: tuple[int, int, int], *, bold: bool = False) -> None:
        self.set_font("text", "B" if bold else "", size)
        self.set_text_color(*colour)

    def _text(
        self, x: float, y: float, width: float, line: float, text: str, align: str = "L"
    ) -> None:
        self.set_xy(x, y)
        self.multi_cell(
            width, line, drawable(text), align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )
