"""No page is wider than its window: phone, tablet, and 200 % zoom, in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PageFactory
from tests.browser.inbox import connected
from tests.stack import Stack

PATHS = ("/?view=mine", "/?view=all", "/?view=closing", "/welcome/", "/invitations/", "/share/")
WINDOWS = {
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
    "tablet": {"viewport": {"width": 1024, "height": 768}},
    "zoom": {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2},
}
TOO_SMALL = """(least) => [...document.querySelectorAll("button, .btn, .icon-btn, .tabbar a")]
  .filter((one) => one.checkVisibility())
  .map((one) => [one.getBoundingClientRect(), one])
  .filter(([box]) => box.width && box.height && box.height < least)
  .map(([box, one]) => `${one.className} ${one.textContent.trim().slice(0, 20)} ${box.height}`)"""


def overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("window", WINDOWS)
def test_nothing_scrolls_sideways(
    stack: Stack, agent_page: PageFactory, window: str, language: str
) -> None:
    page = agent_page("admin", **WINDOWS[window])
    page.goto(f"{stack.url}/")
    if page.locator("html").get_attribute("lang") != language:
        page.locator(f'.me-menu [name="language"][value="{language}"]').evaluate("b => b.click()")
        expect(page.locator("html")).to_have_attribute("lang", language)
    wide = {}
    for path in PATHS:
        page.goto(f"{stack.url}{path}")
        wide[path] = overflow(page)
    page.goto(f"{stack.url}/?view=all")
    connected(page)
    links = [link.get_attribute("href") for link in page.locator("#rows .conv").all()]
    for path in links[:4]:
        page.goto(f"{stack.url}{path}?view=all")
        connected(page)
        wide[f"{path}"] = overflow(page)
        page.goto(f"{stack.url}{path}?view=all#contact")
        wide[f"{path}#contact"] = overflow(page)
    if language == "en":  # as the demo's admin was before
        page.goto(f"{stack.url}/")
        page.locator('.me-menu [name="language"][value="de"]').evaluate("b => b.click()")
    assert {path: by for path, by in wide.items() if by > 0} == {}


def test_nothing_moves_where_motion_is_unwanted(stack: Stack, agent_page: PageFactory) -> None:
    page = agent_page("admin", reduced_motion="reduce")
    page.goto(f"{stack.url}/?view=all")
    page.locator("#rows .conv").first.click()
    expect(page.locator("#thread-head")).to_be_visible()
    moving = page.evaluate(
        "document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime > 1)"
        ".map((one) => one.effect.target.className)"
    )
    assert moving == []


def test_the_ways_of_a_thumb_are_wide_enough(stack: Stack, agent_page: PageFactory) -> None:
    page = agent_page("admin", **WINDOWS["phone"])
    for path in ("/welcome/", "/invitations/", "/share/"):
        page.goto(f"{stack.url}{path}")
        assert page.evaluate(TOO_SMALL, 40) == [], path
