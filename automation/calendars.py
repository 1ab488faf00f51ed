"""A calendar of the database as the pure hours that are counted with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import get_language

from automation.holiday_names import holiday_name
from automation.hours import ALWAYS, Hours, Span
from automation.models import BusinessCalendar, SpecialDay
from automation.week_text import from_json

PREVIEW_DAYS = 14


@dataclass(frozen=True)
class Day:
    """One day of the preview; `name` is the holiday's or the special day's."""

    day: date
    name: str
    spans: tuple[Span, ...]
    differs: bool


def hours_of(calendar: BusinessCalendar | None) -> Hours:
    """None: around the clock. A query for the special days, unless they were fetched along."""
    if calendar is None:
        return ALWAYS
    special = list(calendar.special_days.all())

    def on_day(day: date) -> tuple[Span, ...] | None:
        chosen = [one for one in special if _covers(one, day)]
        if chosen:
            return tuple((s.opens, s.closes) for s in chosen if s.opens and s.closes)
        return () if holiday_name(calendar.country, calendar.subdivision, day, "de") else None

    return Hours(ZoneInfo(calendar.time_zone), from_json(calendar.week), on_day)


def day_name(calendar: BusinessCalendar, day: date, language: str) -> str:
    """What is special about `day`; "" for a day like others."""
    special = next((one.name for one in calendar.special_days.all() if _covers(one, day)), "")
    return special or holiday_name(calendar.country, calendar.subdivision, day, language)


def preview(calendar: BusinessCalendar, first: date) -> Iterator[Day]:
    """The next fortnight."""
    hours = hours_of(calendar)
    language = (get_language() or "de")[:2]
    for step in range(PREVIEW_DAYS):
        day = first + timedelta(days=step)
        name = day_name(calendar, day, language)
        yield Day(day, name, hours.spans_on(day), hours.on_day(day) is not None)


def _covers(special: SpecialDay, day: date) -> bool:
    return special.first_day <= day <= (special.last_day or special.first_day)
