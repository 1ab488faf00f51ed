"""How the promise of the service level looks in a row. `static/js/live/sla.js` keeps it true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from conversations.models import Conversation

# What ends later than this is no news yet.
SHOWN = timedelta(hours=24)


@dataclass(frozen=True)
class SlaView:
    """`words` is empty where there is nothing to say; `look` is danger, warn or faint."""

    words: str = ""
    look: str = ""
    due: str = ""
    warn: str = ""

    @classmethod
    def of(cls, conversation: Conversation, now: datetime) -> SlaView:
        due, warn = conversation.sla_due_at, conversation.sla_warn_at
        if due is None or conversation.is_resolved or due - now > SHOWN:
            return cls()
        texts = (due.isoformat(), warn.isoformat() if warn else "")
        if due <= now:
            return cls(_("SLA missed"), "danger", *texts)
        look = "warn" if warn is not None and warn <= now else "faint"
        return cls(_("SLA in %(time)s") % {"time": _brief(due - now)}, look, *texts)


def _brief(left: timedelta) -> str:
    hours, minutes = divmod(int(left.total_seconds()) // 60, 60)
    if hours:
        return _("%(hours)s h %(minutes)s") % {"hours": hours, "minutes": f"{minutes:02d}"}
    return _("%(minutes)s min") % {"minutes": minutes}
