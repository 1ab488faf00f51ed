"""Time limits, holds and documents in a browser: counted, set, read, printed; axe finds nothing."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import SCREENS, THEMES, problems
from tests.browser.conftest import PageFactory
from tests.browser.inbox import Customer
from tests.stack import Stack

RULES = "/admin/consent/retentionrule/"


def look(page: Page, stack: Stack, path: str) -> list[str]:
    response = page.goto(f"{stack.url}{path}")
    assert response is not None
    assert response.ok, f"{path}: {response.status}"
    return problems(page)


@SCREENS
@THEMES
def test_the_public_page(
    stack: Stack, page_factory: PageFactory, viewport: Any, theme: Any
) -> None:
    page = page_factory(viewport=viewport, color_scheme=theme)
    found = []
    for language in ("de", "en"):
        found += look(page, stack, f"/privacy/whatsapp/?lang={language}")
        expect(page.locator("h1")).to_contain_text("WhatsApp")
        width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0
    assert found == []


@SCREENS
@THEMES
def test_documents(stack: Stack, agent_page: PageFactory, viewport: Any, theme: Any) -> None:
    page = agent_page("admin", viewport=viewport, color_scheme=theme)
    found = look(page, stack, "/admin/consent/company/")
    for name in ("record", "agreement"):
        for language in ("de", "en"):
            found += look(page, stack, f"/admin/consent/company/{name}/?language={language}")
    assert found == []


@THEMES
def test_a_dry_run_and_a_hold(stack: Stack, agent_page: PageFactory, theme: Any) -> None:
    page = agent_page("admin", color_scheme=theme)
    found = look(page, stack, f"{RULES}dry-run/")
    page.locator("main form button[type=submit]").last.click()
    expect(page.locator("main table")).to_be_visible()
    found += problems(page)
    found += look(page, stack, RULES)
    found += look(page, stack, f"{RULES}add/")

    Customer(stack, f"Hilde{theme}").writes("Moin")
    rows = page.locator("#result_list a[href*='/change/']")
    for _look in range(60):
        page.goto(f"{stack.url}/admin/contacts/contact/?q=Hilde{theme}")
        if rows.count():
            break
        page.wait_for_timeout(500)
    row = rows.first.get_attribute("href")
    contact = str(row).partition("?")[0]
    page.goto(f"{stack.url}{contact}")
    page.locator("a[href*='legal-hold']").first.click()
    expect(page.locator("html:not([x-cloak]) [name=reason]")).to_be_visible()
    found += problems(page)
    page.locator("[name=reason]").fill("4 O 12/26")
    page.locator("main form button[type=submit]").last.click()
    expect(page.get_by_text("4 O 12/26")).to_be_visible()
    found += problems(page)
    found += look(page, stack, contact)
    expect(page.locator("main [role=note]")).to_be_visible()
    assert found == []


@pytest.mark.parametrize("name", ["record", "agreement"])
def test_what_is_printed_is_the_document_alone(
    stack: Stack, agent_page: PageFactory, name: str
) -> None:
    page = agent_page("admin")
    page.goto(f"{stack.url}/admin/consent/company/{name}/")
    page.emulate_media(media="print")
    expect(page.locator(".printed")).to_be_visible()
    expect(page.locator("#nav-sidebar")).to_be_hidden()
    expect(page.locator(".not-printed").first).to_be_hidden()
