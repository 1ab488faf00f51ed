"""An agent's hands: the keyboard, drafts, files, templates, a phone; and how heavy the page is."""

from __future__ import annotations

import gzip
import re
from contextlib import suppress

from playwright.sync_api import APIResponse, Response, Route, expect
from playwright.sync_api import Error as PlaywrightError

from tests.browser.conftest import PHONE, PageFactory
from tests.browser.inbox import (
    Customer,
    answer,
    bubble,
    connected,
    open_conversation,
    open_inbox,
    open_new,
    row_of,
)
from tests.inbox.test_write import PNG
from tests.stack import Stack, eventually

FIRST_LOAD_LIMIT = 250_000
BEYOND_24_H_S = 25 * 3600


def test_a_day_without_the_mouse(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = Customer(stack, "Frieda")
    customer.writes("Ist der Zug barrierefrei?")
    expect(page.locator("#rows > li").first).to_contain_text(customer.name)

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#thread-head")).to_contain_text(customer.name)
    expect(page).to_have_url(re.compile(r"/conversations/[0-9a-f-]{36}/\?view=all$"))

    page.keyboard.press("i")
    mine = page.locator("body").get_attribute("data-agent-name") or ""
    expect(page.locator("#thread-head")).to_contain_text(mine)

    page.keyboard.press("n")
    page.keyboard.type("Wagen 3 hat einen Lift.")
    page.keyboard.press("Enter")
    expect(page.locator("#items .note")).to_contain_text("Wagen 3 hat einen Lift.")

    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.keyboard.type("Ja,")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("in *Wagen 3*.")
    page.keyboard.press("Enter")
    customer.gets("Ja,\nin *Wagen 3*.")
    expect(bubble(page, "Ja,").locator("b")).to_have_text("Wagen 3")

    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(page.locator("#items .event").last).to_contain_text(mine)
    expect(row_of(page, customer)).to_have_count(0)


def test_the_keys_are_listed_and_letters_in_a_field_stay_letters(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("enjrk?")
    expect(page.locator("#list-query")).to_have_value("enjrk?")
    expect(page.locator("#keys")).to_be_hidden()
    expect(page.locator("#rows .empty-state")).to_be_visible()


def test_a_draft_survives_another_conversation_and_a_reload(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    other = open_new(stack, page, "Gesa")
    first = open_new(stack, page, "Hauke")
    page.locator("#reply-text").fill("Noch nicht fertig")
    open_conversation(page, other)
    expect(page.locator("#reply-text")).to_have_value("")
    open_conversation(page, first)
    expect(page.locator("#reply-text")).to_have_value("Noch nicht fertig")
    page.reload()
    connected(page)
    expect(page.locator("#reply-text")).to_have_value("Noch nicht fertig")
    assert first.received() == []


def test_a_picture_goes_out_with_its_caption(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = open_new(stack, page, "Imke")
    page.locator("#pick-files").set_input_files(
        [
            {"name": "gleis.png", "mimeType": "image/png", "buffer": PNG},
            {"name": "x.exe", "mimeType": "image/png", "buffer": b"MZ\x90\x00" + bytes(64)},
        ]
    )
    expect(page.locator(".file-bad")).to_be_visible()
    expect(page.locator(".file:not(.file-bad) progress")).to_have_count(0)

    answer(page, "So sieht es aus")

    sent = page.locator("#items > article.msg-out")
    expect(sent).to_have_count(1)
    expect(sent.locator("img")).to_have_attribute("alt", "So sieht es aus")
    expect(sent).to_have_attribute("data-status", re.compile("sent|delivered"))
    rows = [row for row in stack.simulator.outbox() if customer.phone in str(row["to"])]
    assert [row["payload"]["image"]["caption"] for row in rows] == ["So sieht es aus"]


def test_a_message_that_never_reached_the_server_goes_again_on_a_click(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = open_new(stack, page, "Jasper")
    page.route("**/reply/", lambda route: route.abort())
    answer(page, "Einmal und nicht öfter")
    again = bubble(page, "Einmal und nicht öfter").locator(".after button")
    expect(again).to_be_visible()

    page.unroute("**/reply/")
    again.click()

    customer.gets("Einmal und nicht öfter")
    expect(bubble(page, "Einmal und nicht öfter")).to_have_count(1)


def test_the_last_row_clicked_is_the_one_shown(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin")
    slow, quick = Customer(stack, "Malte"), Customer(stack, "Nele")
    for customer in (slow, quick):
        customer.writes("Hallo")
        expect(row_of(page, customer)).to_be_visible()
    held: list[Route] = []
    href = row_of(page, slow).locator(".conv").get_attribute("href") or ""

    def hold(route: Route) -> None:
        held.append(route)

    page.route(f"**{href}*", hold)
    row_of(page, slow).locator(".conv").click()
    open_conversation(page, quick)

    held[0].continue_()

    page.wait_for_load_state("networkidle")
    expect(page.locator("#thread-head")).to_contain_text(quick.name)
    expect(row_of(page, quick).locator(".conv")).to_have_attribute("aria-current", "true")
    expect(row_of(page, slow).locator(".conv")).not_to_have_attribute("aria-current", "true")


def test_what_changes_while_the_head_is_on_its_way_is_shown(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = open_new(stack, page, "Paul")
    theirs = open_inbox(stack, agent_page, "lead")
    expect(row_of(theirs, customer)).to_be_visible()
    open_conversation(theirs, customer)
    answers: list[tuple[Route, APIResponse]] = []

    def answer_late(route: Route) -> None:
        answers.append((route, route.fetch()))

    page.route("**/head/", answer_late, times=1)
    theirs.locator("[data-menu=priority] > summary").click()
    theirs.locator("[data-menu=priority] .pop-i").first.click()
    events = page.locator("#items .event")
    expect(events.last).to_be_visible()
    eventually(lambda: page.title() and answers, 20)  # asking the page lets Playwright hear of it
    told = events.count()
    theirs.locator("#thread-head [data-key=i]").click()
    name = str(theirs.locator("body").get_attribute("data-agent-name"))
    expect(events).to_have_count(told + 1)
    with suppress(PlaywrightError):  # nobody waits for it any more
        answers[0][0].fulfill(response=answers[0][1])

    expect(page.locator("#thread-head h2 + span")).to_contain_text(name)


def test_on_a_phone_one_pane_at_a_time(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin", viewport=PHONE, has_touch=True)
    customer = Customer(stack, "Karen")
    customer.writes("Moin vom Bahnsteig")
    row_of(page, customer).locator(".conv").tap()
    expect(page.locator("#items")).to_be_visible()
    expect(page.locator("#rows")).to_be_hidden()

    page.locator("#thread-head a[href='#contact']").first.tap()
    expect(page.locator("#contact-details")).to_contain_text(customer.name)
    expect(page.locator("#items")).to_be_hidden()

    page.locator("#contact a[href='#thread']").tap()
    page.locator("#thread-head [data-back]").tap()
    expect(page.locator("#rows")).to_be_visible()
    expect(page.locator("#items")).to_be_hidden()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]


def test_the_theme_is_kept_and_drawn_by_the_server(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin", color_scheme="light")
    page.locator(".nav-foot [popovertarget=me-menu]").click()
    page.locator("#me-menu [data-theme-toggle]").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    html = page.request.get(f"{stack.url}/").text()
    assert 'data-bs-theme="dark"' in html


def test_the_first_load_is_light(stack: Stack, agent_page: PageFactory) -> None:
    """What a browser fetches for the inbox the first time, as a compressing server sends it."""
    page = agent_page("admin")
    sizes: dict[str, int] = {}

    def weigh(response: Response) -> None:
        if response.status == 200:
            body = response.body()
            compressed = response.url.endswith((".woff2", ".png"))
            sizes[response.url] = len(body) if compressed else len(gzip.compress(body))

    page.context.clear_cookies(name="theme")
    page.on("response", weigh)
    cdp = page.context.new_cdp_session(page)
    cdp.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.goto(f"{stack.url}/?view=all")
    connected(page)
    assert sum(sizes.values()) < FIRST_LOAD_LIMIT, sizes


def test_nothing_shifts_when_messages_arrive(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin")
    customer = open_new(stack, page, "Lasse")
    page.evaluate(
        """() => { window.shifted = 0; new PerformanceObserver((list) => {
             for (const entry of list.getEntries()) window.shifted += entry.value;
           }).observe({ type: "layout-shift", buffered: false }); }"""
    )
    for number in range(3):
        customer.writes(f"Nachricht {number}")
        expect(bubble(page, f"Nachricht {number}")).to_be_visible()
    assert page.evaluate("window.shifted") <= 0.02
