"""`manage.py count_waiting`: who waits since when, for conversations from before it was kept."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from conversations.services.answers import count_unresolved


class Command(BaseCommand):
    """In portions of their own transactions: it may be stopped anywhere and run again."""

    help = "Count anew since when customers of unresolved conversations wait for an answer."

    def handle(self, *_args: Any, **_options: Any) -> None:
        portions, last = 0, count_unresolved()
        while last is not None:
            portions += 1
            last = count_unresolved(after=last)
        self.stdout.write(f"counted portions={portions}")
