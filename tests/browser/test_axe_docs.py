"""The API's page: axe-core finds nothing, keys open what they should, and what it shows works."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.axe import SCREENS, THEMES, problems
from tests.browser.conftest import PageFactory
from tests.stack import Stack

UNFOLD_ALL = "for (const fold of document.querySelectorAll('details')) fold.open = true"
# Red, green and blue of the ground, 0 to 255.
GROUND = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"
TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"


def docs(stack: Stack, page: Page, fragment: str = "") -> Page:
    page.goto(f"{stack.url}/api/docs/{fragment}")
    expect(page.locator("#token")).to_be_visible()  # the script has run
    return page


@SCREENS
@THEMES
def test_folded_and_unfolded(
    stack: Stack, page_factory: PageFactory, viewport: Any, theme: Any
) -> None:
    page = docs(stack, page_factory(viewport=viewport, color_scheme=theme))
    assert (max(page.evaluate(GROUND)) < 64) == (theme == "dark")
    found = problems(page)

    page.locator("summary", has_text="/api/v1/messages/").first.click()
    expect(page.locator("#messages_list")).to_be_visible()
    found += problems(page)

    page.evaluate(UNFOLD_ALL)
    assert found + problems(page) == []
    assert not page.evaluate(TOO_WIDE)


def test_a_link_unfolds_what_it_leads_to(stack: Stack, page_factory: PageFactory) -> None:
    page = docs(stack, page_factory(), "#conversations_messages_create")
    operation = page.locator("#conversations_messages_create")
    expect(operation).to_be_visible()

    operation.locator("a[href='#object-Message']").first.click()

    expect(page.locator("#object-Message")).to_be_in_viewport()


def test_the_keyboard_is_enough(stack: Stack, page_factory: PageFactory) -> None:
    page = docs(stack, page_factory(locale="en-US"))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()

    page.locator("summary", has_text="/api/v1/teams/").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#teams_list")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#teams_list")).to_be_hidden()


def test_an_operation_is_tried_out(stack: Stack, page_factory: PageFactory) -> None:
    page = docs(stack, page_factory(), "#conversations_list")
    attempt = page.locator("#conversations_list .try")
    attempt.locator("summary").click()
    send, answer = attempt.locator("[type=submit]"), attempt.locator(".try-answer")
    send.click()
    expect(answer.locator("p")).to_contain_text("401")
    expect(answer.locator("code")).to_contain_text("not_authenticated")

    page.locator("#token").fill(stack.api_token())
    attempt.locator("[name=page_size]").fill("1")
    attempt.locator("[name=status]").select_option("open")
    send.click()

    expect(answer.locator("p")).to_contain_text("200")
    expect(answer.locator("code")).to_contain_text('"status": "open"')
    assert problems(page) == []


def test_a_file_is_uploaded(stack: Stack, page_factory: PageFactory) -> None:
    page = docs(stack, page_factory(), "#uploads_create")
    page.locator("#token").fill(stack.api_token())
    attempt = page.locator("#uploads_create .try")
    attempt.locator("summary").click()
    attempt.locator("[type=file]").set_input_files(
        {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"08:05 Kiel"}
    )
    attempt.locator("[type=submit]").click()
    expect(attempt.locator(".try-answer p")).to_contain_text("201")
    expect(attempt.locator(".try-answer code")).to_contain_text('"filename": "plan.txt"')


def test_the_page_changes_its_language(stack: Stack, page_factory: PageFactory) -> None:
    page = docs(stack, page_factory(locale="de-DE"))
    expect(page.locator("html")).to_have_attribute("lang", "de")

    page.get_by_role("button", name="English").click()

    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page).to_have_url(f"{stack.url}/api/docs/")
    expect(page.get_by_role("heading", name="REST API")).to_be_visible()
