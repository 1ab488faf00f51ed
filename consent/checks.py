"""Looking at the whole ledger every night, and telling who must know when it is broken."""

from __future__ import annotations

import logging

from django.utils.translation import gettext_noop

from accounts.models import Severity
from accounts.notices import raise_notice, settle_notices
from consent.models import LedgerCheck
from consent.verify import verify_ledger

NOTICE = "ledger_broken"

log = logging.getLogger(__name__)


def check_ledger() -> LedgerCheck:
    """Verify it, keep what was found, and raise a notice, or settle the one of before."""
    verdict = verify_ledger()
    broken = str(verdict.broken) if verdict.broken else ""
    check = LedgerCheck.objects.create(entries=verdict.entries, broken=broken)
    if not broken:
        settle_notices(NOTICE, "ledger")
        return check
    log.error("consent.ledger_broken entries=%s", verdict.entries)
    raise_notice(
        NOTICE,
        "ledger",
        Severity.CRITICAL,
        gettext_noop(
            "The consent ledger is not what was written (%(broken)s). Somebody changed it past the"
            " program, or it was restored in part: compare it with a backup."
        ),
        {"broken": broken},
    )
    return check
