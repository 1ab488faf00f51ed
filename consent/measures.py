"""What protects the data, as it is at this installation: each measure says whether it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consent.models import LedgerCheck, RetentionRun


@dataclass(frozen=True)
class Measure:
    """A sentence that is true here when `holds` says so."""

    words: Promise | str
    holds: Callable[[], bool]


def _is_set(name: str) -> Callable[[], bool]:
    return lambda: bool(getattr(settings, name, None))


def _always() -> bool:
    return True


def _ledger_is_sound() -> bool:
    newest = LedgerCheck.objects.first()
    return newest is not None and not newest.broken and _is_recent(newest.at)


def _retention_runs() -> bool:
    newest = RetentionRun.objects.filter(is_dry=False).first()
    return newest is not None and not newest.failed and _is_recent(newest.started_at)


def _is_recent(at: object) -> bool:
    return at >= timezone.now() - timedelta(days=2)  # type: ignore[operator]


measures: list[Measure] = [
    Measure(
        _(
            "Agents see only the conversations of their teams; roles decide who may write and who"
            " may see earlier texts."
        ),
        _always,
    ),
    Measure(
        _("Passwords are stored as Argon2 hashes; repeated failures are slowed down."), _always
    ),
    Measure(
        _("Browsers are sent to encrypted connections (TLS), and stay there (HSTS)."),
        _is_set("SECURE_HSTS_SECONDS"),
    ),
    Measure(
        _("Session cookies travel over encrypted connections only."),
        _is_set("SESSION_COOKIE_SECURE"),
    ),
    Measure(_("Pages run no foreign scripts (Content Security Policy)."), _always),
    Measure(_("Logs hold ids and no message texts, names or numbers."), _always),
    Measure(
        _("Consents stand in a ledger that is chained and signed and can only be added to."),
        _always,
    ),
    Measure(
        _("The ledger is checked every night; the last check found it sound."), _ledger_is_sound
    ),
    Measure(_("The ledger is signed with a key of its own."), _is_set("LEDGER_SIGNING_KEY")),
    Measure(_("Erasures need a second person (four eyes)."), _is_set("ERASURE_NEEDS_TWO")),
    Measure(
        _("What is over goes every night; the last run ended without an error."), _retention_runs
    ),
    Measure(
        _("Customers' files are scanned for viruses before anybody sees them."),
        _is_set("CLAMAV_URL"),
    ),
    Measure(_("Files are handed out to agents who may see them, and to nobody else."), _always),
]
