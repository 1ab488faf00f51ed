"""What one line of an import says, or why it cannot be taken. No database here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

import phonenumbers
from django.utils import timezone

from consent.import_file import IDENTITIES, Sheet
from consent.models import Purpose
from consent.models.importing import LineReason
from consent.words import normalise
from contacts.models import IdentityKind
from contacts.numbers import variants
from contacts.services import Person

Part = TypeVar("Part")

OLDEST = timedelta(days=3653)
_LONGEST_CELL = 400
_LONGEST = {"name": 200, "how": 200, "evidence": 1000, "wording": 4000}
_BSUID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")
_LANGUAGE = re.compile(r"([A-Za-z]{2})(?:[-_][A-Za-z]{2})?")
# 4,91761E+11: digits that are lost.
_CUT = re.compile(r"\d+(?:[.,]\d+)?[eE]\+?\d+")
# ="0176…", and the apostrophe that makes a cell text.
_AS_TEXT = re.compile(r'="?(.*?)"?', re.DOTALL)
_DATES = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y")
_SEPARATORS = re.compile(r"[|;,\n]")
_PURPOSES = {
    "service": Purpose.SERVICE,
    "kundenservice": Purpose.SERVICE,
    "marketing": Purpose.MARKETING,
    "werbung": Purpose.MARKETING,
    "newsletter": Purpose.MARKETING,
}


@dataclass(frozen=True)
class Parsed:
    """A line that can be taken. `identity` is a wa_id (digits) or a BSUID; `topics` keys, none of
    them: the purpose in general. `agreed_at` is ISO with offset."""

    identity: str
    purpose: str
    topics: list[str]
    agreed_at: str
    how: str
    evidence: str
    name: str = ""
    language: str = ""
    wording: str = ""

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.agreed_at)

    @property
    def kind(self) -> IdentityKind:
        return IdentityKind.WA_ID if self.identity.isdigit() else IdentityKind.BSUID

    @property
    def person(self) -> Person:
        """As the contacts' room knows people."""
        if self.kind == IdentityKind.WA_ID:
            return Person(wa_id=self.identity, name=self.name)
        return Person(bsuid=self.identity, name=self.name)

    @property
    def keeps(self) -> dict[str, Any]:
        """JSON of what has no column of its own on the line."""
        values = asdict(self)
        for name in ("identity", "purpose", "topics"):
            del values[name]
        return values


@dataclass(frozen=True)
class Refused:
    """Why a line is not taken; `detail` is what in it is meant, `also` what else is wrong.
    `identity`: whom it is about, where at least that can be read."""

    reason: LineReason
    detail: str = ""
    also: tuple[Refused, ...] = ()
    identity: str = ""


class _Refuse(Exception):
    def __init__(self, reason: LineReason, detail: str = "") -> None:
        super().__init__(reason)
        self.refused = Refused(reason, detail[:200])


