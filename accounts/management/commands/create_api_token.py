"""`manage.py create_api_token EMAIL` prints a new REST token for that agent, and nothing else."""

from __future__ import annotations

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Agent, ApiToken


class Command(BaseCommand):
    help = "Print a new REST token for an agent."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="what the token is for")

    def handle(self, *args: object, **options: str) -> None:
        agent = Agent.objects.filter(email__iexact=options["email"], is_active=True).first()
        if agent is None:
            raise CommandError(f"No active agent has the e-mail address {options['email']}.")
        self.stdout.write(ApiToken.issue(agent, options["name"]))
