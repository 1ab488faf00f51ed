"""When a snooze can end: what the menu offers, in the agent's own time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from conversations.errors import Malformed
from conversations.models import Conversation

MORNING = time(8)
# The values of `until` that are no times of the menu.
UNTIL_REPLY, OWN_TIME = "reply", "own"
_NO_TIME = _("Please give a date and a time.")


@dataclass(frozen=True)
class SnoozeTime:
    """A line of the menu. `window_closes_first`: free text can leave no more by then."""

    key: str
    name: str | Promise
    at: datetime
    window_closes_first: bool = False

    @property
    def words(self) -> str:
        """Mon 08:00, or with the date when it is further away."""
        return brief_moment(self.at)


def snooze_times(conversation: Conversation, now: datetime, zone: str) -> list[SnoozeTime]:
    """The times offered at `now` (aware) to an agent in `zone`, the soonest first."""
    local = now.astimezone(ZoneInfo(zone))
    monday = local + timedelta(days=7 - local.weekday())
    offered: list[tuple[str, str | Promise, datetime]] = [
        ("hours", _("In 3 hours"), local + timedelta(hours=3)),
        ("today", _("This morning"), _morning(local)),
        ("tomorrow", _("Tomorrow morning"), _morning(local + timedelta(days=1))),
        ("monday", _("Monday morning"), _morning(monday)),
        ("week", _("In a week"), _morning(local + timedelta(days=7))),
    ]
    found: dict[datetime, SnoozeTime] = {}
    for key, name, at in offered:
        if at <= local:  # "this morning" is over
            continue
        found.setdefault(at, SnoozeTime(key, name, at, closes_before(conversation, now, at)))
    return sorted(found.values(), key=lambda one: one.at)


def read_until(
    data: dict[str, str], conversation: Conversation, now: datetime, zone: str
) -> datetime | None:
    """What was chosen: `until` is a key of the menu, "reply" (None), or "own" with `at`."""
    wanted = data.get("until", "")
    if wanted == UNTIL_REPLY:
        return None
    if wanted == OWN_TIME:
        return _own(data.get("at", ""), zone)
    chosen = (one.at for one in snooze_times(conversation, now, zone) if one.key == wanted)
    at = next(chosen, None)
    if at is None:
        raise Malformed({"until": [_NO_TIME]})
    return at


def closes_before(conversation: Conversation, now: datetime, at: datetime) -> bool:
    """Whether the window is open now and will not be at `at`."""
    ends = conversation.window_expires_at
    return conversation.window.is_open(now) and ends is not None and ends < at


def brief_moment(at: datetime) -> str:
    """Mon 08:00 within a week, Mon 7 Dec 08:00 after that; `at` is in the reader's zone."""
    days = (at.date() - datetime.now(at.tzinfo).date()).days
    day = "j. M" if (get_language() or "").startswith("de") else "j M"
    return str(date_format(at, "D H:i" if 0 <= days < 7 else f"D {day} H:i"))


def _morning(day: datetime) -> datetime:
    return datetime.combine(day.date(), MORNING, tzinfo=day.tzinfo)


def _own(text: str, zone: str) -> datetime:
    """What a browser's field for date and time sends, in the agent's zone."""
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(ZoneInfo(zone))
    except (ValueError, OverflowError):
        raise Malformed({"until": [_NO_TIME]}) from None
