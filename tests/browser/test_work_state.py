"""The menus over the thread by keyboard alone, live at a colleague's, and on a phone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.axe import problems
from tests.browser.conftest import PHONE, PageFactory
from tests.browser.inbox import connected, open_conversation, open_inbox, open_new, row_of
from tests.stack import Stack


def press(page: Page, key: str, menu: str) -> None:
    """Open a menu by its key; it is there with its entries."""
    page.keyboard.press(key)
    expect(page.locator(f"[data-menu={menu}] .pop-i").first).to_be_visible()


def focused(page: Page, key: str) -> None:
    expect(page.locator(f"#thread-head [data-key={key}]")).to_be_focused()


def test_snoozing_by_keyboard_and_back(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin", locale="en-GB")
    customer = open_new(stack, page, "Snooze")
    press(page, "s", "snooze")
    assert problems(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("[data-menu=snooze] .pop")).to_be_hidden()
    focused(page, "s")
    press(page, "s", "snooze")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".head-line")).to_be_visible()
    expect(page.locator("#items .event use[href$='#zzz']")).to_have_count(1)
    focused(page, "s")
    customer.writes("Ich bin wieder da")
    expect(page.locator(".head-line")).to_have_count(0)
    expect(page.locator("#items .event use[href$='#alarm']")).to_have_count(1)


def test_handing_over_with_a_note_in_one_go(stack: Stack, agent_page: PageFactory) -> None:
    theirs = open_inbox(stack, agent_page, "lead")
    page = open_inbox(stack, agent_page, "admin")
    customer = open_new(stack, page, "Übergabe")
    expect(row_of(theirs, customer)).to_be_visible()
    open_conversation(theirs, customer)
    press(page, "a", "assign")
    assert problems(page) == []
    page.keyboard.type("tarek")
    expect(page.locator("[data-menu=assign] .pop-i:visible")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.type("Bitte heute noch anrufen")
    page.keyboard.press("Enter")
    expect(page.locator("#thread-head h2 + span")).to_contain_text("Tarek")
    expect(theirs.locator("#items .note")).to_contain_text("Bitte heute noch anrufen")
    expect(theirs.locator("#thread-head h2 + span")).to_contain_text("Tarek")


def test_labels_and_priority_are_live(stack: Stack, agent_page: PageFactory) -> None:
    theirs = open_inbox(stack, agent_page, "lead")
    page = open_inbox(stack, agent_page, "admin")
    customer = open_new(stack, page, "Label")
    expect(row_of(theirs, customer)).to_be_visible()
    open_conversation(theirs, customer)
    press(page, "l", "labels")
    name = f"Neu {customer.phone[-6:]}"
    page.keyboard.type(name)
    assert problems(page) == []
    page.keyboard.press("Enter")
    expect(page.locator("[data-menu=labels] [aria-selected=true]")).to_contain_text(name)
    expect(theirs.locator("#labels")).to_contain_text(name)
    expect(row_of(theirs, customer)).to_contain_text(name)
    page.keyboard.press("Escape")
    focused(page, "l")
    page.locator("#labels .label-x button").click()
    expect(theirs.locator("#labels .label-x")).to_have_count(0)
    press(page, "p", "priority")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(theirs.locator("#items .event use[href$='#flag']")).to_have_count(1)
    assert problems(page) == []


def test_on_a_phone_menus_come_from_below(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin", viewport=PHONE, has_touch=True)
    connected(page)
    customer = open_new(stack, page, "Telefon")
    page.locator("[data-menu=more] > summary").tap()
    page.locator("[data-open-menu=snooze]").tap()
    sheet = page.locator("[data-menu=snooze] .pop")
    expect(sheet.locator(".pop-i").first).to_be_visible()
    box = sheet.bounding_box()
    assert box is not None
    assert (box["x"], round(box["width"]), round(box["y"] + box["height"])) == (0, 390, 844)
    sheet.locator(".pop-i[value=reply]").tap()
    expect(page.locator(".head-line")).to_be_visible()
    assert customer.name in page.locator("#thread-head").inner_text()
