"""How a customer service window looks on the page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from conversations.window import Window
from inbox.window import WindowView

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("left", "state"),
    [
        (timedelta(hours=24), "open"),
        (timedelta(hours=2), "open"),
        (timedelta(hours=2, seconds=-1), "soon"),
        (timedelta(minutes=30), "soon"),
        (timedelta(minutes=30, seconds=-1), "urgent"),
        (timedelta(seconds=1), "urgent"),
        (timedelta(0), "closed"),
        (timedelta(days=-3), "closed"),
    ],
)
def test_the_ring_turns_amber_red_and_grey_in_time(left: timedelta, state: str) -> None:
    assert WindowView.of(Window(NOW + left), NOW).state == state


def test_a_window_that_never_opened_looks_closed() -> None:
    view = WindowView.of(Window(None), NOW)
    assert (view.state, view.closes, view.percent) == ("closed", "", "0.0")


def test_the_arc_is_the_share_of_24_hours() -> None:
    assert WindowView.of(Window(NOW + timedelta(hours=6)), NOW).percent == "25.0"
    assert WindowView.of(Window(NOW + timedelta(hours=72)), NOW).percent == "100.0"


@pytest.mark.parametrize(
    ("left", "sentence", "brief"),
    [
        (timedelta(hours=23, minutes=58), "23 h 58 min left", "23 h 58"),
        (timedelta(hours=1, minutes=5), "1 h 5 min left", "1 h 05"),
        (timedelta(minutes=12, seconds=59), "12 min left", "12 min"),
    ],
)
def test_what_is_left_is_said_in_words(left: timedelta, sentence: str, brief: str) -> None:
    with translation.override("en"):
        view = WindowView.of(Window(NOW + left), NOW)
    assert (view.sentence, view.brief) == (sentence, brief)
