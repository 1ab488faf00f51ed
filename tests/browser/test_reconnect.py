"""A browser that was away catches up by itself, says what was new, and sends what waited."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import PageFactory
from tests.browser.inbox import (
    Customer,
    answer,
    bubble,
    connected,
    open_conversation,
    open_inbox,
    row_of,
)
from tests.stack import Stack

LONG_MS = 30_000


def news(page: Page, kind: str) -> None:
    expect(page.locator(f'#news [data-news="{kind}"]')).to_be_visible(timeout=LONG_MS)


def test_offline_is_said_at_once_and_what_was_missed_comes_in_order(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    colleague = open_inbox(stack, agent_page, "lead")
    customer, stranger = Customer(stack, "Hauke"), Customer(stack, "Ilse")
    customer.writes("Eins")
    open_conversation(page, customer)

    page.context.set_offline(True)
    news(page, "lost")
    customer.writes("Zwei")
    stranger.writes("Bin neu")
    customer.writes("Drei")
    expect(row_of(colleague, customer)).to_contain_text("Drei")
    page.context.set_offline(False)

    expect(bubble(page, "Drei")).to_be_visible(timeout=LONG_MS)
    expect(page.locator("#items > article .text")).to_have_text(["Eins", "Zwei", "Drei"])
    expect(row_of(page, stranger)).to_be_visible()
    back = page.locator('#news [data-news="back"]')
    expect(back).to_contain_text("3")

    # What was missed is marked until it has been looked at.
    expect(page.locator("#items > [data-while-away] + article .text")).to_have_text("Zwei")
    expect(page.locator("#rows > [data-missed]")).to_have_count(1)
    expect(row_of(page, stranger)).to_have_attribute("data-missed", "")
    back.locator("[data-show-missed]").click()
    expect(page.locator("#thread-head")).to_contain_text(stranger.name)
    expect(page.locator("#rows > [data-missed]")).to_have_count(0)
    expect(back).to_be_hidden()


def test_what_was_written_offline_is_sent_once_when_back(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = Customer(stack, "Jule")
    customer.writes("Hallo?")
    open_conversation(page, customer)

    page.context.set_offline(True)
    news(page, "lost")
    answer(page, "Wir sind gleich da")
    expect(bubble(page, "Wir sind gleich da").locator(".after")).to_be_visible()
    # The line at the top promises that it goes by itself: nothing is red, nothing to press.
    expect(bubble(page, "Wir sind gleich da").locator(".danger, button")).to_have_count(0)
    expect(page.locator("#items > .msg-failed")).to_have_count(0)
    assert customer.received() == []
    page.context.set_offline(False)

    expect(bubble(page, "Wir sind gleich da")).to_have_count(1)
    expect(bubble(page, "Wir sind gleich da").locator(".after")).to_have_count(0, timeout=LONG_MS)
    customer.gets("Wir sind gleich da")


def test_a_killed_web_server_costs_no_message(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = Customer(stack, "Knut")
    customer.writes("Vorher")
    open_conversation(page, customer)

    stack.kill("daphne")
    stack.wait_until_ready()
    customer.writes("Nachher")

    expect(bubble(page, "Nachher")).to_be_visible(timeout=LONG_MS)
    expect(page.locator("#items > article .text")).to_have_text(["Vorher", "Nachher"])
    connected(page)


def test_a_killed_live_worker_costs_no_message(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = Customer(stack, "Lutz")
    stack.kill("celery", "live@")
    customer.writes("Hört mich wer?")
    expect(row_of(page, customer)).to_contain_text("Hört mich wer?", timeout=LONG_MS)
    stack.wait_until_ready()


def test_a_killed_redis_costs_no_message(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = Customer(stack, "Mona")
    stack.kill("redis-server")
    stack.wait_until_ready()
    customer.writes("Alles noch da?")
    expect(row_of(page, customer)).to_contain_text("Alles noch da?", timeout=LONG_MS)


def test_signing_out_elsewhere_ends_the_page(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin")
    other = page.context.new_page()
    other.goto(f"{stack.url}/")
    other.locator('form[action*="logout"] button').evaluate("button => button.form.submit()")
    expect(page.locator('#news [data-news="ended"], [name=password]')).to_be_visible(
        timeout=LONG_MS
    )
