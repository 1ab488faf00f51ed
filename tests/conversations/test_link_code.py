"""References on posters: read however they are written, and never taken for anything else."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent import signup_code
from consent.signup_code import MOST
from conversations.link_code import new_reference, normalised, pretty, references_in

GREETING = "Moin, ich habe eine Frage"


def codes(text: str) -> list[str]:
    return [one.code for one in references_in(text)]


@pytest.mark.parametrize(
    "text",
    [
        f"{GREETING} (Ref. K7Q-M3X)",
        f"{GREETING} (ref. k7q-m3x)",
        f"{GREETING} (Ref. K7Q M3X)",
        f"{GREETING} Ref: K7QM3X",
        f"{GREETING} [Ref. K7Q‑M3X]",
        f"{GREETING}, K7Q – M3X",
        f"{GREETING}\nReferenz K7Q.M3X",
        f"{GREETING} (Ref. Ｋ７Ｑ-M3X",
    ],
)
def test_it_is_found_however_it_is_written(text: str) -> None:
    (found,) = references_in(text)
    assert found.code == "K7QM3X"
    assert found.cut_from(text) == GREETING


def test_what_stands_behind_it_stays() -> None:
    text = "START News (Ref. K7Q-M3X) danke"
    assert references_in(text)[0].cut_from(text) == "START News danke"


def test_misread_letters_are_what_was_meant() -> None:
    assert codes("Ref. o7k-m3i") == ["07KM31"]
    assert normalised(" o7k-m3i ") == "07KM31"


@pytest.mark.parametrize(
    "text",
    [
        *("", "Hallo", "RE 7", "K7QM-3XT9", "K7QM3XT9", "ABC-DEF", "123-456", "K7Q-M3XX"),
        *("xK7Q-M3X", "Zug 471 100", "22.11.2026", "+49 431 392", "https://x.example/K7Q_M3X1"),
        *("UUU-7U7", "K7Q----M3X", "00A-11B"),
    ],
)
def test_other_things_are_none(text: str) -> None:
    assert codes(text) == []


@pytest.mark.parametrize(
    "text", ["", "K7Q", "K7Q-M3XT", "K7QM-3XT9", "../../x", "ABCDEF", "💥" * 6]
)
def test_addresses_that_can_be_none(text: str) -> None:
    assert normalised(text) == ""


def test_a_new_one_is_found_again_and_is_no_sign_up_code() -> None:
    for _ in range(300):
        code = new_reference()
        assert normalised(code) == code
        assert codes(f"Hallo (Ref. {pretty(code)})") == [code]
        assert signup_code.codes_in(f"Hallo (Ref. {pretty(code)}) {code}") == []
        other = signup_code.new_code()
        assert codes(f"Ja, Code {signup_code.pretty(other)} {other}") == []


@settings(deadline=None)
@given(st.text())
def test_whatever_is_written_it_is_read(text: str) -> None:
    for found in references_in(text):
        assert 0 <= found.start < found.end <= len(text)
        assert normalised(found.code) == found.code


@pytest.mark.parametrize(
    "part", ["A2B ", "A2B", "ref ", "(", " ", "-", "A2B-", "ref. A2B C3D ", "Ａ２Ｂ "]
)
def test_a_long_text_takes_no_longer(part: str) -> None:
    text = part * (4096 // len(part))
    begun = time.process_time()
    assert len(references_in(text)) <= MOST
    assert time.process_time() - begun < 0.2
