"""A run as the page shows it: its progress, its undo, and what was left and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox.bulk.actions import ACTIONS
from inbox.bulk.runs import can_undo, numbers_of, reasons_of, undo_until
from inbox.models import BulkRun


@dataclass(frozen=True)
class RunView:
    """`worked` of `total` are dealt with; `left` were not done, for `reasons`."""

    run: BulkRun
    title: str
    worked: int
    total: int
    left: int
    reasons: str
    words: str
    undo_until: datetime | None

    @property
    def is_working(self) -> bool:
        return self.run.is_working

    @classmethod
    def of(cls, run: BulkRun) -> RunView:
        numbers = numbers_of(run)
        left = numbers["refused"] + numbers["kept"]
        undoing = run.state in (BulkRun.State.UNDOING, BulkRun.State.UNDONE)
        done = numbers["done"] + numbers["same"]
        total = run.total
        worked = total - numbers["waiting"]
        if undoing:
            total = numbers["undone"] + numbers["kept"] + numbers["done"]
            worked = total - numbers["done"]
        return cls(
            run=run,
            title=ACTIONS[run.action].title(run.params),
            worked=worked,
            total=total,
            left=left,
            reasons=", ".join(_why(code, number) for code, number in reasons_of(run))
            if left
            else "",
            words=_words(run, worked, total, done, numbers["undone"]),
            undo_until=undo_until(run) if can_undo(run) and numbers["done"] else None,
        )


def _words(run: BulkRun, worked: int, total: int, done: int, undone: int) -> str:
    if run.is_working:
        said = _("%(worked)s of %(total)s") % {"worked": worked, "total": total}
        seconds = _seconds_left(run, worked, total)
        if seconds is None:
            return _("%(said)s. You can go on working.") % {"said": said}
        pattern = _("%(said)s · about %(seconds)s s more. You can go on working.")
        return pattern % {"said": said, "seconds": seconds}
    if run.state == BulkRun.State.UNDONE:
        return ngettext(
            "%(n)s conversation is as it was.", "%(n)s conversations are as they were.", undone
        ) % {"n": undone}
    said = _done_words(run.action, done)
    if run.state == BulkRun.State.STOPPED:
        return _("Stopped: %(said)s of %(total)s.") % {"said": said, "total": run.total}
    return f"{said}."


def _done_words(action: str, done: int) -> str:
    """ "3 conversations changed"; "resolved" only where that is what was done."""
    if action == "resolve":
        words = ngettext("%(n)s conversation resolved", "%(n)s conversations resolved", done)
    elif action == "read":
        words = ngettext(
            "%(n)s conversation marked as read", "%(n)s conversations marked as read", done
        )
    else:
        words = ngettext("%(n)s conversation changed", "%(n)s conversations changed", done)
    return words % {"n": done}


def _seconds_left(run: BulkRun, worked: int, total: int) -> int | None:
    took = (timezone.now() - run.created_at).total_seconds()
    if run.state != BulkRun.State.RUNNING or worked < 20 or took <= 0:
        return None
    return max(1, round((total - worked) * took / worked))


def _why(code: str, number: int) -> str:
    words = {
        "not_visible": _("not yours to see any more"),
        "changed_since": _("changed by somebody since"),
        "another_is_open": _("the customer has a newer conversation"),
        "reason_required": _("a reason is required"),
        "not_allowed": _("not allowed"),
    }
    return f"{number} {words.get(code, _('not possible'))}"
