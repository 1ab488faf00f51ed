"""What one line says: read, or refused with the reason."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.import_file import COLUMNS, Sheet
from consent.import_line import Parsed, Reader, Refused
from consent.models.importing import LineReason

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ATTACHED = {
    "scan.pdf": [("Scans/Scan.pdf", "ab" * 32)],
    "sheet.pdf": [("2024/sheet.pdf", "24" * 32), ("2025/sheet.pdf", "25" * 32)],
    "both.pdf": [("a/both.pdf", "cd" * 32), ("b/Both.pdf", "cd" * 32)],
}
GOOD = {
    "phone": "+49 171 2345678",
    "topics": "News",
    "agreed_at": "31.03.2026",
    "how": "paper form",
    "evidence": "sheet 17",
}


def read(region: str = "", **cells: str) -> Parsed | Refused:
    said = {**GOOD, **cells}
    names = list(said)
    sheet = Sheet(names, names, ";", [], ATTACHED)
    topics = {"news": "news", "neuigkeiten": "news", "linie s1": "line-s1"}
    return Reader(sheet, topics, region, NOW).read(list(said.values()))


def parsed(region: str = "", **cells: str) -> Parsed:
    found = read(region, **cells)
    assert isinstance(found, Parsed), found
    return found


def test_a_good_line() -> None:
    assert parsed(name="Anna", language="de-DE", wording="Ja, bitte.") == Parsed(
        identity="491712345678",
        purpose="marketing",
        topics=["news"],
        agreed_at="2026-03-31T00:00:00+02:00",
        how="paper form",
        evidence="sheet 17",
        name="Anna",
        language="de",
        wording="Ja, bitte.",
    )


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("0049 171 2345678", "", "491712345678"),
        ("'+49 171 2345678", "", "491712345678"),
        ('="+491712345678"', "", "491712345678"),
        ("+49\u00a0(171) 234-5678", "", "491712345678"),
        ("0171 2345678", "DE", "491712345678"),
        ("171 2345678", "DE", "491712345678"),  # the spreadsheet took the zero
        ("+41 78 123 45 67", "DE", "41781234567"),
        ("+55 11 98765-4321", "", "5511987654321"),
    ],
)
def test_numbers_as_they_are_written(written: str, region: str, number: str) -> None:
    assert parsed(region, phone=written).identity == number


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-03-31", "2026-03-31T00:00:00+02:00"),
        ("2026-03-31T10:00:00Z", "2026-03-31T10:00:00+00:00"),
        ("2026-01-31 10:00", "2026-01-31T10:00:00+01:00"),
        ("1.3.2026 09:05", "2026-03-01T09:05:00+01:00"),
        ("31.03.2026 23:59:59", "2026-03-31T23:59:59+02:00"),
    ],
)
def test_moments_as_they_are_written(written: str, moment: str) -> None:
    assert parsed(agreed_at=written).agreed_at == moment


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"phone": ""}, LineReason.NO_IDENTITY),
        ({"bsuid": "DE.123456"}, LineReason.TWO_IDENTITIES),
        ({"phone": "", "bsuid": "123456"}, LineReason.BAD_ID),
        ({"phone": "", "wa_id": "+49171"}, LineReason.BAD_ID),
        ({"phone": "", "wa_id": "49"}, LineReason.BAD_NUMBER),
        ({"phone": "0171 2345678"}, LineReason.BAD_NUMBER),
        ({"phone": "171 2345678"}, LineReason.BAD_NUMBER),
        ({"phone": "+49 1"}, LineReason.BAD_NUMBER),
        ({"phone": "Anna"}, LineReason.BAD_NUMBER),
        ({"phone": "491712345678", "region": "DE"}, LineReason.DOUBTFUL_NUMBER),
        ({"phone": "4,91712E+11"}, LineReason.CUT_NUMBER),
        ({"language": "Klingon"}, LineReason.BAD_LANGUAGE),
        ({"topics": ""}, LineReason.NO_TOPIC),
        ({"topics": "News, Krypto"}, LineReason.UNKNOWN_TOPIC),
        ({"purpose": "everything"}, LineReason.UNKNOWN_PURPOSE),
        ({"purpose": "service"}, LineReason.TOPIC_OF_SERVICE),
        ({"agreed_at": ""}, LineReason.NO_DATE),
        ({"agreed_at": "03/31/2026"}, LineReason.BAD_DATE),
        ({"agreed_at": "31.02.2026"}, LineReason.BAD_DATE),
        ({"agreed_at": "46112"}, LineReason.BAD_DATE),
        ({"agreed_at": "23.11.2026"}, LineReason.FUTURE),
        ({"agreed_at": "2010-01-01"}, LineReason.TOO_OLD),
        ({"how": " "}, LineReason.NO_HOW),
        ({"evidence": ""}, LineReason.NO_EVIDENCE),
        ({"evidence": "file:other.pdf"}, LineReason.NO_SUCH_FILE),
        ({"evidence": "file:2024/scan.pdf"}, LineReason.NO_SUCH_FILE),
        ({"evidence": "sheet.pdf"}, LineReason.WHICH_FILE),
        ({"evidence": "x" * 1001}, LineReason.TOO_LONG),
        ({"name": "A\0B"}, LineReason.UNREADABLE),
    ],
)
def test_what_is_refused(cells: dict[str, str], reason: LineReason) -> None:
    found = read(**cells)
    assert isinstance(found, Refused)
    assert found.reason == reason


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = read(phone="x", topics="", agreed_at="never", how="", evidence="", language="??")
    assert isinstance(found, Refused)
    assert [found.reason, *(one.reason for one in found.also)] == [
        LineReason.BAD_NUMBER,
        LineReason.NO_TOPIC,
        LineReason.BAD_DATE,
        LineReason.NO_HOW,
        LineReason.NO_EVIDENCE,
        LineReason.BAD_LANGUAGE,
    ]


def test_topics_by_any_of_their_names_each_once() -> None:
    assert parsed(topics="Neuigkeiten | Linie S1, news").topics == ["line-s1", "news"]
    assert parsed(topics="", purpose="Werbung").topics == []


def test_a_file_of_the_zip_is_named_with_its_hash() -> None:
    expected = f"Scans/Scan.pdf (SHA-256 {'ab' * 32})"
    assert parsed(evidence="file: scans/SCAN.pdf").evidence == expected
    assert parsed(evidence="scan.PDF").evidence == expected
    assert parsed(evidence="C:\\our\\scans\\scan.pdf").evidence == expected


def test_files_of_one_name_are_told_apart_by_their_folder() -> None:
    assert "25" * 32 in parsed(evidence="2025/sheet.pdf").evidence
    assert "24" * 32 in parsed(evidence="export/2024/Sheet.pdf").evidence
    # One content in two places is one proof.
    assert "cd" * 32 in parsed(evidence="both.pdf").evidence


def test_more_cells_than_columns() -> None:
    sheet = Sheet(["phone"], ["phone"], ";", [])
    assert Reader(sheet, {}).read(["+491712345678", "x"]) == Refused(LineReason.UNREADABLE)


@given(st.fixed_dictionaries({name: st.text(max_size=40) for name in COLUMNS}))
def test_whatever_a_line_says_it_is_read_or_refused(cells: dict[str, str]) -> None:
    names = list(cells)
    found = Reader(Sheet(names, names, ";", []), {}, "DE", NOW).read(list(cells.values()))
    if isinstance(found, Parsed):
        assert found.evidence
        assert found.moment <= NOW
