"""Words to customers about when somebody is there, in the language that is active."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import override

FIRST_NAME, OPENS_AT, HOLIDAY = "contact.first_name", "opens_at", "holiday"
PLACEHOLDERS = (FIRST_NAME, OPENS_AT, HOLIDAY)
_PLACE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
_GAP = re.compile(r"[ \t]+(?=[,.!?;:])|(?<=[ \t])[ \t]+")
_WEEK = timedelta(days=7)


def unknown_places(text: str) -> list[str]:
    """Placeholders that nothing would take the place of."""
    return [name for name in _PLACE.findall(text) if name not in PLACEHOLDERS]


def fill(text: str, values: dict[str, str]) -> str:
    """`text` with its placeholders filled; where nothing comes in, no gap stays."""
    filled = _PLACE.sub(lambda found: values.get(found[1], ""), text)
    return _GAP.sub("", filled).strip()


def opening_words(opens_at: datetime | None, today: date, language: str) -> str:
    """When somebody is there again (`opens_at` in the calendar's zone): "tomorrow at 9:00"."""
    with override(language):
        if opens_at is None:
            return _("as soon as possible")
        clock = f"{opens_at.hour}:{opens_at:%M}"
        away = opens_at.date() - today
        if away == timedelta():
            return _("today at %(clock)s") % {"clock": clock}
        if away == timedelta(days=1):
            return _("tomorrow at %(clock)s") % {"clock": clock}
        if away < _WEEK:
            day = formats.date_format(opens_at, "l")
            return _("on %(day)s at %(clock)s") % {"day": day, "clock": clock}
        day = formats.date_format(opens_at, "DATE_FORMAT")
        return _("on %(day)s at %(clock)s") % {"day": day, "clock": clock}
