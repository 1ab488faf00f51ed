"""A file of consents, as spreadsheets write them: what it is by its content, and its lines.

CSV in UTF-8 (with or without mark), UTF-16 or Windows-1252; cells apart by `;`, `,` or tab. Or a
ZIP with one such file and the evidence its lines name. Evidence is never opened, only hashed.
"""

from __future__ import annotations

import csv
import hashlib
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MOST_BYTES = 20 * 1024 * 1024
MOST_LINES = 50_000
MOST_COLUMNS = 40
# Of a ZIP: files, and bytes of all when they are unpacked.
MOST_FILES = 5_000
MOST_UNPACKED = 200 * 1024 * 1024
_CHUNK = 256 * 1024
_DELIMITERS = ";,\t"
# What reading an archive comes to when a byte of it is wrong: each unpacker has its own error.
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError, IndexError, OverflowError, MemoryError),
)
# A cell longer than this is no cell: a quote was never closed.
_LONGEST_CELL = 20_000

COLUMNS: dict[str, tuple[str, ...]] = {
    "phone": (
        *("phone", "phone number", "telephone", "mobile", "number"),
        *("telefon", "telefonnummer", "rufnummer", "nummer", "mobil", "mobilnummer", "handy"),
    ),
    "wa_id": ("wa_id", "waid", "whatsapp id", "whatsapp-id"),
    "bsuid": ("bsuid",),
    "name": ("name", "full name", "vor- und nachname"),
    "language": ("language", "sprache"),
    "topics": ("topics", "topic", "themen", "thema"),
    "purpose": ("purpose", "zweck"),
    "agreed_at": (
        *("agreed_at", "agreed at", "agreed on", "date", "consent date"),
        *("eingewilligt am", "einwilligung am", "zugestimmt am", "datum"),
    ),
    "how": ("how", "how they agreed", "source", "wie", "art", "quelle", "weg"),
    "evidence": ("evidence", "proof", "nachweis", "beleg"),
    "wording": ("wording", "wording text", "words", "wortlaut", "text"),
}
_NAMES = {name: column for column, names in COLUMNS.items() for name in names}
IDENTITIES = ("phone", "wa_id", "bsuid")
REQUIRED = ("agreed_at", "how", "evidence")


Attached = dict[str, list[tuple[str, str]]]


class BadFile(Exception):
    """It cannot be imported as a whole; `sentence` says why."""

    def __init__(self, sentence: Promise | str, **params: object) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence
        self.params = params

    def __str__(self) -> str:
        return str(self.sentence) % self.params if self.params else str(self.sentence)


@dataclass(frozen=True)
class Sheet:
    """The file, read. `columns` is the first line as given, `fields` what each column is ("" when
    it means nothing to us), `attached` path and SHA-256 of evidence files: by name in small
    letters, since one name may stand in several folders."""

    columns: list[str]
    fields: list[str]
    delimiter: str
    rows: list[tuple[int, list[str]]]
    attached: Attached = field(default_factory=dict)
    is_zip: bool = False

    def evidence(self, named: str) -> list[tuple[str, str]]:
        """The files that `named` may mean, each content once: the one with just this path, else
        those of its name, as far as the folders that both say are the same."""
        path = "/" + named.replace("\\", "/").lower().lstrip("/")
        found = [(f"/{at.lower().lstrip('/')}", at, digest) for at, digest in self._of_name(path)]
        fits = [one for one in found if one[0].endswith(path) or path.endswith(one[0])]
        exact = [one for one in fits if one[0] == path]
        return list({digest: (at, digest) for _key, at, digest in exact or fits}.values())

    def _of_name(self, path: str) -> list[tuple[str, str]]:
        return self.attached.get(path.rpartition("/")[2], [])


def read_sheet(content: bytes) -> Sheet:
    """The whole file; `BadFile` when it is none of the kinds, or too much."""
    if len(content) > MOST_BYTES:
        raise BadFile(
            _("The file is larger than %(most)s MB. Please cut it in parts."),
            most=MOST_BYTES // 1024 // 1024,
        )
    if content.startswith(b"PK\x03\x04"):
        return _from_zip(content)
    return _from_text(content)


