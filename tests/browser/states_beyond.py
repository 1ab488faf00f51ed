"""More of what opens (`states.py`): over composer and contact, and pages behind the thread."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Page, Route, expect

CROSSED = {
    "code": "crossed",
    "detail": "Tarek Aydin hat inzwischen geantwortet.",
    "errors": {},
}


def _write(page: Page, text: str) -> None:
    page.locator("#reply-text").fill("")  # as it was left
    page.locator("#reply-text").fill(text)


def _emoji(page: Page) -> None:
    page.locator("#reply-form [data-emoji]").click()
    expect(page.locator("#emoji .emoji").first).to_be_visible()


def _macros(page: Page) -> None:
    _write(page, "")
    page.locator("#reply-form [data-open-canned]").click()
    last = page.locator("#canned [data-macro]").last
    expect(last).to_be_attached()
    last.scroll_into_view_if_needed()


def _planned(page: Page) -> None:
    _write(page, "Ab acht Uhr ist offen.")
    page.locator("#reply-form [data-later]").click()
    page.locator("#later [data-later-at]").first.click()
    expect(page.locator("[data-plan] [data-planned]")).to_be_visible()


def _undo(page: Page) -> None:
    _write(page, "Gern geschehen.")
    page.locator("#reply-text").press("Enter")
    expect(page.locator("#undo")).to_be_visible()


def _crossed(page: Page) -> None:
    def refuse(route: Route) -> None:
        route.fulfill(status=409, json=CROSSED)

    page.route("**/reply/", refuse)
    _write(page, "Ihr Rucksack ist da, und der Schirm auch.")
    page.locator("#reply-text").press("Enter")
    expect(page.locator("#crossed")).to_be_visible()
    expect(page.locator("[data-send-anyway]")).to_be_visible()
    page.unroute("**/reply/")


def _kind(name: str) -> Callable[[Page], None]:
    def opens(page: Page) -> None:
        page.locator("#composer details.plus > summary").click()
        page.locator(f'.plus [data-kind$="/{name}/"]').click()
        expect(page.locator("#kind-dialog")).to_be_visible()

    return opens


def _fill(page: Page) -> None:
    """Pick the template with two values, and fill them."""
    page.locator(".tpl", has_text=re.compile("nachgereicht", re.IGNORECASE)).first.click()
    for number, value in enumerate(("Frau Zustand", "Ihr Koffer ist seit heute früh da."), 1):
        page.locator(f"#picked [name=body_{number}]").fill(value)
    expect(page.locator("#picked .bubble").first).to_contain_text("Frau Zustand")


def _template(page: Page) -> None:
    _kind("template")(page)
    _fill(page)


def _closed(page: Page) -> None:
    """The picker in the composer of one who wrote long ago."""
    page.goto(_beside(page, "/?view=all&q=Zufenster"))
    page.locator("#rows .conv").first.click()
    expect(page.locator("#picker .tpl").first).to_be_visible()
    _fill(page)


def _contact(page: Page) -> None:
    """The person's blocks; on a phone they lie behind the head."""
    details = page.locator("#contact-details")
    if not details.is_visible():
        page.locator("#thread-head a[href='#contact']").first.click()
    expect(details.locator("[data-editable=attributes]")).to_be_visible()


def _attribute(page: Page) -> None:
    _contact(page)
    page.locator("[data-editable=attributes] [data-edit]").click()
    page.locator("[data-editable=attributes] [data-slot-open]:visible").first.click()
    expect(page.locator("#slot-value")).to_be_visible()


def _profile(page: Page) -> None:
    _contact(page)
    page.locator(".who summary").click()
    page.locator('[data-slot-for="profile"]').click()
    expect(page.locator("#slot-our-name")).to_be_visible()


def _person_note(page: Page) -> None:
    _contact(page)
    page.locator('[data-slot-for="note-new"]').click()
    expect(page.locator("#slot-text")).to_be_visible()


def _lightbox(page: Page) -> None:
    page.locator("#items a[data-lightbox]").first.click()
    expect(page.locator("#lightbox .lightbox-stage img")).to_have_js_property("complete", True)
    expect(page.locator("#lightbox [data-step='1']")).to_be_visible()


def _gallery(kind: str, selector: str) -> Callable[[Page], None]:
    def opens(page: Page) -> None:
        page.goto(_of_contact(page, f"gallery/?kind={kind}"))
        expect(page.locator(selector).first).to_be_visible()

    return opens


def _merge_search(page: Page) -> None:
    page.goto(_of_contact(page, "merge/?q=Zwilling"))
    expect(page.locator("#merge-found .contact-row").first).to_be_visible()


def _merge(page: Page) -> None:
    _merge_search(page)
    page.locator("#merge-found .contact-row").first.click()
    expect(page.locator(".merge-two")).to_be_visible()


def _search(page: Page) -> None:
    page.goto(_beside(page, "/search/?q=Zug"))
    expect(page.locator("#hits a.hit").first).to_be_visible()


def _search_pictures(page: Page) -> None:
    page.goto(_beside(page, "/search/?q=has:image"))
    expect(page.locator("#hits a.hit").first).to_be_visible()


def _palette_found(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.locator("dialog#palette input").fill("Zustand")
    expect(page.locator("dialog#palette [role=option]", has_text="Zustand").first).to_be_visible()


def _beside(page: Page, path: str) -> str:
    return urlsplit(page.url)._replace(path="", query="", fragment="").geturl() + path


def _of_contact(page: Page, rest: str) -> str:
    """A page of the customer whose conversation is open."""
    link = page.locator("#contact-details a[href*='/gallery/']").first
    expect(link).to_be_attached()
    return _beside(page, str(link.get_attribute("href")).partition("gallery/")[0] + rest)


BEYOND: dict[str, Callable[[Page], None]] = {
    "emoji": _emoji,
    "macros": _macros,
    "planned": _planned,
    "undo": _undo,
    "crossed": _crossed,
    "buttons": _kind("buttons"),
    "template": _template,
    "closed": _closed,
    "attribute": _attribute,
    "profile": _profile,
    "person note": _person_note,
    "lightbox": _lightbox,
    "gallery": _gallery("pictures", ".tile img"),
    "gallery documents": _gallery("documents", ".gallery-line"),
    "gallery voice": _gallery("voice", ".gallery-line"),
    "gallery links": _gallery("links", ".gallery-line"),
    "merge search": _merge_search,
    "merge": _merge,
    "search": _search,
    "search pictures": _search_pictures,
    "palette found": _palette_found,
}
