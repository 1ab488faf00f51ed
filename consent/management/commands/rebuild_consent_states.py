"""`manage.py rebuild_consent_states`: what is in force, made anew from the ledger."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from consent.states import rebuild


class Command(BaseCommand):
    help = "Make what is in force anew from the consent ledger."

    def handle(self, *args: object, **options: object) -> None:
        """Print how much was wrong."""
        self.stdout.write(f"{rebuild()} were wrong")
