"""When somebody is there: a week of opening hours, and days on which other hours hold. Pure.

A span belongs to the day on which it begins, also when it ends after midnight: a holiday takes away
what would begin on it, not the end of the night before. Wall clocks become moments once, here; all
counting is done between moments, so nights on which the clock is changed are as long as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# From opening to closing. What closes no later than it opens, closes on the next day: 22:00–06:00,
# and 00:00–00:00 is the whole day.
Span = tuple[time, time]
Moments = tuple[datetime, datetime]
# How far ahead one looks for somebody who is there.
HORIZON = timedelta(days=800)
_DAY = timedelta(days=1)


def _as_every_week(_day: date) -> tuple[Span, ...] | None:
    return None


@dataclass(frozen=True)
class Hours:
    """`week` is Monday's spans first; `on_day` says what holds instead on a day (closed: none), or
    None where the week holds."""

    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]
    on_day: Callable[[date], tuple[Span, ...] | None] = _as_every_week

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """What begins on `day`, the earliest first."""
        instead = self.on_day(day)
        return tuple(sorted(self.week[day.weekday()] if instead is None else instead))


ALWAYS = Hours(ZoneInfo("UTC"), (((time(), time()),),) * 7)


def is_open(hours: Hours, at: datetime) -> bool:
    first = next(open_periods(hours, at, at + timedelta(microseconds=1)), None)
    return first is not None


def next_opening(hours: Hours, at: datetime) -> datetime | None:
    """`at` itself where it is open; None when nobody comes within the horizon."""
    first = next(open_periods(hours, at), None)
    return first[0] if first else None


def add_business_time(hours: Hours, start: datetime, duration: timedelta) -> datetime | None:
    """The moment until which, since `start`, somebody was there for `duration`."""
    left = duration
    for begins, ends in open_periods(hours, start):
        if left <= ends - begins:
            return begins + left
        left -= ends - begins
    return None


def business_time_between(hours: Hours, start: datetime, end: datetime) -> timedelta:
    """For how long somebody was there from `start` to `end`; nothing when `end` is before it."""
    found = timedelta()
    for begins, ends in open_periods(hours, start, end):
        found += ends - begins
    return found


def open_periods(hours: Hours, start: datetime, end: datetime | None = None) -> Iterator[Moments]:
    """The pieces of time from `start` to `end` (else the horizon) at which somebody is there, in
    order, none over another. Neighbours may touch."""
    start = start.astimezone(UTC)
    end = start + HORIZON if end is None else end.astimezone(UTC)
    # What began the day before may go on.
    day = start.astimezone(hours.zone).date() - _DAY
    last = end.astimezone(hours.zone).date()
    since = start
    while day <= last:
        for span in hours.spans_on(day):
            begins, ends = _moments(hours.zone, day, span)
            begins, ends = max(begins, since), min(ends, end)
            if begins < ends:
                yield begins, ends
                since = ends
        day += _DAY


def _moments(zone: ZoneInfo, day: date, span: Span) -> Moments:
    opens, closes = span
    until = day if closes > opens else day + _DAY
    return _moment(zone, day, opens), _moment(zone, until, closes)


def _moment(zone: ZoneInfo, day: date, clock: time) -> datetime:
    """Of an hour that comes twice the first; one that is left out is as long after midnight as it
    says."""
    return datetime.combine(day, clock, zone).astimezone(UTC)
