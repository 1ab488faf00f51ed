"""Search in a browser: from a hit into the thread and on, the bar in the thread, the palette."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, PageFactory
from tests.browser.inbox import Customer, open_conversation, open_inbox, row_of
from tests.stack import Stack, eventually

MANY = 70


def talkative(stack: Stack) -> Customer:
    """Somebody who said one thing long before many others."""
    customer = Customer(stack, "Quendel")
    customer.writes("Mein Geigenkasten ist weg", age_s=3600)
    for number in range(MANY):
        customer.writes(f"und außerdem Nummer {number}", age_s=3000 - number)
    return customer


def test_from_a_hit_into_the_thread_and_to_its_end(stack: Stack, agent_page: PageFactory) -> None:
    customer = talkative(stack)
    page = open_inbox(stack, agent_page, "admin")

    def is_found() -> bool:
        page.goto(f"{stack.url}/search/?q=geigenkasten+von:{customer.name.split()[1]}")
        return page.locator("#hits a.hit").count() == 1

    eventually(is_found, 30, message="the message was not found")
    expect(page.locator("#hits mark")).to_have_text("Geigenkasten")
    page.locator("#search-query").press("ArrowDown")
    page.keyboard.press("Enter")
    wanted = page.locator("#items > .msg", has_text="Geigenkasten")
    expect(wanted).to_be_in_viewport()
    expect(page.locator("#to-newest")).to_be_visible()

    # A new message does not pull the reader away, nor leave a gap.
    customer.writes("noch etwas ganz Neues")
    expect(page.locator("#new-below")).to_be_visible()
    expect(wanted).to_be_in_viewport()
    expect(page.locator("#items > .msg", has_text="noch etwas ganz Neues")).to_have_count(0)

    page.locator("#new-below").click()
    expect(page.locator("#items > .msg", has_text="noch etwas ganz Neues")).to_be_in_viewport()
    expect(page).not_to_have_url(re.compile("at="))
    expect(page.locator("#to-newest")).to_be_hidden()


def test_the_bar_in_the_thread_steps_through_its_hits(
    stack: Stack, agent_page: PageFactory
) -> None:
    customer = Customer(stack, "Thymian")
    customer.writes("Das Akkordeon war rot", age_s=60)
    customer.writes("Nein, das Akkordeon war blau")
    page = open_inbox(stack, agent_page, "admin")
    open_conversation(page, customer)
    page.locator(".pane-bar > [data-find-open]").click()
    page.keyboard.type("akkordeon")
    status = page.locator("#find [data-found]")
    expect(status).to_contain_text("1")
    expect(page.locator("#items .found")).to_contain_text("blau")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#items .found", has_text="rot")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#find")).to_be_hidden()
    expect(page.locator(".pane-bar > [data-find-open]")).to_be_focused()


def test_the_palette_presses_and_opens(stack: Stack, agent_page: PageFactory) -> None:
    customer = Customer(stack, "Majoran")
    customer.writes("Moin")
    page = open_inbox(stack, agent_page, "admin")
    open_conversation(page, customer)
    page.keyboard.press("Control+k")
    palette = page.locator("dialog#palette")
    expect(palette).to_be_visible()
    expect(page.locator("#palette-query")).to_be_focused()
    resolve = page.locator('#thread-head [data-key="e"]').inner_text()
    page.keyboard.type(resolve)
    chosen = palette.locator('[role="option"][aria-selected="true"]')
    expect(chosen).to_contain_text(resolve)
    page.keyboard.press("Enter")
    expect(palette).to_be_hidden()
    expect(page.locator('#thread-head [data-key="e"]')).not_to_have_text(resolve)

    page.keyboard.press("Control+k")
    page.keyboard.type(customer.name)
    expect(chosen).to_contain_text(customer.name)
    identity = page.locator("#palette-query").get_attribute("aria-activedescendant")
    assert identity == chosen.get_attribute("id")
    page.keyboard.press("Escape")
    expect(palette).to_be_hidden()


def test_on_a_phone_the_bar_comes_without_the_sheet_it_came_from(
    stack: Stack, agent_page: PageFactory
) -> None:
    customer = Customer(stack, "Salbei")
    customer.writes("Das Cello war braun")
    page = open_inbox(stack, agent_page, "admin", viewport=PHONE, has_touch=True)
    row_of(page, customer).locator(".conv").tap()
    page.locator("[data-menu=more] > summary").tap()
    page.locator("[data-menu=more] [data-find-open]").tap()
    expect(page.locator("#find input")).to_be_focused()
    expect(page.locator("[data-menu=more] .pop")).to_be_hidden()
