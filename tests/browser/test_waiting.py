"""A template that WhatsApp withholds waits as a new attempt, seen live, taken back by keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import SCREENS, THEMES, problems
from tests.browser.conftest import DESKTOP, PageFactory
from tests.browser.inbox import (
    Customer,
    bubble,
    connected,
    find_conversation,
    open_inbox,
    was_found,
    watch_what_is_found,
)
from tests.stack import Stack

HOUR_S = 3600
TEXT = "Guten Tag Frau Warte"


@pytest.fixture
def customer(stack: Stack) -> Iterator[Customer]:
    """Wrote yesterday, and gets too much marketing already."""
    found = Customer(stack, "Warte")
    found.writes("Wo ist mein Koffer?", age_s=25 * HOUR_S)
    stack.simulator.post("faults", rules=[{"fail_code": 131049, "to": found.phone}])
    yield found
    stack.simulator.post("faults", rules=[])


def write_template(page: Page, customer: Customer) -> None:
    find_conversation(page, customer)
    page.locator("#picker [data-filter-templates]").fill("nachgereicht")
    page.locator("#picker .tpl", has_text="nachgereicht").first.click()
    page.locator("#picked [name=body_1]").fill("Frau Warte")
    page.locator("#picked [name=body_2]").fill("Er ist da.")
    page.locator("#picked [type=submit]").click()


def attempt(page: Page, status: str) -> Locator:
    return bubble(page, TEXT).and_(page.locator(f"[data-status={status}]"))


def test_it_waits_is_seen_by_a_colleague_and_taken_back_by_keyboard(
    stack: Stack, agent_page: PageFactory, customer: Customer
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    write_template(page, customer)
    colleague = agent_page("lead")
    colleague.goto(page.url)
    connected(colleague)
    for who in (page, colleague):
        expect(attempt(who, "failed").locator(".after")).to_contain_text("(131049)")
        expect(attempt(who, "failed").locator("[data-again]")).to_have_count(0)
        expect(attempt(who, "queued").locator(".after")).to_contain_text(re.compile(r"\d\d:\d\d"))
    watch_what_is_found(colleague)
    attempt(colleague, "failed").locator(".instead").click()
    was_found(colleague, TEXT)

    attempt(page, "queued").locator("[data-again]").focus()
    page.keyboard.press("Enter")
    for who in (page, colleague):
        expect(attempt(who, "queued")).to_have_count(0)
        expect(attempt(who, "blocked").locator(".after")).to_be_visible()
    assert len([row for row in stack.simulator.outbox() if customer.phone in str(row["to"])]) == 1


@SCREENS
@THEMES
def test_axe_finds_nothing(
    stack: Stack, agent_page: PageFactory, customer: Customer, viewport: Any, theme: Any
) -> None:
    wide = open_inbox(stack, agent_page, "admin", viewport=DESKTOP)
    write_template(wide, customer)
    expect(attempt(wide, "queued")).to_be_visible()
    page = agent_page("admin", viewport=viewport, color_scheme=theme)
    page.goto(wide.url)
    connected(page)
    expect(attempt(page, "queued").locator(".after button")).to_be_visible()
    assert problems(page) == []
