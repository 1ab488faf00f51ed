"""What is fetched only when the page has come to rest is there for a hand that asks earlier."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PageFactory
from tests.browser.inbox import connected, open_inbox, open_new
from tests.browser.test_media import photo, send
from tests.stack import Stack, eventually

Act = Callable[[Page], Any]


def click(selector: str) -> Act:
    return lambda page: page.locator(selector).first.click()


def hold(page: Page, script: str) -> list[Route]:
    """Let that script wait on its way to `page` until it may `go_on`."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    page.route(f"**/js/{script}.js", keep)
    return held


def go_on(page: Page, held: list[Route]) -> None:
    eventually(lambda: page.title() and held, 20)  # asking the page lets Playwright hear of it
    for route in held:
        route.continue_()


@pytest.mark.parametrize(
    ("script", "act", "opened"),
    [
        ("pane", click('[data-slot-for="note-new"]'), "#slot-text"),
        ("pane", click("[data-edit]"), "[data-editable] [data-slot-open]"),
        ("find", click("#thread-head [data-find-open]"), "#find"),
        ("emoji", click("#reply-form [data-emoji]"), "#emoji"),
        ("palette", click("[data-open-palette]"), "dialog#palette"),
        ("palette", lambda page: page.keyboard.press("Control+k"), "dialog#palette"),
    ],
    ids=["form", "edit", "find", "emoji", "palette", "palette by key"],
)
def test_a_hand_that_is_faster_than_the_script(
    stack: Stack, agent_page: PageFactory, script: str, act: Act, opened: str
) -> None:
    # What a service worker fetches cannot be held.
    page = open_inbox(stack, agent_page, "admin", service_workers="block")
    open_new(stack, page, "Eilig")
    held = hold(page, script)
    page.reload()
    connected(page)
    act(page)
    expect(page.locator(opened).first).to_be_hidden()
    go_on(page, held)
    expect(page.locator(opened).first).to_be_visible()


def test_a_hand_that_is_faster_is_not_forgotten_with_the_part_it_was_on(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin", service_workers="block")
    open_new(stack, page, "Eilig")
    held = hold(page, "find")
    page.reload()
    connected(page)
    head = page.locator("#thread-head")
    head.locator(".icon-btn[data-find-open]").click()
    head.evaluate("head => { head.dataset.isOld = ''; }")
    page.evaluate("window.htmx.trigger('#thread-head', 'refresh')")
    expect(page.locator("#thread-head[data-is-old]")).to_have_count(0)

    go_on(page, held)
    expect(page.locator("#find")).to_be_visible()


def test_a_picture_is_not_the_browsers_to_open(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin", service_workers="block")
    customer = open_new(stack, page, "Eilig")
    send(customer, "image", photo("teal"), "image/jpeg")
    expect(page.locator("#items .pic-link")).to_be_visible(timeout=30_000)
    held = hold(page, "lightbox")
    page.reload()
    connected(page)
    page.locator("#items .pic-link").click()
    go_on(page, held)
    expect(page.locator("#lightbox [data-who]")).to_have_text(customer.name)
