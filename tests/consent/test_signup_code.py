"""Codes: readable, unlike words, found in time."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.signup_code import ALPHABET, MOST, codes_in, new_code, pretty


def test_codes_can_be_read_aloud() -> None:
    codes = {new_code() for _ in range(500)}
    assert len(codes) == 500
    for code in codes:
        assert set(code) <= set(ALPHABET)
        assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", pretty(code))
        assert codes_in(pretty(code)) == [code]


@pytest.mark.parametrize(
    "text",
    [
        *("", "Hallo", "Dann kann ich", "RE 7 nach Kiel", "0151 12345678", "1234-5678"),
        *("IBAN DE12 3456 7890", "12:03", "22.11.2026", "Otto Ella", "Ja, gern!"),
    ],
)
def test_what_people_write_is_no_code(text: str) -> None:
    assert codes_in(text) == []


def test_no_more_than_some_are_looked_up() -> None:
    assert len(codes_in(", ".join(pretty(new_code()) for _ in range(100)))) == MOST


@pytest.mark.parametrize("text", ["A2B3 " * 2000, "2" + "\u0301" * 9000, "\u200e2" * 5000])
def test_hostile_texts_are_read_in_time(text: str) -> None:
    began = time.perf_counter()
    codes_in(text)
    assert time.perf_counter() - began < 1


@given(st.text())
def test_it_never_raises(text: str) -> None:
    assert all(len(code) == 8 for code in codes_in(text))