def _from_text(content: bytes, attached: Attached | None = None) -> Sheet:
    text = _decoded(content)
    delimiter, text = _delimiter(text)
    try:
        lines = _lines(text, delimiter)
        columns = next(lines, (0, []))[1]
        rows = list(lines)
    except csv.Error as error:
        raise BadFile(
            _("This is no CSV file: somewhere a quotation mark is opened and not closed.")
        ) from error
    fields = _fields(columns)
    if not rows:
        raise BadFile(_("The file has no lines below its first one."))
    return Sheet(columns, fields, delimiter, rows, attached or {}, attached is not None)


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\0" in content:
        raise BadFile(_("This is no CSV file. Spreadsheets can save as CSV (UTF-8)."))
    else:
        encoding = "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        pass
    try:
        # What German spreadsheets write when nobody asks for anything else.
        text = content.decode("cp1252")
    except UnicodeDecodeError as error:
        raise BadFile(
            _("The letters cannot be read. Please save the file as CSV (UTF-8).")
        ) from error
    return text


def _delimiter(text: str) -> tuple[str, str]:
    """What separates cells: as the first line says (`sep=;`, for Excel), else what it has most."""
    first, _end, rest = text.partition("\n")
    said = first.strip()
    if said.lower().startswith("sep=") and len(said) == 5 and said[4] in _DELIMITERS:
        return said[4], rest
    return max(_DELIMITERS, key=first.count), text


def _lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line that holds something."""
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    count = 0
    before = 0
    for cells in reader:
        number, before = before + 1, reader.line_num
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        if count > MOST_LINES + 1:
            raise BadFile(
                _("The file has more than %(most)s lines. Please cut it in parts."),
                most=MOST_LINES,
            )
        yield number, cells


def _fields(columns: list[str]) -> list[str]:
    """What each column is; `BadFile` when one that is needed is missing or stands twice."""
    if len(columns) > MOST_COLUMNS:
        raise BadFile(_("The file has more than %(most)s columns."), most=MOST_COLUMNS)
    fields = [_NAMES.get(" ".join(one.strip().lower().split()), "") for one in columns]
    known = [one for one in fields if one]
    twice = sorted({one for one in known if known.count(one) > 1})
    if twice:
        raise BadFile(_("These columns stand twice: %(columns)s"), columns=", ".join(twice))
    missing = [one for one in REQUIRED if one not in known]
    if not any(one in known for one in IDENTITIES):
        missing.insert(0, "phone")
    if "topics" not in known and "purpose" not in known:
        missing.append("topics")
    if missing:
        raise BadFile(
            _("The first line must name the columns. Missing: %(columns)s"),
            columns=", ".join(missing),
        )
    return fields


def _from_zip(content: bytes) -> Sheet:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            table, attached = _unpacked(archive)
    except _DAMAGED as error:
        # Damaged, packed in an unusual way, or locked with a password.
        raise BadFile(_("The ZIP cannot be read, or it has a password.")) from error
    return _from_text(table, attached)


def _unpacked(archive: zipfile.ZipFile) -> tuple[bytes, Attached]:
    """The CSV file, and what proves the others."""
    names = [one for one in archive.infolist() if not one.is_dir() and not _is_litter(one.filename)]
    if any(one.filename == "[Content_Types].xml" for one in names):
        raise BadFile(_("This is a workbook. Please save the sheet as CSV (UTF-8)."))
    sheets = [one for one in names if one.filename.lower().endswith((".csv", ".tsv"))]
    if len(sheets) != 1:
        raise BadFile(_("The ZIP must hold exactly one CSV file, beside the evidence."))
    if len(names) > MOST_FILES:
        raise BadFile(_("The ZIP holds more than %(most)s files."), most=MOST_FILES)
    left = MOST_UNPACKED
    attached: Attached = {}
    table = b""
    for info in names:
        is_sheet = info is sheets[0]
        with archive.open(info) as opened:
            digest, size, kept = _hashed(opened, left, keep=is_sheet)
        left -= size
        if is_sheet:
            table = kept
        else:
            name = info.filename.rpartition("/")[2].lower()
            attached.setdefault(name, []).append((info.filename, digest))
    return table, attached


def _hashed(opened: IO[bytes], left: int, *, keep: bool) -> tuple[str, int, bytes]:
    """Digest, true size whatever the archive says of it, and the content, if it is kept."""
    digest, size, kept = hashlib.sha256(), 0, []
    most = min(left, MOST_BYTES) if keep else left
    while chunk := opened.read(_CHUNK):
        size += len(chunk)
        if size > most:
            raise BadFile(_("Unpacked, the ZIP is too large. Please cut it in parts."))
        digest.update(chunk)
        if keep:
            kept.append(chunk)
    return digest.hexdigest(), size, b"".join(kept)


def _is_litter(name: str) -> bool:
    """What operating systems leave in archives."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith(".")
