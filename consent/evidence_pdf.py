"""The evidence file to read: the same as the JSON, which is attached to it, on A4."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from consent.evidence import Evidence, Known, Proven, Standing
from consent.evidence_text import drawable
from consent.models import Act, Clock, Purpose, Source
from consent.sheet import ACCENT, LINE, MUTED, NO, WAITS, YES, Sheet
from consent.states import IN_FORCE
from contacts.models import IdentityKind

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


class _Page(Sheet):
    """The evidence of one person."""

    def __init__(self, evidence: Evidence, language: str) -> None:
        title = f"{gettext('Evidence of consent')} {evidence.contact}"
        super().__init__(language, title, evidence.as_json, _moment(evidence.head.at))
        self.evidence = evidence
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

    # The parts, in the order of reading.

    def head(self) -> None:
        """Whose evidence it is, of when, and who they are to us now."""
        evidence = self.evidence
        self.pen(9, ACCENT, bold=True)
        self.words(settings.SITE_NAME, 5)
        self.pen(20, bold=True)
        self.words(gettext("Evidence of consent"), 10)
        self.ln(2)
        self.fact(gettext("Contact"), evidence.contact)
        for known in evidence.contacts:
            if known.id == evidence.contact:
                gone = gettext("nobody any more: the person was erased")
                self.fact(gettext("Known as"), _who(known) or gone)
            else:
                self.fact(
                    gettext("Also contact"), " · ".join(filter(None, (known.id, _who(known))))
                )
        self.fact(gettext("Made at"), self._when(evidence.head.at))
        count = len(evidence.entries)
        said = ngettext("%(count)s entry", "%(count)s entries", count) % {"count": count}
        of = gettext("of %(all)s in the ledger") % {"all": evidence.head.sequence}
        self.fact(gettext("Entries"), f"{said} {of}")

    def standing(self) -> None:
        """What is in force."""
        self.section(gettext("What is in force"))
        if not self.evidence.in_force:
            self.pen(10, MUTED)
            self.words(gettext("Nothing: this person never agreed to anything."))
            return
        self.set_draw_color(*LINE)
        self.pen(9)
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
            self.pen(8, MUTED)
            row = table.row()
            for heading in headings:
                row.cell(heading)
            self.pen(9)
            for state in self.evidence.in_force:
                row = table.row()
                row.cell(drawable(_label(Purpose, state.purpose)))
                row.cell(drawable(self._topic(state.topic)))
                self.pen(9, YES if state.in_force else NO, bold=True)
                row.cell(_standing(state))
                self.pen(9)
                row.cell(self._when(state.since))
                row.cell(str(state.sequence))

    def entries(self) -> None:
        """Each act, the oldest first."""
        self.section(gettext("What was done, the oldest first"))
        if not self.evidence.entries:
            self.pen(10, MUTED)
            self.words(gettext("No entries."))
        for entry in self.evidence.entries:
            self._entry(entry)

    def how_to_check(self) -> None:
        """Three sentences, and what they speak of."""
        head = self.evidence.head
        if self.will_page_break(80):
            self.add_page()
        self.section(gettext("How to check this"))
        self.pen(9.5)
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
            self.words(sentence, 5)
            self.ln(1)
        self.ln(1)
        self.fact(gettext("Public key"), head.key, mono=True)
        self.fact(gettext("Signed at"), self._when(head.at))
        self.fact(gettext("Last entry"), f"#{head.sequence}")
        self.fact(gettext("Its hash"), head.hash, mono=True)
        self.fact(gettext("Root of all hashes"), head.root, mono=True)
        self.fact(gettext("Signature"), self.evidence.signature, mono=True)

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
        self.pen(8.5, MUTED)
        self.cell(14, 6, f"#{entry.sequence}")
        self.pen(11, bold=True)
        self.start_section(f"#{entry.sequence} {about}: {act}", level=1)
        self.piece(f"{about}: ")
        self.pen(11, _colour(said["act"]), bold=True)
        self.piece(act)
        self.ln(7)
        self.fact(
            gettext("When"), f"{self._when(said['occurred_at'])}, {_label(Clock, said['clock'])}"
        )
        self.fact(gettext("Written down"), self._when(said["recorded_at"]))
        self.fact(gettext("How"), _label(Source, said["source"]))
        self._said_and_shown(entry)
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
            self.fact(label, value, mono=mono)

    def _said_and_shown(self, entry: Proven) -> None:
        """What the person saw, and what they wrote."""
        shown = self.evidence.shown(entry)
        if shown:
            version = gettext("%(key)s, version %(version)s (%(language)s), since %(since)s") % {
                "key": shown.key,
                "version": shown.version,
                "language": shown.language,
                "since": self._when(shown.since),
            }
            self.quote(gettext("What the person saw"), shown.text, version)
        if entry.personal is None:
            erased = gettext(
                "The personal part was erased. That it stood here, its hash still shows."
            )
            self.fact(gettext("What the person wrote"), erased)
        elif entry.personal["words"]:
            self.quote(gettext("What the person wrote"), entry.personal["words"])

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
