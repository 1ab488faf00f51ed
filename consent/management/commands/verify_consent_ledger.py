"""`manage.py verify_consent_ledger`: whether the consent ledger is what was written."""

from __future__ import annotations

import sys

from django.core.management.base import BaseCommand

from consent.verify import verify_ledger


class Command(BaseCommand):
    help = (
        "Check the consent ledger: exit 0 and a count when it holds, 1 and the first broken entry."
    )

    def handle(self, *args: object, **options: object) -> None:
        """Say how many entries there are, or which one is broken and why."""
        verdict = verify_ledger()
        if verdict.broken is None:
            self.stdout.write(f"{verdict.entries} entries, the chain holds")
            return
        self.stderr.write(f"the chain is broken: {verdict.broken}")
        sys.exit(1)
