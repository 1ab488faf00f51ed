"""More states for `screenshot_states.py`: what opens over composer and contact, pages behind the
inbox, and what only an admin sees. What is sent or done to many is taken back again."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.states_beyond import BEYOND  # noqa: E402 (the checkout must be on the path)

if TYPE_CHECKING:
    from tools.screenshot_states import Inbox

Opens = Callable[["Inbox"], None]
# Of the states of the tests those that need nobody but a customer of the demo.
OVER_LENA = (
    *("macros", "planned", "undo", "crossed", "buttons", "attribute", "profile", "person note"),
    "lightbox",
)
GALLERY = ("pictures", "documents", "voice", "links")
# The settings and figures of the helpdesk, by what their picture is called.
ADMIN_PAGES = {
    "index": "",
    "rules": "automation/assignmentrule/",
    "rule": "automation/assignmentrule/add/",
    "sla": "automation/slapolicy/",
    "sla-new": "automation/slapolicy/add/",
    "hours": "automation/businesscalendar/",
    "hours-new": "automation/businesscalendar/add/",
    "away": "automation/numberhours/",
    "surveys": "automation/csatsurvey/",
    "survey-new": "automation/csatsurvey/add/",
    "answers": "automation/csatanswer/",
    "working-rules": "conversations/servicesettings/",
    "figures": "consent/consentrecord/figures/",
    "agents": "accounts/agent/",
    "attributes": "contacts/attributedefinition/",
    "attribute-new": "contacts/attributedefinition/add/",
    "labels": "conversations/label/",
    "label-new": "conversations/label/add/",
}


def over_lena(name: str) -> Opens:
    def opens(inbox: Inbox) -> None:
        inbox.thread("Lena Brandt")
        BEYOND[name](inbox.page)

    return opens


def page_of(path: str) -> Opens:
    return lambda inbox: inbox.to(path)


def of_contact(name: str, rest: str) -> Opens:
    """A page of the customer called `name`."""

    def opens(inbox: Inbox) -> None:
        inbox.to(f"/contacts/?q={name.rsplit(maxsplit=1)[-1]}")
        link = inbox.page.locator(".contact-row", has_text=name).first
        inbox.to(f"{link.get_attribute('href')}{rest}")

    return opens


def merge(inbox: Inbox) -> None:
    of_contact("Gwen Hollis", "merge/?q=Idris")(inbox)
    inbox.page.locator("#merge-found .contact-row").first.click()
    expect(inbox.page.locator(".merge-two")).to_be_visible()


def template_filled(inbox: Inbox) -> None:
    inbox.thread("Tomke Visser")
    inbox.page.locator("#picker .tpl", has_text=re.compile("nachgereicht", re.I)).first.click()
    inbox.page.locator("#picked [name=body_1]").fill("Frau Visser")
    inbox.page.locator("#picked [name=body_2]").fill("Ihr Schirm liegt in Kiel bereit.")


def bulk_done(inbox: Inbox) -> None:
    """Two conversations are urgent, and can be what they were."""
    inbox.to("/?view=all")
    for place in range(2):
        inbox.page.locator("#rows .conv-pick input").nth(place).evaluate("box => box.click()")
    inbox.page.locator("[data-bulk-menu=priority] summary").click()
    inbox.page.locator('[data-bulk-menu=priority] [data-value="4"]').click()
    expect(inbox.page.locator("#bulk-runs .bulk-item:not([data-working]) .btn")).to_be_visible()


def bulk_asked(inbox: Inbox) -> None:
    inbox.to("/?view=all")
    inbox.page.locator("#rows .conv-pick input").first.evaluate("box => box.click()")
    inbox.page.locator("[data-bulk-menu=assign] summary").click()
    expect(inbox.page.locator("[data-bulk-menu=assign] [data-value]").first).to_be_visible()


def undone(inbox: Inbox) -> None:
    inbox.page.locator("#bulk-runs .btn").first.click()
    inbox.page.wait_for_load_state("networkidle")


def taken_back(inbox: Inbox) -> None:
    inbox.page.locator("[data-undo]").click()
    expect(inbox.page.locator("#undo")).to_be_hidden()


def palette_found(inbox: Inbox) -> None:
    inbox.to("/?view=mine")
    inbox.page.keyboard.press("Control+k")
    inbox.page.keyboard.type("bra")
    expect(inbox.page.locator("#palette [role=option]", has_text="Brandt").first).to_be_visible()


def ledger(inbox: Inbox) -> None:
    inbox.thread("Henrik Ellerbrock")
    address = inbox.page.locator("a[href$='/consents/']").first.get_attribute("href")
    inbox.to(str(address))


def contact_page(inbox: Inbox) -> None:
    inbox.to("/contacts/?q=Brandt")
    inbox.page.locator(".contact-row").first.click()
    inbox.page.wait_for_load_state("networkidle")


def canned_edit(inbox: Inbox) -> None:
    inbox.to("/canned/")
    link = inbox.page.locator("main table a[href^='/canned/']").first
    inbox.to(str(link.get_attribute("href")))


def search_pictures(inbox: Inbox) -> None:
    inbox.to("/search/?q=has:image")
    expect(inbox.page.locator("#hits a.hit").first).to_be_visible()


MORE: dict[str, Opens] = {
    **{name.replace(" ", "-"): over_lena(name) for name in OVER_LENA},
    "template-filled": template_filled,
    "bulk-menu": bulk_asked,
    "bulk-done": bulk_done,
    "palette-found": palette_found,
    "search-pictures": search_pictures,
    **{f"gallery-{kind}": of_contact("Lena Brandt", f"gallery/?kind={kind}") for kind in GALLERY},
    "gallery-empty": of_contact("Gwen Hollis", "gallery/"),
    "merge-search": of_contact("Gwen Hollis", "merge/?q=a"),
    "merge": merge,
    "contact-page": contact_page,
    "ledger": ledger,
    "macro-new": page_of("/macros/new/"),
    "sign-up": page_of("/optin/meldungen/"),
}
AFTER_MORE: dict[str, Opens] = {"undo": taken_back, "bulk-done": undone}
ADMINS: dict[str, Opens] = {
    "welcome": page_of("/welcome/"),
    "invitations": page_of("/invitations/"),
    "canned-edit": canned_edit,
    "admin-team": page_of("/team/"),
    "admin-ratings": page_of("/ratings/"),
    **{f"admin-{name}": page_of(f"/admin/{path}") for name, path in ADMIN_PAGES.items()},
}
