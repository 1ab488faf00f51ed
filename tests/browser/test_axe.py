"""axe-core finds nothing: every page of ours, both themes, wide and on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, PageFactory
from tests.browser.inbox import connected
from tests.stack import Stack

axe = Axe()
SCREENS = pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["wide", "phone"])
THEMES = pytest.mark.parametrize("theme", ["light", "dark"])


def problems(page: Page) -> list[str]:
    """What axe-core finds, each with the first element it is about."""
    found: list[dict[str, Any]] = axe.run(page).response["violations"]
    return [
        f"{page.url} {one['id']} ×{len(one['nodes'])}: {one['nodes'][0]['target']}"
        f" {one['nodes'][0]['failureSummary']}"
        for one in found
    ]


@SCREENS
@THEMES
def test_the_login(stack: Stack, page_factory: PageFactory, viewport: Any, theme: Any) -> None:
    page = page_factory(viewport=viewport, color_scheme=theme)
    page.goto(f"{stack.url}/accounts/login/")
    assert problems(page) == []


@SCREENS
@THEMES
def test_the_inbox_and_its_conversations(
    stack: Stack, agent_page: PageFactory, viewport: Any, theme: Any
) -> None:
    page = agent_page("admin", viewport=viewport, color_scheme=theme)
    found = []
    for query in ("?view=mine", "?view=all", "?view=closing", "?view=all&q=nobody-at-all"):
        page.goto(f"{stack.url}/{query}")
        connected(page)
        found += problems(page)
    page.goto(f"{stack.url}/?view=all")
    paths = [link.get_attribute("href") for link in page.locator("#rows .conv").all()]
    for path in paths[:8]:
        page.goto(f"{stack.url}{path}?view=all")
        connected(page)
        expect(page.locator("#contact-details .block").first).to_be_attached()
        found += problems(page)
    assert paths
    assert found == []


@THEMES
def test_what_opens_over_the_page(stack: Stack, agent_page: PageFactory, theme: Any) -> None:
    page = agent_page("admin", color_scheme=theme)
    page.goto(f"{stack.url}/?view=all")
    page.locator("#rows .conv").first.click()
    expect(page.locator("#thread-head")).to_be_visible()
    page.locator("#thread-head details.menu summary").click()
    expect(page.locator("#thread-head .pop-i").first).to_be_visible()
    found = problems(page)
    page.keyboard.press("Escape")
    page.locator("[data-open-keys]").first.evaluate("button => button.click()")
    found += problems(page)
    page.keyboard.press("Escape")
    page.context.set_offline(True)
    expect(page.locator('#news [data-news="lost"]')).to_be_visible()
    assert found + problems(page) == []


@THEMES
def test_the_simulators_phone(stack: Stack, phone_page: PageFactory, theme: Any) -> None:
    assert problems(phone_page(color_scheme=theme)) == []
