"""What this room keeps for a time (`consent/retention.py`): how to find what is over."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from consent.keepers import before
from consent.retention import Kind, Limits, Rows, retention
from inbox.models import Notification

DAYS = 90


def register() -> None:
    """Called once, when Django is ready."""
    retention.add(
        Kind("notifications", 75, _("Notifications of agents"), _notifications, days=DAYS)
    )


def _due(limits: Limits, at: datetime) -> QuerySet[Notification]:
    rows = Notification.objects.annotate(since=F("created_at"))
    limit = before(at, limits.general)
    return rows.none() if limit is None else rows.filter(created_at__lt=limit)


def _remove(rows: list[Notification]) -> None:
    Notification.objects.filter(pk__in=[row.pk for row in rows]).delete()


_notifications = Rows(_due, _remove, person="conversation__contact", at_once=2000)
