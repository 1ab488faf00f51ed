"""Signing up by a link in an e-mail, where the form offers it: typed, opened, confirmed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import SCREENS, THEMES, problems
from tests.browser.conftest import PageFactory
from tests.browser.inbox import Customer
from tests.browser.test_optin import PATH, consents_of
from tests.stack import Stack, eventually

SWITCH = (
    "from consent.models import SignUpForm\n"
    "SignUpForm.objects.filter(slug='meldungen').update(by_email={on})"
)


@pytest.fixture
def offered(stack: Stack) -> Iterator[None]:
    """The demo's form offers it for this test."""
    stack.manage("shell", "-c", SWITCH.format(on=True))
    yield
    stack.manage("shell", "-c", SWITCH.format(on=False))


def link_in_the_mail(stack: Stack, to: str) -> str:
    """Development writes mails into files."""

    def newest() -> str:
        for path in (stack.folder / "data" / "mail", *stack.folder.rglob("mail")):
            for mail in sorted(path.glob("*.log")) if path.is_dir() else ():
                text = mail.read_text(encoding="utf-8")
                found = re.search(r"http\S+/mail/\S+", text)
                if f"To: {to}" in text and found:
                    return found[0]
        return ""

    return str(eventually(newest, 30))


def asks(page: Page, stack: Stack, number: str, email: str) -> None:
    page.goto(f"{stack.url}{PATH}?topic=re7")
    page.locator(".by-email summary").click()
    page.locator("#number").fill(number)
    page.locator("#email").fill(email)
    page.wait_for_timeout(1600)
    page.locator("[name=by_email]").click()


@SCREENS
@THEMES
@pytest.mark.usefixtures("offered")
def test_a_number_is_signed_up_by_the_button_behind_the_link(
    stack: Stack, page_factory: PageFactory, viewport: Any, theme: Any
) -> None:
    page = page_factory(locale="en-US", viewport=viewport, color_scheme=theme)
    customer = Customer(stack, "Mela")
    number, email = f"+{customer.phone}", f"mela{customer.phone}@example.org"
    asks(page, stack, "0900 123456", email)
    expect(page.get_by_role("alert")).to_contain_text("We cannot write to this number")
    found = problems(page)
    asks(page, stack, number, email)
    expect(page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()
    found += problems(page)

    page.goto(link_in_the_mail(stack, email))
    found += problems(page)
    assert consents_of(stack, customer) == []
    page.locator("main button[type=submit]").click()
    expect(page.locator(".seal-on")).to_be_visible()
    found += problems(page)
    assert consents_of(stack, customer) == [
        ("re7", "requested", "form"),
        ("re7", "confirmed", "email"),
    ]
    assert found == []
