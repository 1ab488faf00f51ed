"""What the inbox's browser tests do again and again: open it, open a thread, be a customer."""

from __future__ import annotations

import itertools
import os
import re
import time
from contextlib import suppress
from typing import Any

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.conftest import PageFactory
from tests.stack import Stack, eventually

_numbers = itertools.count(1)


class Customer:
    """Somebody on WhatsApp whom nobody has seen before, played through the simulator's controls."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.stack = stack
        # Distinct over tests, and over test runs against the same database.
        suffix = f"{os.getpid() % 1000:03d}{int(time.time()) % 10000:04d}{next(_numbers):02d}"
        self.phone = f"4917{suffix}"
        self.name = f"{name} {suffix[-6:]}"

    def writes(self, text: str, **more: Any) -> str:
        """Send `text`; its wamid. `age_s=…` was sent that long ago and comes late."""
        sent = self.stack.simulator.inbound(self.phone, text, name=self.name, **more)
        assert sent["delivered"], sent
        return str(sent["wamid"])

    def reads(self) -> None:
        """Open the chat: what the company sent turns blue."""
        self.stack.simulator.post("read", **{"from": self.phone})

    def received(self) -> list[str]:
        """The texts that arrived on this phone."""
        rows = [row for row in self.stack.simulator.outbox() if self.phone in str(row["to"])]
        return [row["payload"].get("text", {}).get("body", "") for row in rows]

    def gets(self, text: str) -> None:
        """Wait until `text` has arrived, once."""
        eventually(lambda: text in self.received(), 30, message=f"{text!r} did not arrive")
        assert self.received().count(text) == 1


def open_inbox(
    stack: Stack, agent_page: PageFactory, who: str, view: str = "all", **options: Any
) -> Page:
    """The list of that agent, connected."""
    page = agent_page(who, **options)
    page.goto(f"{stack.url}/?view={view}")
    connected(page)
    return page


def connected(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("data-live", "back")


def row_of(page: Page, customer: Customer) -> Locator:
    return page.locator("#rows > li", has_text=customer.name)


def open_conversation(page: Page, customer: Customer) -> None:
    """Click on the customer's row, and leave the list with the pointer."""
    row_of(page, customer).locator(".conv").click()
    expect(page.locator("#thread-head")).to_contain_text(customer.name)
    page.mouse.move(900, 400)


def find_conversation(page: Page, customer: Customer) -> None:
    """The same for one who wrote long ago: their row may be further down than the list reaches."""

    def is_found() -> bool:
        page.locator("#list-query").fill("")
        page.locator("#list-query").fill(customer.name)
        with suppress(PlaywrightTimeout):
            row_of(page, customer).wait_for(timeout=3000)
        return row_of(page, customer).count() == 1

    eventually(is_found, 30, message=f"{customer.name} is not in the list")
    open_conversation(page, customer)


def bubble(page: Page, text: str) -> Locator:
    return page.locator("#items > article", has_text=text)


def has_read(page: Page, customer: Customer, text: str) -> None:
    """Wait until the server knows that the agent has read up to the customer's `text`."""
    expect(row_of(page, customer)).to_contain_text(text)
    expect(row_of(page, customer).locator(".count")).to_be_hidden()


def watch_what_is_found(page: Page) -> None:
    """Remember what is marked as found from now on: the mark is there for a moment only."""
    page.evaluate(
        """() => {
          window.found = "";
          new MutationObserver((changes) => {
            for (const { target } of changes) {
              if (target.classList.contains("found")) window.found = target.textContent;
            }
          }).observe(document.getElementById("items"), {
            subtree: true, attributes: true, attributeFilter: ["class"],
          });
        }"""
    )


def was_found(page: Page, text: str) -> None:
    """Wait until the bubble with `text` has been marked as found."""
    eventually(lambda: text in page.evaluate("window.found"), 20)


def answer(page: Page, text: str) -> None:
    page.locator("#reply-text").fill(text)
    page.locator("#reply-text").press("Enter")


def open_new(stack: Stack, page: Page, name: str, text: str = "Guten Tag") -> Customer:
    """A customer who has just written, with their conversation open on `page`."""
    customer = Customer(stack, name)
    customer.writes(text)
    expect(row_of(page, customer)).to_be_visible()
    open_conversation(page, customer)
    return customer


def take(page: Page, *customers: Customer) -> None:
    """Assign these customers' conversations to the agent of `page`, without a click."""
    for customer in customers:
        rows = f"/rows/?view=all&q={customer.phone}"
        found = eventually(
            lambda rows=rows: re.search(r'data-conversation="([^"]+)', _fetched(page, rows)), 20
        )
        assert page.evaluate(TAKE, f"/conversations/{found[1]}/assign/") == 200


TAKE = """async (url) => {
  const token = document.querySelector("meta[name=csrf-token]").content;
  const body = new URLSearchParams({ agent: "me" });
  return (await fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token } })).status;
}"""


def _fetched(page: Page, path: str) -> str:
    return str(page.evaluate("async (path) => (await fetch(path)).text()", path))


def look_at_the_clock(page: Page) -> None:
    """The page does so every half minute, and whenever it comes to the front."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
