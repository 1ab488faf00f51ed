"""Messages that the server has not taken: they outlive a reload and stay in their own thread."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from tests.browser.conftest import PageFactory
from tests.browser.inbox import (
    answer,
    bubble,
    connected,
    open_conversation,
    open_inbox,
    open_new,
)
from tests.stack import Stack

REFUSAL = {"code": "not_now", "detail": "Nein, jetzt nicht.", "errors": {}}


def test_what_was_not_sent_is_there_after_a_reload_and_goes_or_is_discarded(
    stack: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(stack, agent_page, "admin")
    other = open_new(stack, page, "Ubbo")
    customer = open_new(stack, page, "Tomma")
    page.route("**/reply/", lambda route: route.abort())
    for text in ("Das soll noch hin", "Das doch nicht"):
        answer(page, text)
        expect(bubble(page, text).locator(".after")).to_be_visible()

    page.unroute("**/reply/")
    page.reload()
    connected(page)
    for text in ("Das soll noch hin", "Das doch nicht"):
        expect(bubble(page, text).locator(".after button")).to_have_count(2)
    open_conversation(page, other)
    expect(page.locator("#items [data-pending]")).to_have_count(0)
    open_conversation(page, customer)
    expect(page.locator("#items [data-pending]")).to_have_count(2)

    bubble(page, "Das doch nicht").locator(".after button").last.click()
    bubble(page, "Das soll noch hin").locator(".after button").first.click()
    customer.gets("Das soll noch hin")
    expect(bubble(page, "Das soll noch hin").locator(".after")).to_have_count(0)
    page.reload()
    expect(bubble(page, "Das soll noch hin")).to_have_count(1)
    expect(bubble(page, "Das doch nicht")).to_have_count(0)
    assert customer.received() == ["Das soll noch hin"]


def test_a_refusal_is_said_in_its_own_thread(stack: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(stack, agent_page, "admin")
    other = open_new(stack, page, "Vroni")
    customer = open_new(stack, page, "Walli")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/reply/", hold)
    answer(page, "Geht das?")
    open_conversation(page, other)
    page.locator("#reply-text").fill("Etwas anderes")

    with page.expect_response("**/reply/"):
        held.pop().fulfill(status=409, json=REFUSAL)
    page.evaluate("() => new Promise(requestAnimationFrame)")  # what it means has been done

    expect(page.locator("#reply-text")).to_have_value("Etwas anderes")
    expect(page.locator("#composer-error")).to_be_hidden()
    expect(bubble(page, "Geht das?")).to_have_count(0)
    open_conversation(page, customer)
    refused = bubble(page, "Geht das?").locator(".after")
    expect(refused).to_contain_text(REFUSAL["detail"])
    refused.locator("button").last.click()
    expect(bubble(page, "Geht das?")).to_have_count(0)

    # In the thread that is open the words go back to where they were written.
    answer(page, "Und das?")
    expect(bubble(page, "Und das?")).to_have_count(1)
    held.pop().fulfill(status=409, json=REFUSAL)
    expect(page.locator("#composer-error")).to_contain_text(REFUSAL["detail"])
    expect(page.locator("#reply-text")).to_have_value("Und das?")
    expect(bubble(page, "Und das?")).to_have_count(0)
    assert customer.received() == other.received() == []
