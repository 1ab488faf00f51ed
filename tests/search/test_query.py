"""What agents type becomes a query, whatever they type."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.search.query import Condition, Operator, Query, Term, parse

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def conditions(text: str) -> list[tuple[str, str]]:
    return [(str(one.operator), one.value) for one in parse(text, NOW).conditions]


@given(st.text(max_size=400))
def test_nothing_typed_raises(text: str) -> None:
    query = parse(text, NOW)
    assert len(query.groups) <= 30
    assert all(term.text for group in query.groups for term in group)


@given(
    st.lists(
        st.sampled_from(
            [
                "von:lena",
                '"genau so"',
                "-koffer",
                "hat:bild",
                "bahn*",
                "vor:1.6.",
                "foo:bar",
                "ODER",
            ]
        )
    )
)
def test_a_query_says_itself_and_goes_on_without_each_chip(words: list[str]) -> None:
    query = parse(" ".join(words) + " ", NOW)
    assert parse(query.text + " ", NOW) == query
    for chip in query.chips:
        rest = parse(f"{chip.without} ", NOW)
        assert len(rest.conditions) == len(query.conditions) - 1
        assert rest.words == query.words


def test_words_phrases_and_what_must_not_be_there() -> None:
    query = parse('blau "im RE 7" -koffer ', NOW)
    assert query.groups == ((Term("blau"),), (Term("im RE 7", is_phrase=True),))
    assert query.excluded == (Term("koffer"),)


def test_the_last_word_is_a_beginning_while_one_types() -> None:
    assert parse("rucks", NOW).groups == ((Term("rucks", is_prefix=True),),)
    assert parse("rucks ", NOW).groups == ((Term("rucks"),),)
    assert parse("rucks* blau ", NOW).groups[0] == (Term("rucks", is_prefix=True),)


def test_either_of_two_words() -> None:
    query = parse("rot ODER blau koffer ", NOW)
    assert query.groups == ((Term("rot"), Term("blau")), (Term("koffer"),))


def test_operators_in_both_languages() -> None:
    assert conditions("from:lena von:lena") == [("from", "lena")] * 2
    assert conditions("has:image hat:Bild") == [("has", "image")] * 2
    assert conditions('label:"Störung RE 7"') == [("label", "Störung RE 7")]
    assert parse("-label:abo", NOW).conditions == (Condition(Operator.LABEL, "abo", negated=True),)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2026-11-02", "2026-11-02"),
        ("2.11.2026", "2026-11-02"),
        ("2.11.", "2026-11-02"),
        ("24.12.", "2025-12-24"),
        ("gestern", "2026-11-19"),
        ('"letzte woche"', "2026-11-09"),
    ],
)
def test_days_as_people_write_them(said: str, day: str) -> None:
    assert conditions(f"vor:{said}") == [("before", day)]


def test_what_makes_no_sense_is_a_word_and_said() -> None:
    query = parse("vor:morgenstern foo:bar https://example.com/a hat:elefant ", NOW)
    assert query.conditions == ()
    assert query.senseless == ("vor:morgenstern", "hat:elefant")
    assert query.unknown == ("foo:",)
    assert Term("foo:bar") in [group[0] for group in query.groups]


def test_nothing_is_no_query() -> None:
    assert not parse('  \x00 - " ', NOW)
    assert not Query()
