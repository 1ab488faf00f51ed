"""Arabic and Hebrew run from the right, line by line, and leave the page as it is."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import PageFactory
from tests.browser.inbox import Customer, open_conversation, open_inbox, row_of
from tests.stack import Stack

ARABIC = "مرحبا، حجزي رقم 4711 في https://example.com/a?b=1"
MIXED = "שלום, RE 7 מ-Kiel ב-08:05\nThank you"
DIRECTION = "one => getComputedStyle(one).direction"


def test_customers_words_run_in_their_own_direction(stack: Stack, agent_page: PageFactory) -> None:
    customer = Customer(stack, "نور")
    customer.writes(ARABIC)
    customer.writes(MIXED)
    page = open_inbox(stack, agent_page, "admin")
    row = row_of(page, customer)
    expect(row).to_be_visible()
    assert row.locator(".name").evaluate(DIRECTION) == "rtl"
    assert row.evaluate(DIRECTION) == "ltr"
    open_conversation(page, customer)
    texts = page.locator("#items .msg .text")
    expect(texts).to_have_count(2)
    for text in texts.all():
        assert text.evaluate(DIRECTION) == "rtl"
        assert text.evaluate("one => getComputedStyle(one).unicodeBidi") == "plaintext"
    expect(page.locator("#items .msg a").first).to_have_attribute(
        "href", "https://example.com/a?b=1"
    )
    field = page.locator("#reply-text")
    field.fill(ARABIC)
    assert field.evaluate(DIRECTION) == "rtl"
    field.fill("Guten Tag")
    assert field.evaluate(DIRECTION) == "ltr"
