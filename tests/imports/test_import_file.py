"""What is a file of consents, by its content, whatever a spreadsheet made of it."""

from __future__ import annotations

import hashlib
import io
import random
import zipfile

import pytest

from consent import import_file
from consent.import_file import BadFile, read_sheet

HEAD = "Telefon;Name;Thema;Eingewilligt am;Wie;Nachweis"
LINE = "+491712345678;Jörg Müller;news;31.03.2026;Papier;Blatt 17"


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, value in files.items():
            archive.writestr(name, value)
    return content.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_letters_are_read_as_spreadsheets_write_them(encoding: str) -> None:
    sheet = read_sheet(f"{HEAD}\r\n{LINE}\r\n".encode(encoding))
    assert sheet.fields == ["phone", "name", "topics", "agreed_at", "how", "evidence"]
    assert sheet.rows == [
        (2, ["+491712345678", "Jörg Müller", "news", "31.03.2026", "Papier", "Blatt 17"])
    ]


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_cells_are_apart_by_what_the_first_line_has(delimiter: str) -> None:
    text = f"{HEAD}\n{LINE}".replace(";", delimiter)
    sheet = read_sheet(text.encode())
    assert (sheet.delimiter, len(sheet.rows[0][1])) == (delimiter, 6)


def test_excels_first_line_and_blank_lines_are_passed_over_and_lines_keep_their_number() -> None:
    sheet = read_sheet(f"sep=;\n{HEAD}\n\n;;;;;\n{LINE}\n".encode())
    assert [number for number, _cells in sheet.rows] == [4]


def test_a_cell_of_two_lines_is_one_cell() -> None:
    sheet = read_sheet(f'{HEAD}\n+49;"A\nB";news;;;\n{LINE}\n'.encode())
    assert [number for number, _cells in sheet.rows] == [2, 4]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Missing: phone, agreed_at, how, evidence, topics"),
        (HEAD.encode(), "no lines"),
        (b"phone;topics\n1;2", "Missing: agreed_at, how, evidence"),
        (f"{HEAD};Nachweis\n{LINE}".encode(), "stand twice: evidence"),
        (b"\x00\x01\x02\x03", "no CSV file"),
        (b"%PDF-1.7\n\x00", "no CSV file"),
        (f"{HEAD}\n{LINE}\x81".encode("latin-1"), "cannot be read"),
        (f'{HEAD}\n"{"x" * 30000}'.encode(), "quotation mark"),
        (b"PK\x03\x04 and nothing", "ZIP cannot be read"),
        (packed({"[Content_Types].xml": b"<x/>", "xl/a.xml": b"<x/>"}), "workbook"),
        (packed({"a.csv": b"x", "b.csv": b"y"}), "exactly one CSV"),
        (packed({"a.pdf": b"x"}), "exactly one CSV"),
    ],
)
def test_what_is_no_such_file_is_refused_with_the_reason(content: bytes, words: str) -> None:
    with pytest.raises(BadFile) as refused:
        read_sheet(content)
    assert words in str(refused.value)


@pytest.mark.parametrize("method", [0, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_zip_is_refused_and_never_an_error(method: int) -> None:
    whole = packed({"a.csv": f"{HEAD}\n{LINE}".encode() * 5, "b.pdf": bytes(range(256))}, method)
    chance = random.Random(method)
    refused = 0
    for _again in range(400):
        broken = bytearray(whole)
        for _place in range(chance.randint(1, 3)):
            broken[chance.randrange(4, len(broken))] = chance.randrange(256)
        cut = len(broken) if chance.random() < 0.9 else chance.randrange(5, len(broken))
        try:
            read_sheet(bytes(broken[:cut]))
        except BadFile:
            refused += 1
    assert refused > 200


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_file, "MOST_LINES", 2)
    with pytest.raises(BadFile, match="more than 2 lines"):
        read_sheet(f"{HEAD}\n{LINE}\n{LINE}\n{LINE}".encode())
    monkeypatch.setattr(import_file, "MOST_BYTES", 50)
    with pytest.raises(BadFile, match="larger than"):
        read_sheet(f"{HEAD}\n{LINE}".encode())


def test_a_zip_brings_its_evidence_which_is_hashed_and_never_unpacked_to_disk() -> None:
    content = packed(
        {
            "consents.csv": f"{HEAD}\n{LINE}".encode(),
            "scans/Blatt-17.PDF": b"%PDF a scan",
            "__MACOSX/._consents.csv": b"x",
            "../../etc/passwd": b"root",
        }
    )
    sheet = read_sheet(content)
    [(path, digest)] = sheet.attached["blatt-17.pdf"]
    assert (path, digest) == ("scans/Blatt-17.PDF", hashlib.sha256(b"%PDF a scan").hexdigest())
    assert set(sheet.attached) == {"blatt-17.pdf", "passwd"}


def test_a_zip_that_grows_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = packed({"a.csv": f"{HEAD}\n{LINE}".encode(), "b.pdf": b"\0" * 5_000_000})
    assert len(bomb) < 20_000
    monkeypatch.setattr(import_file, "MOST_UNPACKED", 1_000_000)
    with pytest.raises(BadFile, match="too large"):
        read_sheet(bomb)
