"""Filters and saved views in a browser: built, in the address, live, saved."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, PageFactory
from tests.browser.inbox import Customer, connected, open_inbox, row_of, take
from tests.stack import Stack


def build(page: Page, field: str, value: str) -> None:
    """One condition by the builder, with the keyboard's means only."""
    page.keyboard.press("f")
    expect(page.locator("#filter .rule")).to_have_count(1)
    page.locator('#filter [data-place="0-key"]').select_option(field)
    page.locator('#filter [data-place="0-value"]').select_option(value)
    expect(page.locator("#filter-count")).to_contain_text(re.compile(r"\d"))
    page.locator("#filter-form .btn-primary").click()
    connected(page)


def test_a_filter_is_built_stands_in_the_address_and_is_live(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "lead")
    build(page, "assignee", "none")
    expect(page).to_have_url(re.compile("assignee=none"))
    customer = Customer(stack, "Fiete")
    customer.writes("Ist jemand da?")
    expect(row_of(page, customer)).to_be_visible()
    take(page, customer)
    page.mouse.move(900, 400)
    expect(row_of(page, customer)).to_have_count(0)
    page.locator(".filters a.chip").click()
    expect(page).not_to_have_url(re.compile("assignee"))


def test_what_the_page_cannot_judge_it_asks_the_server(
    stack: Stack, agent_page: PageFactory
) -> None:
    fits = open_inbox(stack, agent_page, "lead")
    fits.goto(f"{stack.url}/?view=all&created=7")
    connected(fits)
    other = open_inbox(stack, agent_page, "lead")
    other.goto(f"{stack.url}/?view=all&created_before=2020-01-01")
    connected(other)
    customer = Customer(stack, "Gesa")
    customer.writes("Neu hier")
    expect(row_of(fits, customer)).to_be_visible()
    expect(row_of(other, customer)).to_have_count(0)


def test_a_view_is_saved_on_a_phone(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "lead", viewport=PHONE)
    page.locator("#filter-open").click()
    page.locator('#filter [data-place="0-value"]').select_option("open")
    page.locator("#filter-save").click()
    page.locator("#view-name").fill("Offene vom Telefon")
    page.locator("#view-form .btn-primary").click()
    expect(page).to_have_url(re.compile(r"saved=\d+.*status=open"))
    expect(page.locator("#list h2")).to_have_text("Offene vom Telefon")
