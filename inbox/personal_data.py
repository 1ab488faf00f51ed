"""What open pages and the processes behind them remember of a person who is erased."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from consent.personal_data import DONE, Person, Portion, Step, registry
from inbox import live


def register() -> None:
    """Called once, when Django is ready."""
    registry.add(Step(800, "pages", _("open pages"), _nothing, _forget))


def _nothing(_person: Person) -> int:
    return 0


def _forget(_person: Person) -> Portion:
    """All processes drop what they have drawn, and open pages are loaded anew."""
    live.publish({"type": "inbox.erased"})
    return DONE
