"""Opening hours as people write them: `9:00–12:00, 13:00–18:00`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import time
from itertools import pairwise

from automation.hours import Span

_MIDNIGHT = time()
_SPAN = re.compile(
    r"(?P<from_hour>\d{1,2})(?:[:.](?P<from_minute>\d{2}))?\s*(?:-|–|—|to|bis)\s*"
    r"(?P<to_hour>\d{1,2})(?:[:.](?P<to_minute>\d{2}))?(?:\s*uhr)?",
    re.IGNORECASE,
)
_CLOSED = {"", "-", "–", "closed", "geschlossen", "zu"}
_WHOLE_DAY = {"24 h", "24h", "0-24", "0–24"}


class Unreadable(ValueError):
    """Not the hours of a day."""


class Overlapping(ValueError):
    """Two of a day's spans lie over each other."""


def read_day(text: str) -> tuple[Span, ...]:
    """The spans of one day. Raises `Unreadable`, `Overlapping`."""
    plain = text.strip().lower()
    if plain in _CLOSED:
        return ()
    if plain in _WHOLE_DAY:
        return ((_MIDNIGHT, _MIDNIGHT),)
    spans = sorted(_read_span(part.strip()) for part in re.split(r"[,;]|\bund\b|\band\b", plain))
    if any(_end(before) > _minutes(after[0]) for before, after in pairwise(spans)):
        raise Overlapping
    return tuple(spans)


def write_day(spans: Iterable[Span]) -> str:
    """As `read_day` reads it; "" for a closed day."""
    return ", ".join(f"{opens:%H:%M}–{_closing(closes)}" for opens, closes in spans)


def as_json(week: Sequence[Sequence[Span]]) -> list[list[list[str]]]:
    return [[[f"{o:%H:%M}", f"{c:%H:%M}"] for o, c in spans] for spans in week]


def from_json(stored: Sequence[Sequence[Sequence[str]]]) -> tuple[tuple[Span, ...], ...]:
    return tuple(
        tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in spans)
        for spans in stored
    )


def _read_span(text: str) -> Span:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise Unreadable
    opens = _clock(found["from_hour"], found["from_minute"])
    closes = _clock(found["to_hour"], found["to_minute"])
    return opens, closes


def _clock(hour: str, minute: str | None) -> time:
    hours, minutes = int(hour), int(minute or 0)
    if (hours, minutes) == (24, 0):
        return _MIDNIGHT
    if hours > 23 or minutes > 59:
        raise Unreadable
    return time(hours, minutes)


def _closing(closes: time) -> str:
    return "24:00" if closes == _MIDNIGHT else f"{closes:%H:%M}"


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _end(span: Span) -> int:
    opens, closes = span
    return _minutes(closes) + (0 if closes > opens else 24 * 60)
