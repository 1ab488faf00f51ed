"""The list by what closes next: heads, rows that move with messages and with the clock, pages."""

from __future__ import annotations

from typing import cast

from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.browser.conftest import PHONE, PageFactory
from tests.browser.inbox import (
    Customer,
    look_at_the_clock,
    open_conversation,
    open_inbox,
    row_of,
    take,
)
from tests.stack import Stack, eventually

HOUR_S = 3600
OUTLINE = """() => {
  let group = "";
  const found = [];
  for (const item of document.querySelectorAll("#rows > li")) {
    if (item.dataset.group) group = item.dataset.group;
    else if (item.dataset.conversation) {
      found.push([group, item.querySelector(".name").textContent]);
    }
  }
  return found;
}"""
HEADS = """() => [...document.querySelectorAll("#rows > .list-group")].map((head) =>
  [head.dataset.group, Number(head.querySelector("[data-number]").textContent)])"""


def outline(page: Page, *customers: Customer) -> list[tuple[str, str]]:
    """(group, name) of these customers' rows, from top to bottom."""
    names = {customer.name for customer in customers}
    found = cast("list[tuple[str, str]]", page.evaluate(OUTLINE))
    return [(group, name) for group, name in found if name in names]


def stands(page: Page, *expected: tuple[str, Customer]) -> None:
    """Wait until these customers' rows stand so; every head is there once, with its number."""
    wanted = [(group, customer.name) for group, customer in expected]
    customers = [customer for _, customer in expected]
    eventually(lambda: outline(page, *customers) == wanted, 20, f"{wanted} on {page.url}")
    every = [group for group, _ in page.evaluate(OUTLINE)]
    heads = page.evaluate(HEADS)
    assert [tuple(head) for head in heads] == [
        (group, every.count(group)) for group in dict.fromkeys(every)
    ]


def more(page: Page) -> Locator:
    return page.locator("#rows > .more")


def test_mine_stands_by_what_closes_next_and_follows_the_messages(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "lead", "mine")
    soon, later, closed = (Customer(stack, name) for name in ("Soenke", "Levke", "Carla"))
    soon.writes("Gleich ist es zu spät", age_s=23 * HOUR_S)
    later.writes("Das hat Zeit", age_s=20 * HOUR_S)
    closed.writes("Von vorgestern", age_s=40 * HOUR_S)
    for customer in (closed, later, soon):
        take(page, customer)
    stands(page, ("soon", soon), ("later", later), ("closed", closed))

    closed.writes("Bin wieder da", age_s=30)
    stands(page, ("soon", soon), ("later", later), ("later", closed))

    # Under the pointer nothing moves, but what it says is new.
    row_of(page, later).hover()
    soon.writes("Hat sich erledigt")
    expect(page.locator("#new-rows")).to_be_visible()
    expect(row_of(page, soon)).to_contain_text("Hat sich erledigt")
    stands(page, ("soon", soon), ("later", later), ("later", closed))
    page.mouse.move(900, 400)
    stands(page, ("later", later), ("later", closed), ("later", soon))
    expect(page.locator("#new-rows")).to_be_hidden()

    page.set_viewport_size(PHONE)
    expect(page.locator("#rows > .list-group").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_clock_moves_rows_between_closing_soon_and_the_closed_windows(
    stack: Stack, agent_page: PageFactory
) -> None:
    mine = open_inbox(stack, agent_page, "lead", "mine")
    closing = agent_page("lead")
    closing.clock.install()
    closing.goto(f"{stack.url}/?view=closing")
    comes, leaves, other = (Customer(stack, name) for name in ("Kai", "Gönna", "Heiko"))
    comes.writes("Noch zwei Stunden und etwas", age_s=22 * HOUR_S - 15)
    leaves.writes("Noch ein paar Sekunden", age_s=24 * HOUR_S - 15)
    other.writes("Längst geschlossen", age_s=48 * HOUR_S)
    for customer in (leaves, other):
        take(mine, customer)
    stands(mine, ("soon", leaves), ("closed", other))
    expect(row_of(closing, leaves)).to_be_visible()
    expect(row_of(closing, comes)).to_have_count(0)

    closes = row_of(closing, leaves).get_attribute("data-window-expires-at")
    mine.wait_for_function("closes => Date.now() > Date.parse(closes) + 300", arg=closes)
    closing.clock.fast_forward(61_000)
    look_at_the_clock(mine)

    stands(mine, ("closed", leaves), ("closed", other))
    expect(row_of(closing, leaves)).to_have_count(0)
    expect(row_of(closing, comes)).to_be_visible()
    expect(row_of(closing, leaves)).to_have_count(0)


def test_pages_of_mine_go_on_under_their_heads(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "lead", "mine")
    crowd = [Customer(stack, f"Reihe {place:02d}") for place in range(44)]
    for place, customer in enumerate(crowd):
        customer.writes("Hallo", age_s=(10 if place < 30 else 30) * HOUR_S + place * 60)
    take(page, *crowd)
    page.reload()
    expect(more(page)).to_have_count(1)
    number = page.locator('#rows > [data-group="closed"] [data-number]')
    whole = int(number.inner_text())

    crowd[0].writes("Ich rücke ans Ende der offenen", age_s=9 * HOUR_S)
    more(page).scroll_into_view_if_needed()
    expect(more(page)).to_have_count(0)

    opened = [("later", customer) for customer in (*reversed(crowd[1:30]), crowd[0])]
    stands(page, *opened, *[("closed", customer) for customer in crowd[30:]])
    expect(number).to_have_text(str(whole))


def test_a_phone_at_its_list_stays_there_when_all_is_fetched_again(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = agent_page("admin", viewport=PHONE, has_touch=True)
    sockets: list[WebSocketRoute] = []

    def listen_in(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    page.route_web_socket("**/ws/inbox/**", listen_in)
    page.goto(f"{stack.url}/?view=all")
    customer = Customer(stack, "Wencke")
    customer.writes("Moin")
    row_of(page, customer).locator(".conv").tap()
    expect(page.locator("#items")).to_be_visible()
    page.locator("#thread-head [data-back]").tap()

    with page.expect_response("**/conversations/*/?view=all"):  # too much was missed, says the hub
        sockets[-1].send('{"type": "reload"}')
    expect(row_of(page, customer)).to_be_visible()
    expect(page.locator("#items")).to_be_hidden()
    page.reload()
    expect(row_of(page, customer)).to_be_visible()
    expect(page.locator("#items")).to_have_count(0)

    open_conversation(page, customer)
    page.reload()
    expect(page.locator("#items")).to_be_visible()
    expect(page.locator("#rows")).to_be_hidden()
