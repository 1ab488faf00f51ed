"""Hours in one tab: a list that has grown is shortened below, and nothing is lost by it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import PageFactory
from tests.browser.inbox import Customer, open_inbox
from tests.stack import Stack, eventually

IDS = """() => [...document.querySelectorAll("#rows > [data-conversation]")].map(({ id }) => id)"""
TRIM = """async () => {
  const { trim } = await import("/static/js/live/trim.js");
  const scroller = document.getElementById("list-scroll");
  scroller.scrollTop = 0;
  trim(document.getElementById("rows"), scroller, { most: 12, kept: 10 });
}"""
SHORT = {"width": 1280, "height": 420}


def ids(page: Page) -> list[str]:
    found: list[str] = page.evaluate(IDS)
    return found


@pytest.mark.parametrize("order", ["view=all", "view=all&sort=closes", "view=all&sort=priority"])
def test_what_is_taken_out_below_comes_back_in_its_place(
    stack: Stack, agent_page: PageFactory, order: str
) -> None:
    page = open_inbox(stack, agent_page, "lead")
    page.set_viewport_size(SHORT)  # type: ignore[arg-type]
    for number in range(max(0, 16 - len(ids(page)))):
        Customer(stack, f"Reihe{number}").writes("Moin")
    page.goto(f"{stack.url}/?{order}")
    page.wait_for_selector("html[data-live=back]")
    eventually(lambda: len(ids(page)) >= 16, 30, "too few rows")
    before = ids(page)
    page.evaluate(TRIM)
    assert ids(page) == before[:10]
    # Only what lies far below goes: where it is seen at once, it is fetched again at once.
    page.evaluate("() => document.querySelector('#rows > .more').scrollIntoView()")
    eventually(lambda: ids(page)[: len(before)] == before, 30, "the rows did not come back")
