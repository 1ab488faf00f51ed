"""The words of the phone's page."""

import re
from pathlib import Path

import pytest

from simulator.i18n import ENGLISH, GERMAN, choose_language

HERE = Path(__file__).resolve().parents[2] / "simulator"


def test_both_languages_have_the_same_words() -> None:
    assert GERMAN.keys() == ENGLISH.keys()


@pytest.mark.parametrize("key", GERMAN)
def test_a_translation_keeps_its_placeholders(key: str) -> None:
    placeholder = re.compile(r"\{\w+\}")
    assert placeholder.findall(GERMAN[key]) == placeholder.findall(ENGLISH[key])


def test_every_word_the_page_asks_for_exists() -> None:
    page = (HERE / "templates" / "phone.html").read_text(encoding="utf-8")
    scripts = "".join(each.read_text(encoding="utf-8") for each in HERE.glob("static/*.js"))
    asked = set(re.findall(r"\bt\.(\w+)", page)) | set(re.findall(r'\bt\("(\w+)"', scripts))

    assert asked - GERMAN.keys() == set()


@pytest.mark.parametrize(
    ("wanted", "cookie", "accept", "language"),
    [
        ("en", "de", "de", "en"),
        (None, "en", "de", "en"),
        ("xx", None, "", "de"),
        (None, None, "fr-FR,en;q=0.8,de;q=0.9", "de"),
        (None, None, "en;q=nonsense, de;q=1.1.1", "de"),
        (None, None, "en-US", "en"),
    ],
)
def test_the_language_is_chosen(
    wanted: str | None, cookie: str | None, accept: str, language: str
) -> None:
    assert choose_language(wanted, cookie, accept) == language
