"""The evidence file to read: in two languages, whatever customers wrote."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent import heads
from consent.canonical import canonical, moment
from consent.evidence import Evidence, Known, Proven, evidence_of
from consent.evidence_pdf import evidence_pdf
from consent.evidence_text import drawable
from tests.consent.evidence_story import NOON, NOTICE, erase, two_people
from tests.pdf import drawn

__all__ = ["drawn"]


def streams(pdf: bytes) -> Iterator[bytes]:
    for packed in re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL):
        try:
            yield zlib.decompress(packed)
        except zlib.error:
            yield packed


def story(words: str, name: str = "Lena") -> Evidence:
    """A person with one entry, without a database."""
    content = {
        "v": 1,
        "contact": "c",
        "purpose": "marketing",
        "topic": "news",
        "act": "granted",
        "source": "message",
        "business_number": "",
        "language": "",
        "wording": None,
        "occurred_at": moment(NOON),
        "clock": "whatsapp",
        "recorded_at": moment(NOON),
        "reference": "",
        "personal": "0" * 64,
    }
    personal = dict.fromkeys(("salt", "identity", "words", "reference", "actor", "evidence"), words)
    entry = Proven(1, "0" * 64, "1" * 64, canonical(content), personal, ())
    head = heads.Head(1, "1" * 64, "2" * 64, moment(NOON), heads.public_key())
    known = (Known("c", name, ()),)
    return Evidence("c", known, (), {}, (entry,), (), head, heads.sign(head.signed))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["de", "en"])
def test_it_tells_what_an_auditor_asks(drawn: list[str], language: str) -> None:
    evidence = evidence_of(two_people()[0])
    pdf = evidence_pdf(evidence, language)
    text = "\n".join(drawn)
    assert pdf.startswith(b"%PDF-")
    for words in (
        *("Lena Brandt", "DE.13", "lena.b", "Hallo, wann fährt der RE 7?", "Stopp bitte", NOTICE),
        *("Привет, Γειά σου!", "👍", "+491713920047", "+49 431 5550100", "Jana Petersen"),
        *("wamid.HBgNNDkxNzEzOTIwMDQ3FQIAEhgUM0E0174", heads.public_key(), evidence.head.hash),
        {"de": "12.03.2026, 13:30:05 (UTC+01:00)", "en": "12 Mar 2026, 13:30:05 (UTC+01:00)"}[
            language
        ],
        {"de": "Neuigkeiten (news)", "en": "News (news)"}[language],
    ):
        assert words in text, words
    for entry in evidence.entries:
        assert f"#{entry.sequence}\n" in text
        assert entry.hash in text
    assert text.index("Hallo, wann") < text.index("Stopp bitte")
    assert "Jonas" not in text


@pytest.mark.django_db(transaction=True)
def test_the_file_for_programs_is_attached(settings: LazySettings) -> None:
    evidence = evidence_of(two_people()[0])
    pdf = evidence_pdf(evidence, "de")
    assert evidence.as_json.encode() in list(streams(pdf))
    assert b"/Lang (de)" in pdf
    assert b"/DisplayDocTitle true" in pdf


@pytest.mark.django_db(transaction=True)
def test_what_was_erased_is_said_to_be(drawn: list[str]) -> None:
    _lena, other = two_people()
    erase(other)
    evidence_pdf(evidence_of(other), "en")
    text = "\n".join(drawn)
    assert text.count("The personal part was erased") == 4
    assert "STOPP" not in text


def test_a_long_file_has_numbered_pages(drawn: list[str]) -> None:
    pdf = evidence_pdf(story("Wort " * 800), "de")
    count = int(re.findall(rb"/Count (\d+)", pdf)[0])
    assert count > 2
    assert [one for one in drawn if one.endswith("/ {nb}")] == [
        f"{page} / {{nb}}" for page in range(1, count + 1)
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=400), st.sampled_from(["de", "en"])
)
def test_whatever_was_written_can_be_drawn(words: str, language: str) -> None:
    assert evidence_pdf(story(words, words[:200]), language).startswith(b"%PDF-")


@pytest.mark.parametrize("words", ["", " ", "\n\n\n", "W" * 4096, "👍" * 500, "\x00", "\ud800"])
def test_what_is_hard_to_draw(words: str) -> None:
    surrogates = words.encode("utf-8", "replace").decode()
    assert evidence_pdf(story(surrogates), "de").startswith(b"%PDF-")


@given(st.text())
def test_nothing_is_dropped(words: str) -> None:
    shown = drawable(words)
    for character in unicodedata.normalize("NFC", words):
        if character not in "\ufe0f\u200d\t\r\n\u2028\u2029":
            assert character in shown or f"U+{ord(character):04X}" in shown


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("Größe ß é", "Größe ß é"),
        ("e\u0301", "é"),
        ("❤️", "❤"),
        ("👨‍👩‍👧", "👨👩👧"),
        ("\u202eABC", " U+202E ABC"),
        ("a\u200bb", "a U+200B b"),
        ("你", " U+4F60 "),
        ("م", " U+0645 "),
        ("a\r\nb\tc", "a\nb    c"),
        ("\ufe0f", " U+FE0F "),
    ],
)
def test_what_cannot_be_drawn_is_its_code_point(words: str, shown: str) -> None:
    assert drawable(words) == shown
