"""`manage.py set_up`: what `make run` does before it starts anything, in one process."""

from __future__ import annotations

from argparse import ArgumentParser

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Apply migrations and, with --demo, fill in demo data and print the demo logins."

    # The migrations it is about to apply are what system checks may stumble over.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="fill in demo data (needs DEBUG)")

    def handle(self, *_args: object, **options: object) -> None:
        """Quiet when there is nothing to do: it runs at every start."""
        call_command("migrate", interactive=False, verbosity=0, stdout=self.stdout)
        if options["demo"]:
            call_command("seed_demo", stdout=self.stdout)
