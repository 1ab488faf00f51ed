"""What a pointer is down on stays under it, whatever comes: a click is never lost."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import PageFactory
from tests.browser.inbox import (
    Customer,
    bubble,
    open_conversation,
    open_inbox,
    open_new,
    row_of,
)
from tests.stack import Stack, eventually

# Press this row as soon as it begins to glide, and remember where it was then.
PRESS_GLIDING = """(row) => {
  const pointer = (name) => new PointerEvent(name, { bubbles: true, button: 0 });
  new MutationObserver((_, observer) => {
    observer.disconnect();
    row.dispatchEvent(pointer("pointerdown"));
    window.pressedAt = row.getBoundingClientRect().top;
    window.letGo = () => row.dispatchEvent(pointer("pointerup"));
  }).observe(row, { attributes: true, attributeFilter: ["style"] });
}"""


def test_a_row_that_is_redrawn_between_press_and_release_opens(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = Customer(stack, "Nele")
    customer.writes("Eins")
    expect(row_of(page, customer)).to_contain_text("Eins")
    row_of(page, customer).get_by_text(customer.name, exact=True).hover()
    page.mouse.down()

    customer.writes("Zwei")
    theirs = open_inbox(stack, agent_page, "lead")
    expect(row_of(theirs, customer)).to_contain_text("Zwei")
    page.wait_for_timeout(1000)  # what was told is drawn by now, or waits
    page.mouse.up()

    expect(page.locator("#thread-head")).to_contain_text(customer.name)
    expect(row_of(page, customer)).to_contain_text("Zwei")


def test_what_a_pointer_is_down_on_is_not_swapped_away(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = open_new(stack, page, "Ole")
    theirs = open_inbox(stack, agent_page, "lead")
    expect(row_of(theirs, customer)).to_be_visible()
    open_conversation(theirs, customer)
    page.locator("[data-menu=priority] > summary").hover()
    page.mouse.down()

    theirs.locator("#thread-head [data-key=i]").click()
    expect(page.locator("#items .event").last).to_be_visible()
    name = str(theirs.locator("body").get_attribute("data-agent-name"))
    expect(page.locator("#items .event").last).to_contain_text(name)
    page.wait_for_load_state("networkidle")
    page.mouse.up()

    expect(page.locator("[data-menu=priority] .pop-i").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#thread-head h2 + span")).to_contain_text(name)


def test_a_row_that_glides_waits_under_a_pressed_pointer(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    mover, pressed = Customer(stack, "Olga"), Customer(stack, "Paula")
    for customer, age_s in ((mover, 10), (pressed, 5)):  # WhatsApp's clock knows seconds only
        customer.writes("Eins", age_s=age_s)
        expect(row_of(page, customer)).to_contain_text("Eins")
    row_of(page, pressed).evaluate(PRESS_GLIDING)

    mover.writes("Zwei")  # goes to the top, over the other
    eventually(lambda: page.evaluate("window.pressedAt"), 20)
    page.wait_for_timeout(500)  # longer than anything glides
    where = "row => row.getBoundingClientRect().top"
    assert abs(row_of(page, pressed).evaluate(where) - page.evaluate("window.pressedAt")) < 1

    page.evaluate("window.letGo()")
    eventually(
        lambda: row_of(page, pressed).evaluate(where) > page.evaluate("window.pressedAt") + 20, 20
    )


def test_a_bubble_stays_until_the_pointer_on_it_is_up(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = open_new(stack, page, "Quentin", "Welches Gleis?")
    button = bubble(page, "Welches Gleis?").locator("[data-quote-this]")
    bubble(page, "Welches Gleis?").hover()
    button.hover()
    page.mouse.down()

    customer.writes("Und wann?")
    expect(row_of(page, customer)).to_contain_text("Und wann?")
    page.wait_for_timeout(500)
    expect(bubble(page, "Und wann?")).to_have_count(0)
    page.mouse.up()

    expect(page.locator("#reply-form")).to_contain_text("Welches Gleis?")
    expect(bubble(page, "Und wann?")).to_be_visible()
