"""`manage.py publish_ledger_head`: write the signed head of the consent ledger into its folder."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from consent.heads import publish_head


class Command(BaseCommand):
    help = "Write the signed head of the consent ledger, to be kept elsewhere."

    def handle(self, *args: object, **options: object) -> None:
        """Print where it is."""
        self.stdout.write(str(publish_head()))
