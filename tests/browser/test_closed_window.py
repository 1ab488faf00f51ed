"""The 24 hours: the page says that they are over, offers the template, and opens with a message."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PageFactory
from tests.browser.inbox import (
    Customer,
    answer,
    bubble,
    find_conversation,
    open_conversation,
    open_inbox,
    row_of,
)
from tests.stack import Stack

HOUR_S = 3600


def state(page: Page, expected: str) -> None:
    expect(page.locator("#composer")).to_have_attribute("data-state", expected)


def test_a_closed_window_says_since_when_and_offers_templates(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = Customer(stack, "Nele")
    customer.writes("Gestern geschrieben", age_s=25 * HOUR_S)
    find_conversation(page, customer)

    state(page, "closed")
    expect(page.locator("#reply-form")).to_have_count(0)
    expect(page.locator("#picker b").first).to_contain_text(re.compile(r"\d\d:\d\d"))
    expect(row_of(page, customer).locator(".ring-closed")).to_be_visible()


def test_the_customers_next_message_opens_it_live(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = Customer(stack, "Onno")
    customer.writes("Gestern", age_s=25 * HOUR_S)
    find_conversation(page, customer)
    state(page, "closed")

    customer.writes("Heute wieder da")

    state(page, "open")
    answer(page, "Schön, von Ihnen zu hören")
    customer.gets("Schön, von Ihnen zu hören")


def test_a_late_webhook_does_not_shorten_the_window(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = Customer(stack, "Pia")
    customer.writes("Jetzt")
    customer.writes("Kam verspätet an", age_s=30 * HOUR_S)
    open_conversation(page, customer)
    expect(bubble(page, "Kam verspätet an")).to_be_visible()
    state(page, "open")


def test_a_window_that_closes_before_ones_eyes_turns_into_the_picker(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin", "closing")
    customer = Customer(stack, "Quint")
    customer.writes("Fast ein Tag her", age_s=24 * HOUR_S - 25)
    open_conversation(page, customer)
    state(page, "open")
    page.locator("#reply-text").fill("Zu spät getippt")

    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    # A weak line: it is on its way when the window closes.
    page.route("**/reply/", hold)
    page.locator("#reply-text").press("Enter")
    expect(page.locator("#composer")).to_have_attribute("data-state", "closed", timeout=40_000)
    for route in held:
        route.continue_()

    blocked = bubble(page, "Zu spät getippt")
    expect(blocked).to_have_attribute("data-status", "blocked")
    expect(blocked.locator(".after")).to_be_visible()
    assert len(held) == 1
    assert customer.received() == []
