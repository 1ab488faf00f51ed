"""Every page and what opens on it: axe finds nothing, words fit, the focus is seen, nothing moves.

The pages are found in the URL configuration (`house.py`), what opens in `states.py`; Django admin,
the API's page, error pages and the customers' own pages have tests of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import LONGEST_UNDO_S
from tests.browser.axe import SCREENS, THEMES, problems
from tests.browser.conftest import PageFactory
from tests.browser.house import pages_of
from tests.browser.inbox import Customer, connected, open_conversation, open_inbox, row_of
from tests.browser.looks import crowded, cut, moving, unfocused
from tests.browser.scene import set_scene
from tests.browser.states import STATES
from tests.stack import Stack

pytestmark = pytest.mark.timeout(600)  # axe takes its time, on many pages
# Wide, a small screen, 200 % zoom, a phone.
SIZES = ((1440, 900), (1024, 768), (640, 450), (390, 844))
STILL = {"reduced_motion": "reduce"}


def speak(page: Page, stack: Stack, language: str) -> None:
    page.goto(f"{stack.url}/?view=mine")
    if page.locator("html").get_attribute("lang") != language:
        button = f'.me-menu [name="language"][value="{language}"]'
        page.locator(button).evaluate("button => button.click()")
        expect(page.locator("html")).to_have_attribute("lang", language)


@THEMES
def test_every_page(stack: Stack, agent_page: PageFactory, theme: Any) -> None:
    page = agent_page("admin", color_scheme=theme, **STILL)
    pages = pages_of(stack, page)
    assert {"inbox:inbox", "inbox:card", "inbox:canned-edit", "start:welcome"} <= set(pages)
    found = []
    for path in pages.values():
        page.goto(f"{stack.url}{path}")
        found += problems(page) + unfocused(page) + moving(page)
    assert found == []


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_words_of_every_page_fit(stack: Stack, agent_page: PageFactory, language: str) -> None:
    page = agent_page("admin", **STILL)
    pages = pages_of(stack, page)
    speak(page, stack, language)
    found = []
    for path in pages.values():
        page.goto(f"{stack.url}{path}")
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            found += [f"{width}: {one}" for one in cut(page) + crowded(page)]
    speak(page, stack, "de")  # as the demo's admin was before
    assert found == []


# So that none of them takes long; each begins with a page of its own.
PARTS = 3
PART = pytest.mark.parametrize("part", range(PARTS))
# Both themes and both languages, in two rounds instead of four.
ROUNDS = pytest.mark.parametrize(("language", "theme"), [("de", "light"), ("en", "dark")])


@pytest.fixture(scope="module")
def scene(stack: Stack) -> Iterator[str]:
    """The path of a conversation where everything can be opened, also what was just sent."""
    stack.let_take_back(LONGEST_UNDO_S)
    yield set_scene(stack)
    stack.let_take_back(0)


def open_all(page: Page, url: str, part: int) -> Iterator[str]:
    """Open one state after the other, each on a fresh page; its name while it is open."""
    for name in list(STATES)[part::PARTS]:
        page.goto(url)
        connected(page)
        STATES[name](page)
        yield name
        page.unroute_all()


@SCREENS
@ROUNDS
@PART
def test_everything_that_opens(
    stack: Stack,
    agent_page: PageFactory,
    scene: str,
    viewport: Any,
    language: str,
    theme: Any,
    part: int,
) -> None:
    page = agent_page("admin", viewport=viewport, color_scheme=theme, **STILL)
    speak(page, stack, language)
    found = []
    for name in open_all(page, f"{stack.url}{scene}?view=all", part):
        looked = problems(page) + cut(page) + crowded(page) + moving(page)
        found += [f"{name}: {one}" for one in looked]
    speak(page, stack, "de")  # as the demo's admin was before
    assert found == []


# How often each live region of the page said something else.
LISTEN = """() => {
  window.said = [];
  const regions = "[aria-live=polite], [aria-live=assertive], [role=status], [role=alert],"
    + "[role=log]";
  for (const region of document.querySelectorAll(regions)) {
    if (region.getAttribute("aria-live") === "off") continue;
    new MutationObserver(() => {
      const words = region.textContent.trim();
      if (words && words !== window.said.at(-1)) window.said.push(words);
    }).observe(region, { childList: true, subtree: true, characterData: true });
  }
}"""


def test_twenty_messages_are_not_shouted(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = Customer(stack, "Vielschreiber")
    customer.writes("Moin")
    expect(row_of(page, customer)).to_be_visible()
    open_conversation(page, customer)
    page.evaluate(LISTEN)
    for number in range(20):
        customer.writes(f"Nummer {number}")
    expect(page.locator("#items")).to_contain_text("Nummer 19")
    said = page.evaluate("window.said")
    assert len(said) < 10, said