@dataclass(frozen=True)
class Reader:
    """Reads lines of one file. `topics`: keys by normalised name; `region`: where numbers without
    country code are from, "" for none."""

    sheet: Sheet
    topics: Mapping[str, str]
    region: str = ""
    now: datetime = field(default_factory=timezone.now)

    def read(self, cells: Sequence[str]) -> Parsed | Refused:
        try:
            said = self._named(cells)
        except _Refuse as refusal:
            return refusal.refused
        wrong: list[Refused] = []
        parsed = self._parsed(said, wrong)
        if not wrong:
            return parsed
        return Refused(wrong[0].reason, wrong[0].detail, tuple(wrong[1:]), parsed.identity)

    def _named(self, cells: Sequence[str]) -> dict[str, str]:
        extra = [cell for cell in cells[len(self.sheet.fields) :] if cell.strip()]
        if extra or any("\ufffd" in cell or "\0" in cell for cell in cells):
            raise _Refuse(LineReason.UNREADABLE)
        pairs = zip(self.sheet.fields, cells, strict=False)
        return {name: _plain(cell) for name, cell in pairs if name}

    def _parsed(self, said: Mapping[str, str], wrong: list[Refused]) -> Parsed:
        """The line, as far as it can be read; all that is wrong with it goes into `wrong`."""

        def part(name: str, read: Callable[[str], Part], otherwise: Part) -> Part:
            try:
                text = said.get(name, "")
                if len(text) > _LONGEST.get(name, _LONGEST_CELL):
                    raise _Refuse(LineReason.TOO_LONG, name)
                return read(text)
            except _Refuse as refusal:
                wrong.append(refusal.refused)
                return otherwise

        nothing: tuple[str, list[str]] = ("", [])
        identity = part("", lambda _text: self._identity(said), "")
        purpose, topics = part("", lambda _text: self._purpose(said), nothing)
        return Parsed(
            identity=identity,
            purpose=purpose,
            topics=topics,
            agreed_at=part("agreed_at", self._agreed_at, self.now).isoformat(),
            how=part("how", _how, ""),
            evidence=part("evidence", self._evidence, ""),
            name=part("name", str, ""),
            language=part("language", _language, ""),
            wording=part("wording", str, ""),
        )

    def _identity(self, said: Mapping[str, str]) -> str:
        given = [name for name in IDENTITIES if said.get(name)]
        if not given:
            raise _Refuse(LineReason.NO_IDENTITY)
        if len(given) > 1:
            # Whether two identities are one person, only WhatsApp can tell.
            raise _Refuse(LineReason.TWO_IDENTITIES)
        value = said[given[0]]
        if given[0] == "bsuid":
            if not _BSUID.fullmatch(value):
                raise _Refuse(LineReason.BAD_ID, value)
            return value
        if _CUT.fullmatch(value):
            raise _Refuse(LineReason.CUT_NUMBER, value)
        if given[0] == "wa_id":
            if not value.isascii() or not value.isdigit():
                raise _Refuse(LineReason.BAD_ID, value)
            return _number(f"+{variants(value)[0]}", "")
        return _number(value, self.region)

    def _purpose(self, said: Mapping[str, str]) -> tuple[str, list[str]]:
        named, asked = said.get("purpose", ""), said.get("topics", "")
        topics = []
        for name in _SEPARATORS.split(asked):
            if not name.strip():
                continue
            key = self.topics.get(normalise(name))
            if key is None:
                raise _Refuse(LineReason.UNKNOWN_TOPIC, name.strip())
            topics.append(key)
        if not named and not topics:
            raise _Refuse(LineReason.NO_TOPIC)
        purpose = _PURPOSES.get(normalise(named)) if named else Purpose.MARKETING
        if purpose is None:
            raise _Refuse(LineReason.UNKNOWN_PURPOSE, named)
        if topics and purpose != Purpose.MARKETING:
            raise _Refuse(LineReason.TOPIC_OF_SERVICE)
        return str(purpose), sorted(set(topics))

    def _agreed_at(self, text: str) -> datetime:
        if not text:
            raise _Refuse(LineReason.NO_DATE)
        moment = _moment(text)
        if moment is None:
            raise _Refuse(LineReason.BAD_DATE, text)
        if moment > self.now:
            raise _Refuse(LineReason.FUTURE, text)
        if moment < self.now - OLDEST:
            raise _Refuse(LineReason.TOO_OLD, text)
        return moment

    def _evidence(self, text: str) -> str:
        """The words; of a file in the ZIP its name and what proves that it is this one."""
        if not text:
            raise _Refuse(LineReason.NO_EVIDENCE)
        named = text.removeprefix("file:").strip()
        found = self.sheet.evidence(named)
        if len(found) > 1:
            raise _Refuse(LineReason.WHICH_FILE, named)
        if found:
            path, digest = found[0]
            return f"{path} (SHA-256 {digest})"
        if text.startswith("file:"):
            raise _Refuse(LineReason.NO_SUCH_FILE, named)
        return text


def _plain(cell: str) -> str:
    """A cell without what spreadsheets need to take it for text."""
    text = cell.replace("\u00a0", " ").strip().strip("\u200b\u200e\u200f\u202a\u202c\ufeff")
    if text.startswith("="):
        made = _AS_TEXT.fullmatch(text)
        text = made[1] if made else text
    return text.removeprefix("'").strip()


def _number(text: str, region: str) -> str:
    """Digits as WhatsApp has them; refuses what is no number, or of a country nobody knows."""
    if text.startswith("00"):
        text = f"+{text[2:]}"
    number = _valid(text, region)
    if number is None:
        raise _Refuse(LineReason.BAD_NUMBER, text)
    if text[0] not in "+0" and (other := _valid(f"+{text}", "")) and other != number:
        # 491712345678: a mobile number that lost its plus, or a landline that lost its zero?
        raise _Refuse(LineReason.DOUBTFUL_NUMBER, text)
    digits = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).lstrip("+")
    return variants(digits)[0]


def _valid(text: str, region: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) and not number.extension else None


def _how(text: str) -> str:
    if not text:
        raise _Refuse(LineReason.NO_HOW)
    return text


def _language(text: str) -> str:
    if not text:
        return ""
    found = _LANGUAGE.fullmatch(text)
    if found is None:
        raise _Refuse(LineReason.BAD_LANGUAGE, text)
    return found[1].lower()


def _moment(text: str) -> datetime | None:
    """In our time zone where it says none; a day is its beginning, so that whoever withdrew on the
    same day has withdrawn."""
    moment: datetime | None = None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        for form in _DATES:
            try:
                moment = datetime.strptime(text, form)  # noqa: DTZ007 (made aware below)
                break
            except ValueError:
                continue
    if moment is None or moment.year < 1900:
        return None
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
