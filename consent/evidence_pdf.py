"""The evidence file to read: the same as the JSON, which is attached to it, on A4."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from fpdf import FPDF, ViewerPreferences
from fpdf.enums import WrapMode, XPos, YPos

from consent.evidence import Evidence, Known, Proven, Standing
from consent.evidence_text import FALLBACKS, MONO, REGULAR, SEMIBOLD, drawable, needed_fallbacks
from consent.models import Act, Clock, Purpose, Source
from consent.states import IN_FORCE
from contacts.models import IdentityKind

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
# Numbers and months as each language writes them.
FORMATS = {"de": "d.m.Y, H:i:s", "en": "j M Y, H:i:s"}


def evidence_pdf(evidence: Evidence, language: str) -> bytes:
    """The PDF in that language ("de", "en")."""
    with translation.override(language):
        page = _Page(evidence, language)
        page.head()
        page.standing()
        page.entries()
        page.how_to_check()
        return bytes(page.output())


def file_name(evidence: Evidence, kind: str) -> str:
    """Without the person's name: file names end up where the content does not."""
    return f"consent-evidence-{evidence.contact}.{kind}"


class _Page(FPDF):
    """Draws top to bottom; a block that would be torn apart begins a new page."""

    def __init__(self, evidence: Evidence, language: str) -> None:
        super().__init__(format="A4", unit="mm")
        self.evidence = evidence
        self.language = language
        self._add_fonts()
        self.set_margins(MARGIN, 18, MARGIN)
        self.set_auto_page_break(auto=True, margin=22)
        title = gettext("Evidence of consent")
        self.set_lang(language)
        self.set_title(f"{title} {evidence.contact}")
        self.set_author(drawable(settings.SITE_NAME))
        self.set_creation_date(_moment(evidence.head.at))
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.embed_file(
            bytes=evidence.as_json.encode(),
            basename=file_name(evidence, "json"),
            mime_type="application/json",
            desc=gettext("The same for programs, with the proofs"),
            creation_date=_moment(evidence.head.at),
            modification_date=_moment(evidence.head.at),
            compress=True,
        )
        self.add_page()

    def _add_fonts(self) -> None:
        self.add_font("text", "", REGULAR)
        self.add_font("text", "B", SEMIBOLD)
        self.add_font("mono", "", MONO)
        fallbacks = needed_fallbacks(drawable(f"{settings.SITE_NAME}{self.evidence.as_json}"))
        for name in fallbacks:
            self.add_font(name, "", FALLBACKS[name])
        self.set_fallback_fonts(fallbacks, exact_match=False)

    def footer(self) -> None:
        self.set_y(-15)
        self._pen(8, MUTED)
        self.cell(self.epw / 2, 5, drawable(settings.SITE_NAME))
        # Drawn from the left: the number of pages is known, and put in, at the end.
        self.set_x(self.l_margin + self.epw - self.get_string_width("99 / 99"))
        self.cell(0, 5, f"{self.page_no()} / {{nb}}")

    # The parts, in the order of reading.

    def head(self) -> None:
        """Whose evidence it is, of when, and who they are to us now."""
        evidence = self.evidence
        self._pen(9, ACCENT, bold=True)
        self._line(settings.SITE_NAME, 5)
        self._pen(20, bold=True)
        self._line(gettext("Evidence of consent"), 10)
        self.ln(2)
        self._fact(gettext("Contact"), evidence.contact)
        for known in evidence.contacts:
            if known.id == evidence.contact:
                gone = gettext("nobody any more: the person was erased")
                self._fact(gettext("Known as"), _who(known) or gone)
            else:
                self._fact(
                    gettext("Also contact"), " · ".join(filter(None, (known.id, _who(known))))
                )
        self._fact(gettext("Made at"), self._when(evidence.head.at))
        count = len(evidence.entries)
        said = ngettext("%(count)s entry", "%(count)s entries", count) % {"count": count}
        of = gettext("of %(all)s in the ledger") % {"all": evidence.head.sequence}
        self._fact(gettext("Entries"), f"{said} {of}")

    def standing(self) -> None:
        """What is in force."""
        self._section(gettext("What is in force"))
        if not self.evidence.in_force:
            self._pen(10, MUTED)
            self._line(gettext("Nothing: this person never agreed to anything."))
            return
        self.set_draw_color(*LINE)
        self._pen(9)
        with self.table(
            col_widths=(24, 34, 41, 60, 11),
            borders_layout="HORIZONTAL_LINES",
            line_height=5,
            padding=(1.2, 1),
            text_align="LEFT",
            first_row_as_headings=False,
        ) as table:
            headings = (
                gettext("Purpose"),
                gettext("Topic"),
                gettext("State"),
                gettext("Since"),
                "#",
            )
            self._pen(8, MUTED)
            row = table.row()
            for heading in headings:
                row.cell(heading)
            self._pen(9)
            for state in self.evidence.in_force:
                row = table.row()
                row.cell(drawable(_label(Purpose, state.purpose)))
                row.cell(drawable(self._topic(state.topic)))
                self._pen(9, YES if state.in_force else NO, bold=True)
                row.cell(_standing(state))
                self._pen(9)
                row.cell(self._when(state.since))
                row.cell(str(state.sequence))

    def entries(self) -> None:
        """Each act, the oldest first."""
        self._section(gettext("What was done, the oldest first"))
        if not self.evidence.entries:
            self._pen(10, MUTED)
            self._line(gettext("No entries."))
        for entry in self.evidence.entries:
            self._entry(entry)

    def how_to_check(self) -> None:
        """Three sentences, and what they speak of."""
        head = self.evidence.head
        if self.will_page_break(80):
            self.add_page()
        self._section(gettext("How to check this"))
        self._pen(9.5)
        for sentence in (
            gettext(
                "Each entry holds the SHA-256 of the one before it, so none can be changed or taken"
                " out without changing all that follow."
            ),
            gettext(
                "When this file was made we signed (Ed25519) where this chain ended and the root of"
                " all its hashes, and the file as a whole; compare the public key with one that you"
                " were given in another way."
            ),
            gettext(
                "The file %(name)s, attached to this PDF, holds the hashes, paths and signatures:"
                " verify_evidence.py checks them without our software, and consent-ledger.md says"
                " how to do it without that."
            )
            % {"name": file_name(self.evidence, "json")},
        ):
            self._line(sentence, 5)
            self.ln(1)
        self.ln(1)
        self._fact(gettext("Public key"), head.key, mono=True)
        self._fact(gettext("Signed at"), self._when(head.at))
        self._fact(gettext("Last entry"), f"#{head.sequence}")
        self._fact(gettext("Its hash"), head.hash, mono=True)
        self._fact(gettext("Root of all hashes"), head.root, mono=True)
        self._fact(gettext("Signature"), self.evidence.signature, mono=True)

    def _entry(self, entry: Proven) -> None:
        said = entry.said
        if self.will_page_break(58):
            self.add_page()
        self.ln(2)
        self.set_draw_color(*LINE)
        self.line(self.l_margin, self.y, self.l_margin + self.epw, self.y)
        self.ln(3)
        act = _label(Act, said["act"])
        about = " · ".join(
            filter(None, (_label(Purpose, said["purpose"]), self._topic(said["topic"])))
        )
        self._pen(8.5, MUTED)
        self.cell(14, 6, f"#{entry.sequence}")
        self._pen(11, bold=True)
        self.start_section(f"#{entry.sequence} {about}: {act}", level=1)
        self._piece(f"{about}: ")
        self._pen(11, _colour(said["act"]), bold=True)
        self._piece(act)
        self.ln(7)
        self._fact(
            gettext("When"), f"{self._when(said['occurred_at'])}, {_label(Clock, said['clock'])}"
        )
        self._fact(gettext("Written down"), self._when(said["recorded_at"]))
        self._fact(gettext("How"), _label(Source, said["source"]))
        self._words(entry)
        self._facts(entry)

    def _facts(self, entry: Proven) -> None:
        """What goes with an act, kept together."""
        said, personal = entry.said, entry.personal or {}
        facts = (
            (gettext("Identity"), personal.get("identity", ""), False),
            (gettext("Our number"), said["business_number"], False),
            (gettext("Recorded by"), personal.get("actor", ""), False),
            (gettext("Further evidence"), personal.get("evidence", ""), False),
            (gettext("Reference"), personal.get("reference", ""), True),
            (gettext("Hash"), entry.hash, True),
            (gettext("Hash before"), entry.previous_hash, True),
        )
        told = [fact for fact in facts if fact[1]]
        if self.will_page_break(5 * len(told)):
            self.add_page()
        for label, value, mono in told:
            self._fact(label, value, mono=mono)

    def _words(self, entry: Proven) -> None:
        """What the person saw, and what they wrote."""
        shown = self.evidence.shown(entry)
        if shown:
            version = gettext("%(key)s, version %(version)s (%(language)s), since %(since)s") % {
                "key": shown.key,
                "version": shown.version,
                "language": shown.language,
                "since": self._when(shown.since),
            }
            self._quote(gettext("What the person saw"), shown.text, version)
        if entry.personal is None:
            erased = gettext(
                "The personal part was erased. That it stood here, its hash still shows."
            )
            self._fact(gettext("What the person wrote"), erased)
        elif entry.personal["words"]:
            self._quote(gettext("What the person wrote"), entry.personal["words"])

    # The means.

    def _pen(self, size: float, colour: tuple[int, int, int] = INK, *, bold: bool = False) -> None:
        self.set_font("text", "B" if bold else "", size)
        self.set_text_color(*colour)

    def _line(self, text: str, height: float = 5.5) -> None:
        self.multi_cell(0, height, drawable(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _piece(self, text: str) -> None:
        self.write(6, drawable(text))

    def _section(self, title: str) -> None:
        if self.will_page_break(40):
            self.add_page()
        self.ln(6)
        self.start_section(title)
        self._pen(13, bold=True)
        self._line(title, 7)
        self.ln(1)

    def _fact(self, label: str, value: str, *, mono: bool = False) -> None:
        """A label, and beside it what may take many lines."""
        if self.will_page_break(10):
            self.add_page()
        top, first = self.y, self.page
        self._pen(8.5, MUTED)
        self.multi_cell(
            LABELS - 2, 5, drawable(label), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )
        below = self.y
        self.set_xy(self.l_margin + LABELS, top)
        self._pen(9)
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

    def _quote(self, label: str, text: str, note: str = "") -> None:
        """Somebody's words, with a bar beside them that goes on over pages."""
        self._fact(label, note) if note else self._label_only(label)
        self._pen(10)
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

    def _label_only(self, label: str) -> None:
        self.ln(1)
        self._pen(8.5, MUTED)
        self.cell(LABELS, 5, drawable(label))

    def _when(self, at: str) -> str:
        """In our zone, which is named: "02.09.2026, 07:21:33 (UTC+02:00)"."""
        local = timezone.localtime(_moment(at), timezone.get_default_timezone())
        return (
            f"{date_format(local, FORMATS.get(self.language, 'c'))} (UTC{local.isoformat()[-6:]})"
        )

    def _topic(self, key: str) -> str:
        name = self.evidence.topics.get(key, {}).get(self.language, "")
        return f"{name} ({key})" if name else key


def _moment(at: str) -> datetime:
    return datetime.fromisoformat(at)


def _label(choices: Any, value: str) -> str:
    """What a value is called; itself, when an older version knew it."""
    return str(choices(value).label) if value in choices else value


def _standing(state: Standing) -> str:
    told = gettext("not in force (%(act)s)")
    if state.in_force:
        told = gettext("in force (%(act)s)")
    elif state.act in IN_FORCE:
        told = gettext("ended (was %(act)s)")
    return told % {"act": _label(Act, state.act)}


def _colour(act: str) -> tuple[int, int, int]:
    if act in IN_FORCE:
        return YES
    return WAITS if act in {Act.INFORMED, Act.REQUESTED} else NO


def _who(known: Known) -> str:
    """Name and identities; those that ended are told as such."""
    parts, ended = [known.name], gettext("ended")
    for one in known.identities:
        said = f"{_label(IdentityKind, one.kind)} {one.value}"
        parts.append(f"{said} ({ended})" if one.ended_at else said)
    return " · ".join(filter(None, parts))
