"""Sending later: the times that are offered, and what is said of one, in the agent's time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from conversations.models import Conversation
from conversations.services.later import SOONEST
from conversations.window import SAFETY_MARGIN

AFTERNOON, MORNING = time(15), time(8)


@dataclass(frozen=True)
class Choice:
    """A time that is offered. `is_late`: the window will have closed by then."""

    words: str
    at: datetime
    clock: str
    is_late: bool


@dataclass(frozen=True)
class Plan:
    """What the composer says of a chosen time."""

    at: datetime
    when: str
    left: str
    closes: str
    is_late: bool


def choices(conversation: Conversation, zone: ZoneInfo, now: datetime) -> list[Choice]:
    local = now.astimezone(zone)
    tomorrow = local.date() + timedelta(days=1)
    offered = [
        (_("In one hour"), now + timedelta(hours=1)),
        (_("This morning"), datetime.combine(local.date(), MORNING, zone)),
        (_("This afternoon"), datetime.combine(local.date(), AFTERNOON, zone)),
        (_("Tomorrow morning"), datetime.combine(tomorrow, MORNING, zone)),
    ]
    return [
        Choice(words, at, clock_of(at, zone), is_late(conversation, at))
        for words, at in offered
        if at >= now + SOONEST
    ]


def plan(conversation: Conversation, at: datetime, zone: ZoneInfo, now: datetime) -> Plan:
    ends = conversation.window_expires_at
    left = conversation.window.left(at)
    hours, minutes = divmod(int(left.total_seconds()) // 60, 60)
    return Plan(
        at=at,
        when=when_words(at, zone, now),
        left=_("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}
        if hours
        else _("%(minutes)s min") % {"minutes": minutes},
        closes=when_words(ends, zone, now) if ends is not None else "",
        is_late=is_late(conversation, at),
    )


def is_late(conversation: Conversation, at: datetime) -> bool:
    return not conversation.window.is_open(at + SAFETY_MARGIN)


def when_words(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """ "today at 15:00", "tomorrow at 08:00", "on Monday at 08:00", "on 3 December at 08:00"."""
    local, clock = at.astimezone(zone), clock_of(at, zone)
    days = (local.date() - now.astimezone(zone).date()).days
    if days == 0:
        return _("today at %(time)s") % {"time": clock}
    if days == 1:
        return _("tomorrow at %(time)s") % {"time": clock}
    day = date_format(local, "l" if 0 < days < 7 else "MONTH_DAY_FORMAT")
    return _("on %(day)s at %(time)s") % {"day": day, "time": clock}


def clock_of(at: datetime, zone: ZoneInfo) -> str:
    return date_format(at.astimezone(zone), "H:i")


def read_own(text: str, zone: ZoneInfo) -> datetime | None:
    """What a field for date and time gives ("2026-11-23T08:00"), in the agent's zone."""
    try:
        found = datetime.fromisoformat(text[:40])
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)
