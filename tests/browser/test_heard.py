"""`static/js/heard.js`: what comes into the open thread is said, calmly, to those who listen."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import PageFactory
from tests.browser.inbox import answer, bubble, open_inbox, open_new
from tests.stack import Stack

LONGEST = 200
# Everything the region says from now on.
LISTEN = """() => {
  window.said = [];
  new MutationObserver(() => window.said.push(document.getElementById("heard").textContent))
    .observe(document.getElementById("heard"), { childList: true, characterData: true });
}"""


def said(page: Page) -> list[str]:
    return [str(one) for one in page.evaluate("window.said")]


def test_one_is_said_with_its_words_a_burst_as_a_number_and_ours_not(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = open_new(stack, page, "Hörbar")
    region = page.locator("#heard")
    expect(region).to_have_attribute("role", "status")
    expect(page.locator("#items")).to_have_attribute("aria-live", "off")
    expect(region).to_have_text("")  # what was there is read, not announced
    page.evaluate(LISTEN)

    answer(page, "Das schreibe ich selbst")
    customer.gets("Das schreibe ich selbst")
    expect(bubble(page, "Das schreibe ich selbst")).to_be_visible()
    customer.writes("Fährt die Bahn?")
    expect(region).to_have_text(f"{customer.name}: Fährt die Bahn?")

    for number in range(3):
        customer.writes(f"Frage {number}")
    expect(region).to_have_text(re.compile(r"^3 "))
    assert said(page) == [f"{customer.name}: Fährt die Bahn?", region.inner_text()]


def test_a_long_one_is_cut_and_another_conversation_is_silent(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    other = open_new(stack, page, "Nebenan")
    customer = open_new(stack, page, "Langatmig")
    page.evaluate(LISTEN)

    other.writes("Das hört hier niemand")
    expect(page.locator("#rows > li", has_text="Das hört hier niemand")).to_be_visible()
    customer.writes("a" * (LONGEST + 50))

    expect(page.locator("#heard")).to_have_text(f"{customer.name}: {'a' * LONGEST}")
    assert len(said(page)) == 1
