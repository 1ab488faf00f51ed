"""Telling admins of what a person must see to, once, until it is settled."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from accounts.models import AdminNotice, Agent, Severity
from accounts.notice_pages import PAGES

_RANK = {Severity.CRITICAL: 0, Severity.WARNING: 1, Severity.INFO: 2}


def raise_notice(
    kind: str,
    subject: str,
    severity: Severity,
    text: str,
    params: dict[str, object] | None = None,
    *,
    link: str = "",
    now: datetime | None = None,
) -> AdminNotice:
    """Raise a notice, or count it again while the same one is unsettled.

    `text` is an English sentence marked with `gettext_noop`; `params` fill its `%(name)s`. Never
    put a customer's words or numbers into them.
    """
    now = now or timezone.now()
    fresh = {
        "severity": severity,
        "text": text,
        "params": params or {},
        "link": link,
        "last_raised_at": now,
    }
    with transaction.atomic():
        notice, created = AdminNotice.objects.select_for_update().get_or_create(
            kind=kind, subject=subject, settled_at=None, defaults={**fresh, "raised_at": now}
        )
        if not created:
            AdminNotice.objects.filter(pk=notice.pk).update(**fresh, times=F("times") + 1)
            notice.refresh_from_db()
    return notice


def settle_notices(kind: str, subject: str, by: Agent | None = None) -> int:
    """What the notice spoke of is over; how many were open (none or one)."""
    return AdminNotice.objects.filter(kind=kind, subject=subject, settled_at=None).update(
        settled_at=timezone.now(), settled_by=by
    )


def open_notices() -> list[AdminNotice]:
    """Unsettled ones, the gravest first, then the newest."""
    rows = AdminNotice.objects.filter(settled_at=None)
    return sorted(rows, key=lambda row: (_RANK[Severity(row.severity)], -row.pk))


def worst_open() -> tuple[int, Severity | None]:
    """How many notices are open, and how grave the gravest is."""
    rows = AdminNotice.objects.filter(settled_at=None).values_list("severity", flat=True)
    found = [Severity(row) for row in rows]
    return len(found), min(found, key=_RANK.__getitem__, default=None)


def page_of(notice: AdminNotice) -> str:
    """The address where one can see to it, or ""."""
    if notice.link:
        return notice.link
    kind, _, pk = notice.subject.partition(":")
    page = PAGES.get(kind)
    return reverse(page, args=[pk]) if page and pk.isascii() and pk.isdigit() else ""


def settle_notice(notice: AdminNotice, by: Agent) -> bool:
    """Somebody has seen to it; False when it was settled already. Raised again, it is a new one."""
    open_one = AdminNotice.objects.filter(pk=notice.pk, settled_at=None)
    return bool(open_one.update(settled_at=timezone.now(), settled_by=by))
