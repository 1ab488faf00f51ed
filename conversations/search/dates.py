"""Days as people type them: 2026-11-20, 20.11.2026, 20.11., gestern, "letzte woche"."""

from __future__ import annotations

import re
from datetime import date, timedelta

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_GERMAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.?(\d{4}|\d{2})?")
_CENTURY = 100


def day_of(said: str, today: date) -> date | None:
    """The day `said` means, the last one that fits; None for no day at all.

    Weeks, months and years are their first day.
    """
    words = " ".join(said.lower().split())
    if named := _named(words, today):
        return named
    try:
        if iso := _ISO.fullmatch(words):
            return date(*(int(part) for part in iso.groups()))
        if german := _GERMAN.fullmatch(words):
            return _german(german, today)
    except ValueError:
        pass
    return None


def _named(words: str, today: date) -> date | None:
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    names = {
        ("today", "heute"): today,
        ("yesterday", "gestern"): today - timedelta(days=1),
        ("vorgestern",): today - timedelta(days=2),
        ("this week", "diese woche", "dieser woche"): monday,
        ("last week", "letzte woche", "letzter woche"): monday - timedelta(days=7),
        ("this month", "dieser monat", "diesem monat"): first,
        ("last month", "letzter monat", "letzten monat", "letztem monat"): before,
    }
    return next((day for spellings, day in names.items() if words in spellings), None)


def _german(match: re.Match[str], today: date) -> date:
    day, month, year = match.groups()
    if year:
        full = int(year) if len(year) > 2 else today.year // _CENTURY * _CENTURY + int(year)
        return date(full, int(month), int(day))
    this_year = date(today.year, int(month), int(day))
    return this_year if this_year <= today else date(today.year - 1, int(month), int(day))
