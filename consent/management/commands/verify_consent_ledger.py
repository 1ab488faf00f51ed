"""`manage.py verify_consent_ledger`: whether the consent ledger is what was written."""

from __future__ import annotations

import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandParser

from consent.verify import verify_ledger
from consent.verify_evidence import verify_evidence


class Command(BaseCommand):
    help = (
        "Check the consent ledger: exit 0 and a count when it holds, 1 and the first broken entry."
        " With --evidence, whether that file says what the ledger holds."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """An evidence file to look at instead of the whole ledger."""
        parser.add_argument("--evidence", type=Path, metavar="FILE")

    def handle(self, *args: object, evidence: Path | None = None, **options: object) -> None:
        """Say how many entries there are, or which one is broken and why."""
        if evidence is not None:
            self._evidence(evidence)
            return
        verdict = verify_ledger()
        if verdict.broken is None:
            self.stdout.write(f"{verdict.entries} entries, the chain holds")
            return
        self.stderr.write(f"the chain is broken: {verdict.broken}")
        sys.exit(1)

    def _evidence(self, path: Path) -> None:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self.stderr.write(f"the file cannot be read: {error}")
            sys.exit(1)
        verdict = verify_evidence(text)
        if verdict.broken is None:
            self.stdout.write(f"{verdict.entries} entries, all are in the ledger as they are here")
            return
        self.stderr.write(f"the evidence does not hold: {verdict.broken}")
        sys.exit(1)
