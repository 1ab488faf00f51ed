"""Who takes part in an agent's day, and pictures of what they see.

With `HELPDESK_PICTURES=FOLDER` every state of the day is kept there as a picture.
"""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, PageFactory
from tests.browser.inbox import Customer, connected, open_conversation, open_inbox, row_of
from tests.stack import Stack

TAREK, JANA, OWEN, MIRA = (f"{who}@nordlicht.example" for who in ("tarek", "jana", "owen", "mira"))
HOUR_S = 3600
LONG_MS = 40_000

# A canned response, a macro and a survey without a delay; the reason to resolve with.
SEED = """
from automation.models import CsatSurvey
from conversations.models import ResolveReason
from inbox.models import CannedResponse, Macro
CannedResponse.objects.update_or_create(shortcut="tagfund", agent=None, team=None, defaults=dict(
    title="Fundsache am Tag", text_de="Moin {{contact.name}}, Ihr Koffer hat die Nr. {{?Nummer}}.",
    text_en="Hello {{contact.name}}, your suitcase has no. {{?Number}}."))
Macro.objects.update_or_create(name="Tagesmakro", defaults=dict(key=8, actions=[
    {"kind": "assign_me", "value": None}, {"kind": "note", "value": "Der Tag beginnt."}]))
ResolveReason.objects.get_or_create(name_de="Tag vorbei", defaults=dict(name_en="Day is over"))
CsatSurvey.objects.update(delay_min=0)
"""


def picture(page: Page, name: str) -> None:
    """Keep what `page` shows, when somebody asked for pictures."""
    folder = os.environ.get("HELPDESK_PICTURES")
    if folder:
        # Hiding the caret would need a style of Playwright's own in a page that allows none.
        page.screenshot(path=Path(folder) / f"{name}.png", caret="initial")


def phone_inbox(stack: Stack, agent_page: PageFactory, who: str, view: str) -> Page:
    """That agent's inbox on a phone, dark and in English."""
    options = {"viewport": PHONE, "has_touch": True, "color_scheme": "dark", "locale": "en-GB"}
    return open_inbox(stack, agent_page, who, view, **options)


def arrives(customer: Customer, text: str, *pages: Page, age_s: int = 0) -> None:
    """The customer writes; everybody's list has the row."""
    more = {"age_s": age_s} if age_s else {}
    customer.writes(text, **more)
    for page in pages:
        expect(row_of(page, customer)).to_be_visible()


def opened(page: Page, customer: Customer) -> Page:
    """The conversation on `page`, with everything in it."""
    expect(row_of(page, customer)).to_be_visible()
    open_conversation(page, customer)
    return page


def menu(page: Page, name: str) -> Locator:
    """Open a menu over the thread."""
    page.locator(f"[data-menu={name}] > summary").click()
    pop = page.locator(f"[data-menu={name}] .pop")
    expect(pop.locator(".pop-i").first).to_be_visible()
    return pop


def reload(page: Page) -> None:
    page.reload()
    connected(page)


def bell_count(page: Page) -> int:
    """How many notifications wait; tests share their agents, so it may be any number."""
    return int(page.locator("#bell [data-bell-count]").text_content() or 0)


def templates_of(customer: Customer) -> list[str]:
    """The names of the templates that arrived on this phone."""
    rows = [row for row in customer.stack.simulator.outbox() if customer.phone in str(row["to"])]
    return [row["payload"]["template"]["name"] for row in rows if row["type"] == "template"]
