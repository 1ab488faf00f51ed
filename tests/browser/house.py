"""Every page of the helpdesk, found in the URL configuration: a new one is looked at untold."""

from __future__ import annotations

import json

from playwright.sync_api import Page

from tests.access.routes import PARAMETER, Route, all_routes
from tests.stack import Stack

# What the demo data does not hold, and one of each thing an address can name. "SEGMENT/NAME" of
# `Route.parameters`, as in tests/access/world.py; None is no page of its own.
THINGS = """
import json
from datetime import timedelta
from django.utils import timezone
from conversations.models import BusinessNumber, Conversation
from inbox.models import CannedResponse, Macro

thread = Conversation.objects.filter(contact__merged_into=None, last_message__isnull=False)
# Open, with hours left: other tests resolve theirs, or let the window close.
soon = timezone.now() + timedelta(hours=6)
thread = thread.filter(status="open", window_expires_at__gt=soon)
thread = thread.order_by("-last_message__created_at").first()
canned, macro = CannedResponse.objects.first(), Macro.objects.first()
number = BusinessNumber.objects.earliest("pk").pk
print("THINGS " + json.dumps({
    "conversations/pk": str(thread.pk), "contacts/pk": str(thread.contact_id),
    "canned/pk": canned and canned.pk, "macros/pk": macro and macro.pk, "check/pk": number,
}))
"""
# Addresses that are no pages for eyes, or have tests of their own with what they need.
ELSEWHERE = ("admin/", "api/", "optin/", "c/", "my/", "accounts/join/")


def pages_of(stack: Stack, page: Page) -> dict[str, str]:
    """Addresses of whole pages, by the name of their route. `page` is an admin's."""
    said = stack.manage("shell", "-v", "0", "-c", THINGS)
    line = next(line for line in said.splitlines() if line.startswith("THINGS "))
    things = json.loads(line.removeprefix("THINGS "))
    asked = {}
    for route in all_routes():
        address = _address(route, things)
        if address and not route.path.startswith(ELSEWHERE):
            asked[route.name] = address
    are_pages = page.evaluate(ARE_PAGES, list(asked.values()))
    return {name: path for name, path in asked.items() if path in are_pages}


def _address(route: Route, things: dict[str, object]) -> str | None:
    values = [things.get("/".join(parameter)) for parameter in route.parameters]
    if None in values:
        return None
    return "/" + PARAMETER.sub(lambda _: str(values.pop(0)), route.path)


# What answers a GET with a document; parts of a page are looked at where they stand.
ARE_PAGES = """async (paths) => {
  const pages = [];
  for (const path of paths) {
    const answer = await fetch(path, { headers: { Accept: "text/html" } });
    const kind = answer.headers.get("Content-Type") || "";
    if (!answer.ok || !kind.startsWith("text/html")) continue;
    if (/<html/i.test(await answer.text())) pages.push(path);
  }
  return pages;
}"""
