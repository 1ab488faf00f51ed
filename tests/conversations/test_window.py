"""Law 2, to the second: any order of messages, late ones too, leaves the same window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from conversations.window import WINDOW_LENGTH, Window, WindowState

MOMENTS = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001
    max_value=datetime(2040, 1, 1),  # noqa: DTZ001 (hypothesis adds the zone)
    timezones=st.just(UTC),
)
SECOND = timedelta(seconds=1)


@given(MOMENTS)
def test_it_is_open_for_exactly_24_hours(wrote_at: datetime) -> None:
    window = Window.opened_by(wrote_at)
    assert window.is_open(wrote_at)
    assert window.is_open(wrote_at + WINDOW_LENGTH - SECOND)
    assert not window.is_open(wrote_at + WINDOW_LENGTH)
    assert not window.is_open(wrote_at + WINDOW_LENGTH + SECOND)


@given(st.lists(MOMENTS, min_size=1), st.randoms())
def test_the_latest_message_counts_in_whatever_order_webhooks_come(
    moments: list[datetime], random: object
) -> None:
    shuffled = sorted(moments, key=lambda _: random.random())  # type: ignore[attr-defined]
    window = Window(None)
    for moment in shuffled:
        extended = window.extended_by(moment)
        assert window.expires_at is None or extended.expires_at >= window.expires_at  # type: ignore[operator]
        window = extended
    assert window.expires_at == max(moments) + WINDOW_LENGTH


@given(MOMENTS, st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30)))
def test_open_what_is_left_and_state_agree(wrote_at: datetime, later: timedelta) -> None:
    window, now = Window.opened_by(wrote_at), wrote_at + later
    assert window.is_open(now) == (window.left(now) > timedelta(0))
    assert window.is_open(now) == (window.state(now) != WindowState.CLOSED)


@given(MOMENTS)
def test_who_never_wrote_has_no_window(now: datetime) -> None:
    assert not Window(None).is_open(now)
    assert Window(None).state(now) == WindowState.CLOSED


def test_it_turns_amber_under_two_hours_and_red_under_thirty_minutes() -> None:
    window = Window.opened_by(datetime(2026, 11, 22, 12, tzinfo=UTC))
    ends = window.expires_at
    assert ends is not None
    assert window.state(ends - timedelta(hours=2)) == WindowState.OPEN
    assert window.state(ends - timedelta(hours=2) + SECOND) == WindowState.SOON
    assert window.state(ends - timedelta(minutes=30)) == WindowState.SOON
    assert window.state(ends - timedelta(minutes=30) + SECOND) == WindowState.NOW
