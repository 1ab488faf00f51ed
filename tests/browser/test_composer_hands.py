"""What only a browser shows of the composer: "/", gaps, macros, drafts, undo, later."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.axe import SCREENS, THEMES, problems
from tests.browser.conftest import PageFactory
from tests.browser.inbox import answer, bubble, connected, open_inbox, open_new
from tests.stack import Stack

SEED = """
from inbox.models import CannedResponse, Macro
CannedResponse.objects.update_or_create(shortcut="handtest", agent=None, team=None, defaults=dict(
    title="Handtest", text_de="Moin {{contact.name}}, Nr. {{?Fundnummer}}."))
Macro.objects.update_or_create(name="Handtest", defaults=dict(key=9, actions=[
    {"kind": "assign_me", "value": None}, {"kind": "note", "value": "Aus dem Makro."}]))
"""


@pytest.fixture(scope="module")
def furnished(stack: Stack) -> Stack:
    stack.manage("shell", "-v", "0", "-c", SEED)
    return stack


@pytest.fixture
def undo(stack: Stack) -> Iterator[None]:
    stack.let_take_back(10)
    yield
    stack.let_take_back(0)


def test_a_canned_response_by_keyboard_with_its_gap(
    furnished: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(furnished, agent_page, "admin")
    customer = open_new(furnished, page, "Slash")
    field = page.locator("#reply-text")
    field.press_sequentially("Ja. /handt")
    expect(page.locator("#canned")).to_be_visible()
    expect(page.locator("#canned [aria-selected=true] .missing")).to_have_text("Fundnummer")
    page.keyboard.press("Enter")
    expect(page.locator("#canned")).to_be_hidden()
    expect(field).to_have_value(f"Ja. Moin {customer.name}, Nr. {{{{?Fundnummer}}}}.")

    page.keyboard.press("Enter")  # refused, in words
    expect(page.locator("#composer-error")).to_contain_text("Fundnummer")
    page.keyboard.type("20-1183")  # the gap is selected
    page.keyboard.press("Enter")
    customer.gets(f"Ja. Moin {customer.name}, Nr. 20-1183.")


def test_escape_closes_the_list_and_alt_9_runs_a_macro(
    furnished: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(furnished, agent_page, "admin")
    open_new(furnished, page, "Makro")
    page.locator("#reply-form [data-open-canned]").click()
    expect(page.locator("#canned")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#canned")).to_be_hidden()
    page.locator("#reply-text").fill("")
    page.keyboard.press("Alt+Digit9")
    page.keyboard.press("Alt+Digit9")
    expect(page.locator("#items .note")).to_contain_text("Aus dem Makro.")
    mine = page.locator("body").get_attribute("data-agent-name") or ""
    expect(page.locator("#thread-head")).to_contain_text(mine)
    expect(page.locator("#items .note")).to_have_count(1)


def test_a_draft_is_on_the_other_device_and_marked_in_the_list(
    furnished: Stack, agent_page: PageFactory
) -> None:
    page = open_inbox(furnished, agent_page, "admin")
    open_new(furnished, page, "Entwurf")
    with page.expect_response(lambda r: "/draft/" in r.url and r.request.method == "POST"):
        page.locator("#reply-text").press_sequentially("Vom Laptop")
    expect(page.locator("#rows [aria-current=true] .draft-mark")).to_be_visible()

    phone = agent_page("admin")
    phone.goto(page.url)
    connected(phone)
    expect(phone.locator("#reply-text")).to_have_value("Vom Laptop")
    with phone.expect_response(lambda r: "/draft/" in r.url and r.request.method == "POST"):
        phone.locator("#reply-text").press_sequentially(", dann Telefon")

    page.locator("#reply-text").press_sequentially("!")
    expect(page.locator("[data-other-draft]")).to_be_visible()
    page.locator("[data-take-draft]").click()
    expect(page.locator("#reply-text")).to_have_value("Vom Laptop, dann Telefon")


def test_z_takes_back_what_was_just_sent(
    furnished: Stack, agent_page: PageFactory, undo: None
) -> None:
    page = open_inbox(furnished, agent_page, "admin")
    customer = open_new(furnished, page, "Zurück")
    answer(page, "Prima, bis gleich!")
    expect(page.locator("#undo")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("z")
    expect(page.locator("#reply-text")).to_have_value("Prima, bis gleich!")
    expect(page.locator("#undo")).to_be_hidden()

    page.locator("#reply-text").fill("Bis um drei!")
    page.locator("#reply-text").press("Enter")
    customer.gets("Bis um drei!")
    assert "Prima, bis gleich!" not in customer.received()


def test_for_later_changed_and_sent_now(furnished: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(furnished, agent_page, "admin")
    customer = open_new(furnished, page, "Später")
    page.locator("#reply-text").fill("Ab 8 Uhr ist offen.")
    page.locator("#reply-form [data-later]").click()
    page.locator("#later [data-later-at]").first.click()
    expect(page.locator("[data-plan] [data-planned]")).to_be_visible()
    page.locator("#reply-form [type=submit]").click()
    waiting = bubble(page, "Ab 8 Uhr")
    expect(waiting.locator("[data-change-time]")).to_be_visible()
    customer.writes("Noch etwas")
    expect(waiting.locator("[data-since]")).to_be_visible()
    waiting.locator("[data-again]").click()
    customer.gets("Ab 8 Uhr ist offen.")


def test_too_late_is_said_at_once(furnished: Stack, agent_page: PageFactory) -> None:
    page = open_inbox(furnished, agent_page, "admin")
    open_new(furnished, page, "Zu spät")
    page.locator("#reply-text").fill("Übermorgen")
    page.locator("#reply-form [data-later]").click()
    page.locator("#later-own").fill(
        page.evaluate("new Date(Date.now() + 30 * 3600e3).toISOString().slice(0, 16)")
    )
    page.locator("[data-later-own]").click()
    expect(page.locator("[data-plan] .compose-line-warn [data-kind]")).to_be_visible()
    page.locator("#reply-text").press("Enter")
    expect(bubble(page, "Übermorgen")).to_have_count(0)


@SCREENS
@THEMES
def test_axe_finds_nothing(
    furnished: Stack, agent_page: PageFactory, undo: None, viewport: object, theme: object
) -> None:
    page = open_inbox(furnished, agent_page, "admin", viewport=viewport, color_scheme=theme)
    open_new(furnished, page, "Axe")
    answer(page, "Moin")
    expect(page.locator("#undo")).to_be_visible()
    page.locator("#reply-text").press_sequentially("/")
    expect(page.locator("#canned")).to_be_visible()
    assert problems(page) == []
    page.keyboard.press("Escape")
    page.locator("#reply-form [data-later]").click()
    expect(page.locator("#later-own")).to_be_visible()
    assert problems(page) == []
    for path in ("/canned/", "/canned/new/", "/macros/", "/macros/new/"):
        page.goto(furnished.url + path)
        assert problems(page) == [], path
