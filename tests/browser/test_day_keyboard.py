"""A whole day by the keyboard alone: no mouse, and one always sees where one is."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import PageFactory
from tests.browser.day import HOUR_S, TAREK, picture
from tests.browser.inbox import Customer, bubble, connected, open_inbox, row_of
from tests.stack import Stack

# What has the focus, when nobody could see that; "" when it can be seen.
UNSEEN = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return "nothing has the focus";
  if (!one.checkVisibility()) return `hidden: ${one.outerHTML.slice(0, 120)}`;
  for (let at = one, depth = 0; at && depth < 4; at = at.parentElement, depth += 1) {
    const look = getComputedStyle(at);
    if (look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 0) return "";
    if (look.boxShadow !== "none" && at.matches(":focus, :focus-within")) return "";
  }
  return `no ring: ${one.outerHTML.slice(0, 120)}`;
}"""
TAB_LIMIT = 120


def seen(page: Page) -> None:
    """The focus is somewhere, and visible."""
    page.wait_for_function(f"({UNSEEN})() === ''")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, selector: str, key: str = "Tab") -> None:
    """Tab until that has the focus; each stop on the way can be seen."""
    for _ in range(TAB_LIMIT):
        if page.evaluate(
            "selector => document.activeElement?.matches(selector) ?? false", selector
        ):
            return
        press(page, key)
        seen(page)
    raise AssertionError(f"{selector} was not reached by {key}")


def menu(page: Page, key: str, name: str) -> None:
    press(page, key)
    expect(page.locator(f"[data-menu={name}] .pop-i").first).to_be_visible()
    seen(page)


def back_at(page: Page, key: str) -> None:
    """A menu was left: the button it belongs to has the focus."""
    expect(page.locator(f"#thread-head [data-key={key}]")).to_be_focused()
    seen(page)


def go_to(page: Page, customer: Customer) -> None:
    """From anywhere to their row, by j and k, and into the conversation."""
    expect(row_of(page, customer)).to_be_visible()
    for _ in range(TAB_LIMIT):
        press(page, "j")
        if row_of(page, customer).locator(".conv:focus").count():
            break
    seen(page)
    press(page, "Enter")
    expect(page.locator("#thread-head")).to_contain_text(customer.name)


def found(page: Page, customer: Customer) -> None:
    """By "/" and the name, then into the conversation."""
    press(page, "/")
    expect(page.locator("#list-query")).to_be_focused()
    seen(page)
    page.keyboard.type(customer.name)
    expect(page.locator("#rows > li .conv")).to_have_count(1)
    press(page, "Escape")
    go_to(page, customer)


def test_conversations_by_keyboard(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, TAREK)
    customer = Customer(stack, "Tastatur")
    customer.writes("Geht das ohne Maus?")
    found(page, customer)

    press(page, "i")
    expect(page.locator("#thread-head h2 + span")).to_contain_text("Tarek")
    press(page, "n")
    seen(page)
    page.keyboard.type("Nur mit Tasten")
    press(page, "Enter", "Escape")
    expect(page.locator("#items .note")).to_contain_text("Nur mit Tasten")

    menu(page, "l", "labels")
    press(page, "ArrowDown", "Enter")
    expect(page.locator("#labels .label-x")).to_have_count(1)
    press(page, "Escape")
    back_at(page, "l")
    menu(page, "p", "priority")
    press(page, "Escape")
    back_at(page, "p")
    menu(page, "a", "assign")
    page.keyboard.type("jana")
    press(page, "Tab")
    seen(page)
    press(page, "Escape")
    back_at(page, "a")
    menu(page, "s", "snooze")
    press(page, "ArrowDown", "Enter")
    expect(page.locator(".head-line")).to_be_visible()
    back_at(page, "s")

    press(page, "r")
    seen(page)
    page.keyboard.type("Ja, ")
    tab_to(page, "#reply-form [data-emoji]")
    press(page, "Enter")
    expect(page.locator("#emoji input")).to_be_focused()
    seen(page)
    page.keyboard.type("Zug")
    press(page, "Enter")
    expect(page.locator("#emoji")).to_be_hidden()
    expect(page.locator("#reply-text")).to_be_focused()
    tab_to(page, "#reply-form .plus > summary")
    press(page, "Enter")
    expect(page.locator(".plus .pop-i").first).to_be_visible()
    press(page, "Escape")
    expect(page.locator("#reply-form .plus > summary")).to_be_focused()
    tab_to(page, "#reply-form [data-later]")
    press(page, "Enter")
    expect(page.locator("#later [data-later-at]").first).to_be_focused()
    seen(page)
    press(page, "Escape")
    expect(page.locator("#reply-form [data-later]")).to_be_focused()
    tab_to(page, "#reply-text", "Shift+Tab")
    press(page, "End", "Enter")
    expect(page.locator("#items > article.msg-out")).to_have_count(1)
    picture(page, "keyboard-thread")

    press(page, "Escape")
    tab_to(page, '#thread-head [data-key="e"]', "Shift+Tab")
    press(page, "Tab", "Enter")
    expect(page.locator("[data-menu=reasons] .pop-i").first).to_be_visible()
    seen(page)
    press(page, "Escape")
    expect(page.locator("[data-menu=reasons] > summary")).to_be_focused()
    press(page, "e")
    expect(page.locator("#items .event").last).to_contain_text("Tarek")
    expect(row_of(page, customer)).to_have_count(0)


