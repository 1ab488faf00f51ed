"""How a customer service window looks: the ring, the chip and the sentence. What it permits is
`conversations/policy.py`'s to say. `static/js/time.js` does the same every half minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from conversations.window import WINDOW_LENGTH, Window, WindowState

# The names the style sheets know.
LOOKS = {
    WindowState.OPEN: "open",
    WindowState.SOON: "soon",
    WindowState.NOW: "urgent",
    WindowState.CLOSED: "closed",
}


@dataclass(frozen=True)
class WindowView:
    """What is left of one window.

    `closes` is its end as ISO 8601 or empty, `state` one of open, soon, urgent and closed,
    `percent` what is left of 24 hours, `sentence` and `brief` say it in words.
    """

    closes: str
    state: str
    percent: str
    sentence: str
    brief: str

    @classmethod
    def of(cls, window: Window, now: datetime) -> WindowView:
        """The view at `now` (aware); a window that never opened looks closed."""
        left = window.left(now)
        hours, minutes = divmod(int(left.total_seconds()) // 60, 60)
        state = LOOKS[window.state(now)]
        return cls(
            closes=window.expires_at.isoformat() if window.expires_at else "",
            state=state,
            percent=f"{min(100.0, left / WINDOW_LENGTH * 100):.1f}",
            sentence=_("Window closed") if state == "closed" else _sentence(hours, minutes),
            brief=_brief(hours, minutes),
        )

    @property
    def is_closed(self) -> bool:
        return self.state == "closed"

    @property
    def is_running_out(self) -> bool:
        """Whether a row says the time in words as well."""
        return self.state in ("soon", "urgent")


def _sentence(hours: int, minutes: int) -> str:
    if hours:
        return _("%(hours)s h %(minutes)s min left") % {"hours": hours, "minutes": minutes}
    return _("%(minutes)s min left") % {"minutes": minutes}


def _brief(hours: int, minutes: int) -> str:
    if hours:
        return _("%(hours)s h %(minutes)s") % {"hours": hours, "minutes": f"{minutes:02d}"}
    return _("%(minutes)s min") % {"minutes": minutes}
