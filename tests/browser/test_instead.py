"""A reply that missed its window goes as a template: by the keyboard alone, and seen by others."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import SCREENS, THEMES, problems
from tests.browser.conftest import DESKTOP, PageFactory
from tests.browser.inbox import (
    Customer,
    bubble,
    connected,
    find_conversation,
    open_inbox,
    was_found,
    watch_what_is_found,
)
from tests.stack import Stack, eventually

TEXT = "Ihr Koffer ist da.\n\nEr liegt in Kiel bereit."
HOUR_S = 3600
REPLY = """async ([path, text]) => {
  const token = document.querySelector("meta[name=csrf-token]").content;
  const body = new URLSearchParams({ client_uuid: crypto.randomUUID(), text });
  return (await fetch(path, { method: "POST", body, headers: { "X-CSRFToken": token } })).status;
}"""


@pytest.fixture
def late(stack: Stack, agent_page: PageFactory, request: pytest.FixtureRequest) -> Page:
    """An open conversation whose window has closed, and a reply that came too late for it."""
    options: dict[str, Any] = getattr(request, "param", {})
    customer = Customer(stack, "Late")
    customer.writes("Wo ist mein Koffer?", age_s=25 * HOUR_S)
    page = open_inbox(stack, agent_page, "admin", **options)
    find_conversation(page, customer)
    miss(page, TEXT)
    page.customer = customer  # type: ignore[attr-defined]
    return page


def miss(page: Page, text: str) -> None:
    """Write `text` although the window has closed, as one does whose page does not know yet."""
    conversation = page.locator("#conversation").get_attribute("data-conversation")
    assert page.evaluate(REPLY, [f"/conversations/{conversation}/reply/", text]) == 201
    expect(missed(page)).to_have_attribute("data-status", "blocked")


def missed(page: Page) -> Locator:
    return bubble(page, "Ihr Koffer ist da.").and_(page.locator("[data-status=blocked]"))


def test_with_the_keyboard_alone_and_seen_by_a_colleague(
    stack: Stack, late: Page, agent_page: PageFactory
) -> None:
    colleague = agent_page("lead")
    colleague.goto(late.url)
    connected(colleague)
    expect(missed(colleague).locator("[data-instead]")).to_be_visible()

    missed(late).locator("[data-instead]").focus()
    late.keyboard.press("Enter")
    expect(late.locator("#picker [data-filter-templates]")).to_be_focused()
    expect(late.locator("#picker .picker-instead")).to_contain_text("Ihr Koffer ist da. Er liegt")
    late.keyboard.type("nachgereicht de")
    late.keyboard.press("Tab")
    late.keyboard.press("Enter")
    second = late.locator("#picked [name=body_2]")
    expect(second).to_have_value("Ihr Koffer ist da. Er liegt in Kiel bereit.")
    expect(late.locator("#picked [data-gap=body_2]")).to_have_text(second.input_value())
    late.locator("#picked [name=body_1]").fill("Frau Spät")
    late.keyboard.press("Enter")

    sent = bubble(late, "Guten Tag Frau Spät")
    expect(sent).to_be_visible()
    for page in (late, colleague):
        expect(missed(page).locator(".instead")).to_be_visible()
        expect(missed(page).locator("button[data-instead], button[data-again]")).to_have_count(0)
    expect(late.locator("#picker .picker-instead")).to_have_count(0)
    customer: Customer = late.customer  # type: ignore[attr-defined]
    rows = eventually(
        lambda: [r for r in stack.simulator.outbox() if customer.phone in str(r["to"])], 30
    )
    assert [row["payload"]["template"]["name"] for row in rows] == ["antwort_nachgereicht"]

    watch_what_is_found(colleague)
    missed(colleague).locator(".instead").click()
    was_found(colleague, "Guten Tag Frau Spät")


def test_the_way_back_leads_to_the_bubble(late: Page) -> None:
    button = missed(late).locator("[data-instead]")
    button.click()
    late.locator("[data-not-instead]").click()
    expect(late.locator(".picker-instead")).to_have_count(0)
    expect(button).to_be_focused()


def test_while_the_window_is_open_again_it_comes_in_a_dialog(late: Page) -> None:
    customer: Customer = late.customer  # type: ignore[attr-defined]
    customer.writes("Hallo? Noch da?")
    expect(late.locator("#composer")).to_have_attribute("data-state", "open")
    button = missed(late).locator("[data-instead]")
    button.press("Enter")
    expect(late.locator("#kind-dialog [data-filter-templates]")).to_be_focused()
    late.keyboard.press("Escape")
    expect(button).to_be_focused()
    button.press("Enter")
    late.locator("#kind-dialog .tpl", has_text="nachgereicht").first.click()
    late.locator("#kind-dialog [name=body_1]").fill("Frau Spät")
    late.locator("#kind-dialog [type=submit]").click()
    expect(late.locator("#kind-dialog")).not_to_be_visible()
    expect(missed(late).locator(".instead")).to_be_visible()


@SCREENS
@THEMES
def test_axe_finds_nothing(
    stack: Stack, agent_page: PageFactory, viewport: Any, theme: Any
) -> None:
    customer = Customer(stack, "Axe")
    customer.writes("Wo ist mein Koffer?", age_s=25 * HOUR_S)
    wide = open_inbox(stack, agent_page, "admin", viewport=DESKTOP)
    find_conversation(wide, customer)
    miss(wide, TEXT)
    page = agent_page("admin", viewport=viewport, color_scheme=theme)
    page.goto(wide.url)
    connected(page)
    found = problems(page)
    missed(page).locator("[data-instead]").click()
    expect(page.locator(".picker-instead")).to_be_visible()
    page.locator("#picker .tpl", has_text="nachgereicht").first.click()
    expect(page.locator("#picked [name=body_2]")).to_be_visible()
    found += problems(page)
    page.locator("#picked [name=body_1]").fill("Frau Spät")
    page.locator("#picked [type=submit]").click()
    expect(missed(page).locator(".instead")).to_be_visible()
    assert found + problems(page) == []
