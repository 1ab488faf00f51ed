"""The open thread and what stands beside it, while things happen elsewhere."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import PageFactory
from tests.browser.inbox import (
    answer,
    bubble,
    connected,
    has_read,
    open_inbox,
    open_new,
)
from tests.stack import Stack, eventually

# How often the focus is shown: outlines from the focused element outwards, and the box's ring.
FOCUS = """() => {
  const shown = [];
  for (let one = document.activeElement; one; one = one.parentElement) {
    const { outlineStyle, boxShadow } = getComputedStyle(one);
    if (outlineStyle !== "none") shown.push("outline");
    if (boxShadow.endsWith(" 0px 0px 0px 3px")) shown.push("ring");
  }
  return shown;
}"""


def test_a_change_of_a_message_that_is_not_loaded_waits_for_its_page(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = open_new(stack, page, "Xaver", "Ganz am Anfang")
    first = page.locator("#items > article").first.get_attribute("data-wamid")
    for number in range(3):
        stack.simulator.inbound(customer.phone, f"Strophe {number}", repeat=25)
    customer.writes("Letzte Zeile")
    expect(bubble(page, "Letzte Zeile")).to_be_visible()
    has_read(page, customer, "Letzte Zeile")  # so that it opens at its end
    page.reload()
    connected(page)
    expect(page.locator("#items > .earlier")).to_have_count(1)
    loaded = page.locator("#items > article").count()

    like = {"from": customer.phone, "type": "reaction", "message_id": first, "emoji": "👍"}
    stack.simulator.post("inbound", **like)
    customer.writes("Danach")
    expect(bubble(page, "Danach")).to_be_visible()
    expect(page.locator("#items > article")).to_have_count(loaded + 1)
    expect(bubble(page, "Ganz am Anfang")).to_have_count(0)

    def the_beginning_is_there() -> bool:
        page.locator("#items").evaluate("box => { box.scrollTop = 0; }")
        return bubble(page, "Ganz am Anfang").count() == 1

    eventually(the_beginning_is_there, 30)
    expect(bubble(page, "Ganz am Anfang")).to_contain_text("👍")
    expect(bubble(page, "Ganz am Anfang")).to_have_count(1)
    expect(page.locator("#items > article").first).to_contain_text("Ganz am Anfang")


def test_the_contact_beside_the_thread_follows_what_is_learned(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = open_new(stack, page, "Yannick")
    pane = page.locator("#contact-details")
    expect(pane).to_contain_text(customer.name)
    expect(pane.locator(".consent")).to_have_count(1)
    answer(page, "Wie heißen Sie jetzt?")
    page.locator("#reply-text").fill("Angefangen")

    customer.name = f"Dr. {customer.name}"
    customer.writes("So heiße ich jetzt")

    expect(pane).to_contain_text(customer.name)
    expect(page.locator("#reply-text")).to_have_value("Angefangen")
    expect(page.locator("#reply-text")).to_be_focused()


def test_the_focus_is_shown_once(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin")
    open_new(stack, page, "Zora")
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme; }", theme)
        page.keyboard.press("r")
        assert page.evaluate(FOCUS) == ["ring"], theme
        for _ in range(2):  # to "attach a file" and "send"
            page.keyboard.press("Tab")
            assert page.evaluate(FOCUS) == ["outline"], theme
        page.locator("#composer [data-mode=note]").first.click()
        expect(page.locator("#note-text")).to_be_focused()
        assert page.evaluate(FOCUS) == ["ring"], theme
        page.keyboard.press("Escape")
        page.keyboard.press("/")
        assert page.evaluate(FOCUS) == ["ring"], theme
        page.keyboard.press("Escape")
