"""Opening hours: against an oracle that walks minute by minute, and on the clock’s odd nights."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.hours import (
    ALWAYS,
    Hours,
    Span,
    add_business_time,
    business_time_between,
    is_open,
    next_opening,
    open_periods,
)
from automation.week_text import (
    Overlapping,
    Unreadable,
    as_json,
    from_json,
    read_day,
    write_day,
)

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)
OFFICE = Hours(BERLIN, (((time(9), time(17)),),) * 5 + ((), ()))
NIGHT = Hours(BERLIN, (((time(22), time(6)),),) * 7)

clocks = st.integers(0, 47).map(lambda half: time(half // 2, 30 * (half % 2)))
spans = st.tuples(clocks, clocks)
weeks = st.tuples(*(st.lists(spans, max_size=2).map(tuple) for _ in range(7)))
zones = st.sampled_from(["Europe/Berlin", "UTC", "America/New_York", "Asia/Kathmandu"])
# Around both nights on which Berlin and New York change their clocks.
starts = st.sampled_from(
    [date(2026, 3, 7), date(2026, 3, 28), date(2026, 10, 24), date(2026, 10, 31), date(2026, 6, 1)]
)


@st.composite
def calendars(draw: st.DrawFn) -> Hours:
    closed = draw(st.sets(st.integers(0, 5), max_size=2))
    first = draw(starts)
    days = {first + timedelta(days=step) for step in closed}
    return Hours(ZoneInfo(draw(zones)), draw(weeks), lambda day: () if day in days else None)


moments = st.builds(
    lambda day, minutes: datetime.combine(day, time(), UTC) + minutes * MINUTE,
    starts,
    st.integers(0, 2 * 24 * 60),
)


def walk(hours: Hours, start: datetime, minutes: int) -> Iterator[bool]:
    """Whether somebody is there, for each minute from `start`: every span of every day near it is
    asked, and nothing is merged or skipped."""
    near = start.astimezone(hours.zone).date()
    days = [near + timedelta(days=step) for step in range(-2, minutes // 1440 + 3)]
    found = [(utc(hours, day, o), utc(hours, day + timedelta(days=c <= o), c))
             for day in days for o, c in hours.spans_on(day)]  # fmt: skip
    for step in range(minutes):
        at = start + step * MINUTE
        yield any(opens <= at < closes for opens, closes in found)


def utc(hours: Hours, day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, hours.zone).astimezone(UTC)


@settings(max_examples=60, deadline=None)
@given(calendars(), moments, st.integers(1, 3 * 1440))
def test_time_between_is_what_walking_counts(hours: Hours, start: datetime, minutes: int) -> None:
    counted = sum(walk(hours, start, minutes))

    assert business_time_between(hours, start, start + minutes * MINUTE) == counted * MINUTE
    assert is_open(hours, start) == next(walk(hours, start, 1))


@settings(max_examples=60, deadline=None)
@given(calendars(), moments, st.integers(1, 600))
def test_adding_ends_where_walking_does(hours: Hours, start: datetime, minutes: int) -> None:
    ends = add_business_time(hours, start, minutes * MINUTE)

    left = minutes
    for step, there in enumerate(walk(hours, start, 6 * 1440), start=1):
        left -= there
        if not left:
            assert ends == start + step * MINUTE
            return
    assert ends is None or ends > start + 6 * 1440 * MINUTE


@settings(max_examples=60, deadline=None)
@given(calendars(), moments)
def test_the_next_opening_is_the_first_minute_somebody_is_there(
    hours: Hours, start: datetime
) -> None:
    opening = next_opening(hours, start)

    for step, there in enumerate(walk(hours, start, 4 * 1440)):
        if there:
            assert opening == start + step * MINUTE
            return
    assert opening is None or opening >= start + 4 * 1440 * MINUTE


@settings(max_examples=40, deadline=None)
@given(calendars(), moments, st.integers(0, 900), st.integers(0, 900))
def test_what_is_added_is_what_lies_between(
    hours: Hours, start: datetime, first: int, more: int
) -> None:
    ends = add_business_time(hours, start, first * MINUTE)
    later = add_business_time(hours, start, (first + more) * MINUTE)
    if ends is None or later is None:
        return

    assert ends <= later
    assert business_time_between(hours, start, later) == (first + more) * MINUTE


def test_a_night_of_the_changed_clock_is_as_long_as_it_is() -> None:
    spring = datetime(2026, 3, 28, 20, tzinfo=BERLIN)
    autumn = datetime(2026, 10, 24, 20, tzinfo=BERLIN)

    for evening, length in ((spring, 7), (autumn, 9)):
        morning = evening + timedelta(hours=14)
        assert business_time_between(NIGHT, evening, morning) == timedelta(hours=length)


def test_friday_evening_is_answered_on_monday() -> None:
    friday = datetime(2026, 11, 20, 16, 30, tzinfo=BERLIN)

    assert add_business_time(OFFICE, friday, timedelta(hours=1)) == datetime(
        2026, 11, 23, 9, 30, tzinfo=BERLIN
    )
    assert next_opening(OFFICE, friday + timedelta(hours=2)) == datetime(
        2026, 11, 23, 9, tzinfo=BERLIN
    )


def test_closing_time_itself_is_still_in_time() -> None:
    friday = datetime(2026, 11, 20, 16, tzinfo=BERLIN)

    assert add_business_time(OFFICE, friday, timedelta(hours=1)) == datetime(
        2026, 11, 20, 17, tzinfo=BERLIN
    )
    assert not is_open(OFFICE, datetime(2026, 11, 20, 17, tzinfo=BERLIN))


def test_around_the_clock_is_the_clock_and_never_is_never() -> None:
    now = datetime(2026, 3, 28, 12, tzinfo=UTC)
    never = Hours(BERLIN, ((),) * 7)

    assert add_business_time(ALWAYS, now, timedelta(days=3)) == now + timedelta(days=3)
    assert add_business_time(never, now, MINUTE) is None
    assert next_opening(never, now) is None
    assert not list(open_periods(never, now))


def test_a_holiday_takes_what_begins_on_it_not_the_end_of_the_night_before() -> None:
    closed = date(2026, 12, 25)
    shift = Hours(BERLIN, NIGHT.week, lambda day: () if day == closed else None)

    assert is_open(shift, datetime(2026, 12, 25, 5, tzinfo=BERLIN))
    assert not is_open(shift, datetime(2026, 12, 25, 23, tzinfo=BERLIN))
    assert not is_open(shift, datetime(2026, 12, 26, 5, tzinfo=BERLIN))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9:00–12:00, 13:00–18:00", ((time(9), time(12)), (time(13), time(18)))),
        ("9-17", ((time(9), time(17)),)),
        ("13.30 bis 18 Uhr", ((time(13, 30), time(18)),)),
        ("22:00 - 6:00", ((time(22), time(6)),)),
        ("0:00–24:00", ((time(), time()),)),
        ("24 h", ((time(), time()),)),
        ("", ()),
        ("geschlossen", ()),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, expected: tuple[Span, ...]) -> None:
    assert read_day(text) == expected
    assert read_day(write_day(expected)) == expected
    assert from_json(as_json([expected])) == (expected,)


@pytest.mark.parametrize(
    "text", ["nine to five", "9:00", "25:00-26:00", "9:60–10:00", "9–12,", "9–12 x"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_day(text)


@pytest.mark.parametrize("text", ["9–12, 11–14", "22–6, 23–24"])
def test_spans_that_overlap_are_refused(text: str) -> None:
    with pytest.raises(Overlapping):
        read_day(text)
