"""The contact pane in a browser: forms open in their place, news never swaps away what is typed,
and colleagues see what was noted."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from tests.browser.axe import problems
from tests.browser.conftest import PageFactory
from tests.browser.inbox import open_conversation, open_inbox, open_new, row_of
from tests.stack import Stack, eventually


def test_a_note_reaches_colleagues_and_leaves_what_they_type(
    stack: Stack, agent_page: PageFactory
) -> None:
    mine = open_inbox(stack, agent_page, "admin")
    customer = open_new(stack, mine, "Notiz")
    theirs = open_inbox(stack, agent_page, "lead")
    expect(row_of(theirs, customer)).to_be_visible()
    open_conversation(theirs, customer)

    theirs.click('[data-slot-for="note-new"]')
    theirs.fill("#slot-text", "Ruft lieber an")
    mine.click('[data-slot-for="note-new"]')
    mine.fill("#slot-text", "Hört schlecht")
    mine.keyboard.press("Tab")
    mine.keyboard.press("Enter")
    expect(mine.locator(".c-note", has_text="Hört schlecht")).to_be_visible()

    customer.writes("Noch etwas")  # everything that refreshes the pane has been told by then
    expect(theirs.locator("#items")).to_contain_text("Noch etwas")
    expect(theirs.locator("#slot-text")).to_have_value("Ruft lieber an")
    theirs.keyboard.press("Escape")
    expect(theirs.locator(".c-note", has_text="Hört schlecht")).to_be_visible()
    expect(theirs.locator('[data-slot-for="note-new"]')).to_be_visible()


def test_a_form_that_comes_after_the_blocks_were_fetched_again_opens(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    open_new(stack, page, "Langsam")
    button = page.locator('[data-slot-for="note-new"]')
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/notes/", hold)
    button.click()
    eventually(lambda: page.title() and held, 20)  # asking the page lets Playwright hear of it
    button.evaluate("button => { button.dataset.isOld = ''; }")
    page.evaluate("window.htmx.trigger('#contact-details', 'refresh')")
    expect(page.locator("[data-is-old]")).to_have_count(0)
    expect(button).to_be_visible()
    held[0].continue_()
    page.locator("#slot-text").fill("Kommt gerne an")
    expect(page.locator("#slot-text")).to_be_focused()


def test_a_name_of_ours_is_in_the_row_at_once(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin")
    open_new(stack, page, "Profil")
    page.click(".who summary")
    page.click('[data-slot-for="profile"]')
    page.fill("#slot-our-name", "Frau Eigenname")
    page.keyboard.press("Enter")
    expect(page.locator(".who h2")).to_have_text("Frau Eigenname")
    expect(page.locator("#rows > li", has_text="Frau Eigenname")).to_be_visible()
    expect(page.locator("#thread-head")).to_contain_text("Frau Eigenname")


def test_the_pages_of_contacts_are_clean(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = open_new(stack, page, "Karte")
    page.goto(f"{stack.url}/contacts/?q={customer.phone}")
    assert problems(page) == []
    page.locator(".contact-row").click()
    expect(page.locator("#contact-details .facts").first).to_be_visible()
    assert problems(page) == []
    page.goto(f"{page.url}gallery/")
    assert problems(page) == []
    page.goto(page.url.replace("gallery", "merge"))
    assert problems(page) == []
