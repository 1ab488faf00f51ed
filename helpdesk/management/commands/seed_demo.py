"""`manage.py seed_demo`: the demo's service desk, once; prints its logins every time."""

from __future__ import annotations

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from conversations.dispatch import dispatch_events
from helpdesk.demo.introduce import introduce
from helpdesk.demo.people import login_lines
from helpdesk.demo.write import seed
from helpdesk.models import Welcome


class Command(BaseCommand):
    help = "Fill in demo data (only with DEBUG) and print the demo logins."

    def handle(self, *args: object, **options: object) -> None:
        """Write what is missing; a second time changes nothing."""
        if not settings.DEBUG:
            raise CommandError("Demo data has public passwords and needs DEBUG to be on.")
        written = seed()
        if written:
            # Numbered at once: no page is open yet that would have to hear of it.
            dispatch_events()
            Welcome.put_away(is_put_away=True)  # nobody needs greeting in a furnished house
            self.stdout.write(f"demo data: {written} conversations")
        introduce()
        for line in login_lines():
            self.stdout.write(line)
