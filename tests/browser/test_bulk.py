"""Many at once in a browser: picked by key and by hand, done, taken back."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import PageFactory
from tests.browser.inbox import Customer, open_inbox, row_of
from tests.stack import Stack


def test_some_are_picked_given_a_priority_and_given_back(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "lead")
    one, two = Customer(stack, "Imke"), Customer(stack, "Jelto")
    for customer in (one, two):
        customer.writes("Guten Tag")
        expect(row_of(page, customer)).to_be_visible()
    row_of(page, one).locator(".conv").focus()
    page.keyboard.press("x")
    expect(page.locator("#bulk-bar")).to_be_visible()
    row_of(page, two).locator(".conv-pick input").check()
    expect(page.locator("#rows input:checked")).to_have_count(2)

    page.locator("[data-bulk-menu=priority] summary").click()
    page.locator('[data-bulk-menu=priority] [data-value="4"]').click()
    expect(page.locator("#bulk-bar")).to_be_hidden()
    for customer in (one, two):
        expect(row_of(page, customer).locator(".conv-1 .danger")).to_be_visible()

    page.locator("#bulk-runs .btn").first.click()
    for customer in (one, two):
        expect(row_of(page, customer).locator(".conv-1 .danger")).to_have_count(0)


def test_shift_and_the_hand_pick_up_to_here(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "lead")
    links = page.locator("#rows .conv")
    expect(links.nth(3)).to_be_visible()
    page.locator("#rows .conv-pick input").nth(0).check()
    links.nth(2).click(modifiers=["Shift"])
    expect(page.locator("#rows input:checked")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(page.locator("#rows input:checked")).to_have_count(0)


def test_the_read_only_role_picks_nothing(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "read_only")
    expect(page.locator("#bulk-bar")).to_have_count(0)
    expect(page.locator("#rows .conv-pick input").first).to_be_hidden()
