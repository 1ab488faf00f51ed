"""A4 pages that are drawn top to bottom, in the look of the house: what our PDFs share."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from fpdf import FPDF, ViewerPreferences
from fpdf.enums import WrapMode, XPos, YPos

from consent.evidence_text import FALLBACKS, MONO, REGULAR, SEMIBOLD, drawable, needed_fallbacks

INK = (27, 34, 38)
MUTED = (92, 103, 110)
LINE = (214, 221, 225)
PANEL = (240, 244, 245)
ACCENT = (11, 107, 115)
YES = (18, 108, 56)
NO = (176, 32, 32)
WAITS = (138, 90, 0)
MARGIN = 20.0
LABELS = 42.0


class Sheet(FPDF):
    """Draws top to bottom; a block that would be torn apart begins a new page."""

    def __init__(self, language: str, title: str, text: str, made_at: datetime) -> None:
        """`text` is all that will be drawn, or more: it decides which fonts are needed."""
        super().__init__(format="A4", unit="mm")
        self.language = language
        self._add_fonts(text)
        self.set_margins(MARGIN, 18, MARGIN)
        self.set_auto_page_break(auto=True, margin=22)
        self.set_lang(language)
        self.set_title(title)
        self.set_author(drawable(settings.SITE_NAME))
        self.set_creation_date(made_at)
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)

    def _add_fonts(self, text: str) -> None:
        self.add_font("text", "", REGULAR)
        self.add_font("text", "B", SEMIBOLD)
        self.add_font("mono", "", MONO)
        fallbacks = needed_fallbacks(drawable(f"{settings.SITE_NAME}{text}"))
        for name in fallbacks:
            self.add_font(name, "", FALLBACKS[name])
        self.set_fallback_fonts(fallbacks, exact_match=False)

    def footer(self) -> None:
        self.set_y(-15)
        self.pen(8, MUTED)
        self.cell(self.epw / 2, 5, drawable(settings.SITE_NAME))
        # Drawn from the left: the number of pages is known, and put in, at the end.
        self.set_x(self.l_margin + self.epw - self.get_string_width("99 / 99"))
        self.cell(0, 5, f"{self.page_no()} / {{nb}}")

    def pen(self, size: float, colour: tuple[int, int, int] = INK, *, bold: bool = False) -> None:
        self.set_font("text", "B" if bold else "", size)
        self.set_text_color(*colour)

    def words(self, text: str, height: float = 5.5) -> None:
        self.multi_cell(0, height, drawable(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def piece(self, text: str) -> None:
        self.write(6, drawable(text))

    def section(self, title: str) -> None:
        if self.will_page_break(40):
            self.add_page()
        self.ln(6)
        self.start_section(title)
        self.pen(13, bold=True)
        self.words(title, 7)
        self.ln(1)

    def fact(self, label: str, value: str, *, mono: bool = False, missing: bool = False) -> None:
        """A label, and beside it what may take many lines."""
        if self.will_page_break(10):
            self.add_page()
        top, first = self.y, self.page
        self.pen(8.5, MUTED)
        self.multi_cell(
            LABELS - 2, 5, drawable(label), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )
        below = self.y
        self.set_xy(self.l_margin + LABELS, top)
        self.pen(9, NO if missing else INK, bold=missing)
        if mono:
            self.set_font("mono", "", 7.5)
        self.multi_cell(
            self.epw - LABELS,
            5,
            drawable(value),
            align="L",
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
            wrapmode=WrapMode.CHAR if mono else WrapMode.WORD,
        )
        if self.page == first:
            self.set_y(max(self.y, below))

    def quote(self, label: str, text: str, note: str = "") -> None:
        """Somebody's words, with a bar beside them that goes on over pages."""
        self.fact(label, note) if note else self.label_only(label)
        self.pen(10)
        self.set_fill_color(*PANEL)
        inside = self.l_margin + LABELS
        self.set_x(inside)
        self.multi_cell(
            self.epw - LABELS,
            5.5,
            drawable(text),
            align="L",
            fill=True,
            padding=(2, 3),
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )
        self.ln(1.5)

    def label_only(self, label: str) -> None:
        self.ln(1)
        self.pen(8.5, MUTED)
        self.cell(LABELS, 5, drawable(label))