def test_a_template_by_keyboard(stack: Stack, agent_page: PageFactory) -> None:
    customer = Customer(stack, "Vorlage")
    customer.writes("Gestern", age_s=25 * HOUR_S)
    page = open_inbox(stack, agent_page, TAREK)
    found(page, customer)
    expect(page.locator("#picker .tpl").first).to_be_visible()
    tab_to(page, "#picker [data-filter-templates]")
    page.keyboard.type("nachgereicht de")
    press(page, "Tab", "Enter")
    expect(page.locator("#picked [name=body_1]")).to_be_visible()
    tab_to(page, "#picked [name=body_1]")
    page.keyboard.type("Frau Taste")
    press(page, "Tab")
    page.keyboard.type("Er ist da.")
    press(page, "Enter")
    expect(bubble(page, "Guten Tag Frau Taste")).to_be_visible()
    seen(page)


def test_lists_and_everything_around_by_keyboard(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, TAREK)
    for key, view in (("m", "mine"), ("u", "unassigned"), ("a", "all")):
        press(page, "g", key)
        expect(page).to_have_url(re.compile(f"view={view}"))
        connected(page)

    press(page, "?")
    expect(page.locator("#keys")).to_be_visible()
    seen(page)
    press(page, "Escape")
    expect(page.locator("#keys")).to_be_hidden()

    press(page, "j", "x", "j", "x")
    expect(page.locator("#rows input:checked")).to_have_count(2)
    seen(page)
    tab_to(page, "[data-bulk-menu=assign] > summary, [data-bulk-menu] > summary", "Shift+Tab")
    press(page, "Enter")
    expect(page.locator("[data-bulk-menu][open] .pop button").first).to_be_visible()
    seen(page)
    press(page, "Escape")
    expect(page.locator("[data-bulk-menu] > summary:focus")).to_have_count(1)
    press(page, "Escape")
    expect(page.locator("#rows input:checked")).to_have_count(0)
    expect(page.locator("#rows .conv:focus")).to_have_count(1)
    seen(page)

    press(page, "f")
    expect(page.locator("#filter .rule")).to_have_count(1)
    seen(page)
    press(page, "Escape")
    expect(page.locator("#filter-open")).to_be_focused()

    press(page, "Control+k")
    expect(page.locator("#palette-query")).to_be_focused()
    seen(page)
    press(page, "Escape")
    expect(page.locator("#filter-open")).to_be_focused()

    tab_to(page, "#bell", "Shift+Tab")
    press(page, "Enter")
    expect(page.locator("#bell-menu")).to_be_visible()
    press(page, "Tab")
    seen(page)
    press(page, "Escape")
    expect(page.locator("#bell")).to_be_focused()
    tab_to(page, ".nav-foot .me", "Shift+Tab")
    press(page, "Enter")
    expect(page.locator("#me-menu")).to_be_visible()
    tab_to(page, '#me-menu a[href="/preferences/"]')
    press(page, "Enter")
    expect(page).to_have_url(re.compile("/preferences/"))
    tab_to(page, "#id_undo_send_s")
    tab_to(page, ".prefs-foot button")
    press(page, "Enter")
    expect(page.locator(".notice-ok")).to_be_visible()
