"""A finger instead of a mouse: quoting, selecting many, and all views."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.axe import problems
from tests.browser.conftest import PHONE, PageFactory
from tests.browser.inbox import bubble, open_inbox, open_new
from tests.stack import Stack

FINGER = {"viewport": PHONE, "has_touch": True, "is_mobile": True}


def test_a_tap_on_a_message_offers_to_quote_it(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "lead", **FINGER)
    customer = open_new(stack, page, "Tilda")
    customer.writes("Ist der blaue Koffer da?")
    said = bubble(page, "blaue Koffer")
    expect(said.locator(".quote-it")).to_be_hidden()
    said.tap()
    said.locator(".quote-it").tap()
    expect(page.locator("#composer")).to_contain_text("Ist der blaue Koffer da?")


def test_many_are_selected_by_taps(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "lead", **FINGER)
    page.locator("#bulk-begin").tap()
    expect(page.locator("#bulk-begin")).to_have_attribute("aria-pressed", "true")
    page.locator("#rows .conv-pick").nth(0).tap()
    page.locator("#rows .conv-pick").nth(1).tap()
    expect(page.locator("#bulk-count")).to_contain_text("2")
    assert problems(page) == []
    page.locator("#bulk-end").tap()
    expect(page.locator("#bulk-bar")).to_be_hidden()
    expect(page.locator("#bulk-begin")).to_have_attribute("aria-pressed", "false")


def test_all_views_can_be_reached(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "lead", **FINGER)
    for name in ("mentions", "snoozed", "resolved"):
        page.locator(".tabbar button").tap()
        page.locator(f".me-views [href$='view={name}']").tap()
        page.wait_for_url(re.compile(f"view={name}"))
    page.locator(".tabbar button").tap()
    assert problems(page) == []
    page.locator(".me-views [href='/team/']").tap()
    page.wait_for_url(re.compile("/team/"))
