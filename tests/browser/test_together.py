"""Two agents at once: who is here and types, a reply that crosses, a mention that rings."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.axe import problems
from tests.browser.conftest import PageFactory
from tests.browser.day import bell_count
from tests.browser.inbox import (
    Customer,
    bubble,
    connected,
    open_conversation,
    open_inbox,
    open_new,
    row_of,
)
from tests.stack import Stack

JANA, TAREK = "jana@nordlicht.example", "tarek@nordlicht.example"


def both(stack: Stack, agent_page: PageFactory, name: str) -> tuple[Page, Page, Customer]:
    """The conversation of a new customer on two agents' screens."""
    jana = open_inbox(stack, agent_page, JANA)
    tarek = open_inbox(stack, agent_page, TAREK)
    customer = open_new(stack, jana, name)
    expect(row_of(tarek, customer)).to_be_visible()
    open_conversation(tarek, customer)
    return jana, tarek, customer


def test_who_is_here_and_who_types(stack: Stack, agent_page: PageFactory) -> None:
    jana, tarek, _customer = both(stack, agent_page, "Wanda")
    line = jana.locator("#watching")
    expect(line).to_contain_text("Tarek Aydin")
    tarek.locator("#reply-text").press_sequentially("Moment bitte")
    expect(line).to_contain_text(re.compile("schreibt eine Antwort|is writing a reply"))
    expect(line).to_contain_text(re.compile("liest mit|is reading along"))  # six seconds later
    tarek.goto(f"{stack.url}/?view=all")
    expect(line).not_to_contain_text(re.compile("liest mit|is reading along"))
    expect(line).to_contain_text("Tarek Aydin")  # saw it last


def test_a_reply_that_crosses_is_not_sent(stack: Stack, agent_page: PageFactory) -> None:
    jana, tarek, customer = both(stack, agent_page, "Xenia")
    jana.locator("#reply-text").press_sequentially("Ihr Rucksack ist da!")
    tarek.locator("#reply-text").press_sequentially("Der Rucksack liegt bereit.")
    tarek.locator("#reply-text").press("Enter")
    expect(bubble(jana, "liegt bereit")).to_be_visible()
    jana.locator("#reply-text").press("Enter")
    expect(jana.locator("#crossed")).to_contain_text("Tarek Aydin")
    expect(jana.locator("#reply-text")).to_have_value("Ihr Rucksack ist da!")
    assert problems(jana) == []
    jana.locator("[data-send-anyway]").click()
    expect(jana.locator("#crossed")).to_be_hidden()
    customer.gets("Der Rucksack liegt bereit.")
    customer.gets("Ihr Rucksack ist da!")


def test_a_mention_rings_wherever_one_is(stack: Stack, agent_page: PageFactory) -> None:
    jana, tarek, customer = both(stack, agent_page, "Yara")
    tarek.goto(f"{stack.url}/preferences/")
    connected_bell = tarek.locator("#bell [data-bell-count]")
    before = bell_count(tarek)
    jana.keyboard.press("n")
    field = jana.locator("#note-form textarea")
    field.press_sequentially("Bitte prüfen, @tar")
    expect(jana.locator("#mention-list [aria-selected=true]")).to_contain_text("Tarek Aydin")
    assert problems(jana) == []
    field.press("Enter")
    expect(field).to_have_value("Bitte prüfen, @Tarek Aydin ")
    field.press("Enter")
    expect(jana.locator("#items .note mark")).to_have_text("@Tarek Aydin")
    expect(connected_bell).to_have_text(str(before + 1))
    expect(tarek).to_have_title(re.compile(rf"^\({before + 1}\) "))
    tarek.locator("#bell").click()
    expect(tarek.locator("#bell-list [data-notification]").first).to_contain_text(customer.name)
    assert problems(tarek) == []
    tarek.locator("#bell-list [data-notification]").first.click()
    connected(tarek)
    expect(tarek.locator("#thread-head")).to_contain_text(customer.name)
    expect(connected_bell).to_have_text(str(before))
