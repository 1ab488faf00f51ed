"""axe-core finds nothing: the pages agents work on, both themes, wide and on a phone."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.browser.axe import SCREENS, THEMES, problems
from tests.browser.conftest import PageFactory
from tests.browser.inbox import connected
from tests.stack import Stack


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
    page.locator('#thread-head [data-menu="assign"] > summary').click()
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
