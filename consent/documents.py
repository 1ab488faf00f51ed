"""A document as its parts, to be shown as a page and drawn as a PDF; what is missing is marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext

from consent.evidence_text import drawable
from consent.sheet import ACCENT, LINE, MUTED, NO, Sheet


@dataclass(frozen=True)
class Facts:
    """Labels, and what is to be said of them; "" is missing."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """Rows under headings; "" is missing. `widths` are parts of the page's."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int] = ()


@dataclass(frozen=True)
class Points:
    """Sentences, each with whether it holds; None: it is said, and not checked."""

    points: Sequence[tuple[str, bool | None]]


@dataclass(frozen=True)
class Words:
    """A paragraph."""

    text: str


Block = Facts | Table | Points | Words


@dataclass(frozen=True)
class Section:
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Document:
    """In one language, as of one moment."""

    title: str
    subtitle: str
    intro: str
    sections: Sequence[Section]
    language: str
    made_at: datetime = field(default_factory=timezone.now)

    @property
    def missing(self) -> int:
        """How much is not filled in yet."""
        return sum(1 for text in self._filled_in() if not text)

    def _filled_in(self) -> Iterator[str]:
        for section in self.sections:
            for block in section.blocks:
                if isinstance(block, Facts):
                    yield from (value for _label, value in block.pairs)
                elif isinstance(block, Table):
                    yield from (cell for row in block.rows for cell in row)


def kind_of(block: Block) -> str:
    """What a template chooses by."""
    return type(block).__name__.lower()


def as_pdf(document: Document) -> bytes:
    """The document on A4, in its language."""
    with translation.override(document.language):
        page = _Page(document)
        page.head()
        for number, section in enumerate(document.sections, start=1):
            page.section(f"{number}. {section.title}")
            for block in section.blocks:
                page.block(block)
        return bytes(page.output())


class _Page(Sheet):
    def __init__(self, document: Document) -> None:
        super().__init__(document.language, document.title, repr(document), document.made_at)
        self.document = document
        self.add_page()

    def head(self) -> None:
        document = self.document
        self.pen(9, ACCENT, bold=True)
        self.words(document.subtitle, 5)
        self.pen(20, bold=True)
        self.words(document.title, 10)
        self.ln(1)
        self.pen(9, MUTED)
        local = timezone.localtime(document.made_at)
        self.words(gettext("As of %(date)s") % {"date": date_format(local, "SHORT_DATE_FORMAT")})
        self.ln(2)
        self.pen(10)
        self.words(document.intro)

    def block(self, block: Block) -> None:
        if isinstance(block, Words):
            self.pen(10)
            self.words(block.text)
            self.ln(1.5)
        elif isinstance(block, Facts):
            for label, value in block.pairs:
                self.fact(label, value or _not_yet(), missing=not value)
            self.ln(1.5)
        elif isinstance(block, Points):
            for text, holds in block.points:
                self._point(text, holds)
            self.ln(1.5)
        else:
            self._table(block)

    def _point(self, text: str, holds: bool | None) -> None:
        if self.will_page_break(8):
            self.add_page()
        self.pen(10, NO if holds is False else (27, 34, 38))
        self.cell(5, 5.5, "–")
        said = text if holds is not False else f"{text} ({gettext('not so here')})"
        left = self.l_margin
        self.set_left_margin(left + 5)
        self.words(said)
        self.set_left_margin(left)
        self.set_x(left)

    def _table(self, block: Table) -> None:
        self.set_draw_color(*LINE)
        self.pen(9)
        widths = tuple(block.widths) or (1,) * len(block.headings)
        with self.table(
            col_widths=widths,
            borders_layout="HORIZONTAL_LINES",
            line_height=4.6,
            padding=(1.2, 1),
            text_align="LEFT",
            v_align="TOP",
            first_row_as_headings=False,
        ) as table:
            self.pen(8, MUTED)
            row = table.row()
            for heading in block.headings:
                row.cell(drawable(heading))
            for cells in block.rows:
                row = table.row()
                for text in cells:
                    self.pen(9) if text else self.pen(9, NO, bold=True)
                    row.cell(drawable(text or _not_yet()))
        self.ln(3)


def _not_yet() -> str:
    return gettext("not filled in yet")
