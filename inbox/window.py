"""How a customer service window looks: the ring, the chip and the sentence. Not what it permits,
which only `conversations/policy.py` decides. `static/js/time.js` does the same once a minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

WINDOW = timedelta(hours=24)
SOON = timedelta(hours=2)
URGENT = timedelta(minutes=30)


@dataclass(frozen=True)
class WindowView:
    """What is left of one window.

    `closes` is its end as ISO 8601 or empty, `state` one of open, soon, urgent and closed,
    `percent` what is left of 24 hours.
    """

    closes: str
    state: str
    percent: str
    sentence: str
    brief: str

    @classmethod
    def at(cls, expires_at: datetime | None, now: datetime) -> WindowView:
        """The view at `now`; a window that never opened (None) looks closed. Both aware."""
        left = max(expires_at - now, timedelta()) if expires_at else timedelta()
        hours, minutes = divmod(int(left.total_seconds()) // 60, 60)
        return cls(
            closes=expires_at.isoformat() if expires_at else "",
            state=_state(left),
            percent=f"{min(100.0, left / WINDOW * 100):.1f}",
            sentence=_sentence(left, hours, minutes),
            brief=_brief(hours, minutes),
        )

    @property
    def is_closed(self) -> bool:
        return self.state == "closed"

    @property
    def is_running_out(self) -> bool:
        """Whether a row shows the time in words as well."""
        return self.state in ("soon", "urgent")


def _state(left: timedelta) -> str:
    if left <= timedelta():
        return "closed"
    if left <= URGENT:
        return "urgent"
    return "soon" if left <= SOON else "open"


def _sentence(left: timedelta, hours: int, minutes: int) -> str:
    if left <= timedelta():
        return _("Window closed")
    if hours:
        return _("%(hours)s h %(minutes)s min left") % {"hours": hours, "minutes": minutes}
    return _("%(minutes)s min left") % {"minutes": minutes}


def _brief(hours: int, minutes: int) -> str:
    if hours:
        return _("%(hours)s h %(minutes)s") % {"hours": hours, "minutes": f"{minutes:02d}"}
    return _("%(minutes)s min") % {"minutes": minutes}
