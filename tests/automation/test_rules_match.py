"""The matcher by itself: words, order, and that nothing anybody writes breaks or slows it."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automation.hours import ALWAYS
from automation.models import AssignmentRule
from automation.rules import LONGEST_TEXT, Arrival, Rule, phrases, plan, words_of
from tests.automation.conftest import MONDAY

# The machine may be busy: the first example loads much.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def arrival(text: str = "", **fields: object) -> Arrival:
    return Arrival(number=1, language="de", at=MONDAY, text=text, hours=ALWAYS, **fields)  # type: ignore[arg-type]


def made(pk: int = 1, **fields: object) -> Rule:
    row = AssignmentRule(pk=pk, name=str(pk), **fields)
    return Rule(row, phrases=phrases(row.words))


def fits(word: str, text: str) -> bool:
    return bool(plan([made(words=[word])], arrival(text)).rules)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("refund", "I want a REFUND!"),
        ("refund*", "refunds, please"),
        ("Straße", "in der STRASSE"),
        ("größe", "Grosse? Größe!"),
        ("lost property", "the lost  property office"),
        ("lost prop*", "Lost, property"),
        ("cafe", "Café"),
        ("東京", "東京 へ"),
    ],
)
def test_words_that_stand_there(word: str, text: str) -> None:
    assert fits(word, text)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("refund", "refunds"),
        ("*fund", "refund"),
        ("re.*d", "refund"),
        ("property lost", "lost property"),
        ("lost property", "lost"),
        ("*", "anything"),
        ("!!", "!!"),
        ("x", ""),
        ("(a+)+$", "aaaaaaaa"),
        ("end", "x" * LONGEST_TEXT + " end"),
    ],
)
def test_words_that_do_not(word: str, text: str) -> None:
    assert not fits(word, text)


@PATIENT
@given(st.lists(st.text(max_size=60), max_size=50), st.text(max_size=500))
def test_nothing_that_is_written_breaks_it(words: list[str], text: str) -> None:
    found = bool(plan([made(words=words)], arrival(text)).rules)
    some = phrases(words)
    if not words:
        assert found  # no condition
    elif not some or not words_of(text):
        assert not found


@PATIENT
@given(st.text(max_size=200).filter(words_of))
def test_a_text_holds_each_of_its_own_words(text: str) -> None:
    for word in words_of(text):
        assert fits(word, text)
        assert fits(word[:1] + "*", text)


RULES: st.SearchStrategy[dict[str, object]] = st.builds(
    dict,
    languages=st.sampled_from([[], ["de"], ["en"], ["de", "en"]]),
    first_contact=st.sampled_from([None, True, False]),
    came_by=st.sampled_from(["", "link", "ad"]),
    is_active=st.booleans(),
    goes_on=st.booleans(),
    priority=st.sampled_from([None, 1, 4]),
    team_id=st.sampled_from([None, 1, 2]),
    distributes=st.booleans(),
)


@PATIENT
@given(st.lists(RULES, max_size=8), st.booleans(), st.booleans())
def test_what_an_earlier_rule_said_stands(
    rows: list[dict[str, object]], is_first: bool, by_ad: bool
) -> None:
    rules = [made(pk, **fields) for pk, fields in enumerate(rows, 1)]
    came = arrival(is_first=is_first, by_ad=by_ad)
    found = plan(rules, came)
    fitting = [one.row for one in rules if one.row.is_active and one.fits(came, [])]

    # A beginning of those that fit, of which all but the last go on.
    assert found.rules == fitting[: len(found.rules)]
    assert all(one.goes_on for one in found.rules[:-1])
    if len(found.rules) < len(fitting):
        assert not found.rules[-1].goes_on
    assert found.priority == next((one for one in found.rules if one.priority), None)
    assert found.hands == next((one for one in found.rules if one.distributes), None)
    # The same again, and with a rule behind the end it is still the same.
    assert plan(rules, came) == found
    if found.rules and not found.rules[-1].goes_on:
        assert plan([*rules, made(99, priority=1)], came) == found


def test_the_worst_words_take_no_time() -> None:
    worst = made(words=[("a " * 29 + "b*")] * 50)
    began = time.monotonic()
    plan([worst] * 20, arrival("a " * LONGEST_TEXT))
    assert time.monotonic() - began < 5
