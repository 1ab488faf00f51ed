"""Signing up as people do: choose on a page, send the words from a phone, see that they arrived."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import SCREENS, THEMES, problems
from tests.browser.conftest import PHONE, PageFactory
from tests.browser.inbox import Customer
from tests.stack import Stack

PATH = "/optin/meldungen/"
# What a careful site allows: our script, and nothing inline, not even a style.
THEIR_POLICY = "default-src 'none'; script-src {stack}; base-uri 'none'; form-action 'none'"
THEIR_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Their page</title>
<meta name="viewport" content="width=device-width"></head><body><main><h1>Their page</h1>
<div data-optin="meldungen"><a href="{url}">WhatsApp</a></div>
<div lang="de" data-optin="meldungen"></div>
<script src="{url}embed.js" async></script></main></body></html>"""


def choose(page: Page, stack: Stack, *topics: str, query: str = "") -> None:
    """Open the form, choose, and go on once the page has been open for as long as people take."""
    page.goto(f"{stack.url}{PATH}{query}")
    for topic in topics:
        page.locator(f"[name=topic][value={topic}]").check()
    page.wait_for_timeout(1600)
    page.locator("button[type=submit]").click()
    expect(page.locator("#prepared")).to_be_visible()


def prepared_words(page: Page) -> str:
    return page.locator("#prepared").inner_text()


def consents_of(stack: Stack, customer: Customer) -> list[tuple[str, str, str]]:
    """Topic, act and source of the customer's entries about marketing, the oldest first."""
    found = stack.manage(
        "shell",
        "-c",
        "from consent.models import ConsentRecord\n"
        f"rows = ConsentRecord.objects.filter(contact__identities__value='{customer.phone}',"
        " purpose='marketing').order_by('pk')\n"
        "for row in rows: print('row', row.topic, row.act, row.source)",
    )
    rows = [line.split() for line in found.splitlines() if line.startswith("row ")]
    return [(topic, act, source) for _row, topic, act, source in rows]


def test_the_words_sent_from_a_phone_sign_up(stack: Stack, page_factory: PageFactory) -> None:
    page = page_factory(locale="en-US")
    customer = Customer(stack, "Ole")
    choose(page, stack, "re7", "baustellen")
    words = prepared_words(page)
    link = str(page.get_by_role("link", name="Open WhatsApp").get_attribute("href"))
    assert unquote(link) == f"https://wa.me/4943139200100?text={words}"
    assert consents_of(stack, customer) == []

    customer.writes(words)

    expect(page.get_by_role("heading", name="You are signed up")).to_be_visible()
    expect(page.locator(".signed-up li")).to_have_count(2)
    assert consents_of(stack, customer) == [
        ("re7", "requested", "form"),
        ("re7", "confirmed", "message"),
        ("baustellen", "requested", "form"),
        ("baustellen", "confirmed", "message"),
    ]


def test_a_code_signs_up_one_phone(stack: Stack, page_factory: PageFactory) -> None:
    page = page_factory(locale="en-US")
    first, second = Customer(stack, "Ole"), Customer(stack, "Swantje")
    choose(page, stack, "re7")
    words = prepared_words(page)
    first.writes(words)
    expect(page.get_by_role("heading", name="You are signed up")).to_be_visible()
    second.writes(words)
    second.writes("START RB12")
    expected = [("rb12", "granted", "message")]
    for _ in range(60):
        if consents_of(stack, second):
            break
        page.wait_for_timeout(250)
    assert consents_of(stack, second) == expected


def test_a_reload_shows_the_same_code(stack: Stack, page_factory: PageFactory) -> None:
    page = page_factory(locale="en-US")
    choose(page, stack, "re7")
    words = prepared_words(page)
    page.reload()
    assert prepared_words(page) == words


def test_it_works_without_javascript(stack: Stack, page_factory: PageFactory) -> None:
    page = page_factory(locale="en-US", java_script_enabled=False)
    customer = Customer(stack, "Nele")
    choose(page, stack, "rb12")
    expect(page.locator("[data-copy]")).to_be_hidden()
    words = page.locator("#prepared").text_content()
    customer.writes(str(words))
    heading = page.get_by_role("heading", name="You are signed up")
    for _ in range(60):
        page.get_by_role("link", name="Reload the page").click()
        page.wait_for_load_state()
        if heading.count():
            break
        page.wait_for_timeout(250)
    expect(heading).to_be_visible()


def test_the_words_can_be_copied(stack: Stack, page_factory: PageFactory) -> None:
    page = page_factory(locale="en-US", permissions=["clipboard-read", "clipboard-write"])
    choose(page, stack, "re7")
    page.get_by_role("button", name="Copy the words").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == prepared_words(page)


def test_an_expired_code_leads_back_with_the_choice(
    stack: Stack, page_factory: PageFactory
) -> None:
    page = page_factory(locale="en-US")
    choose(page, stack, "baustellen")
    expire(stack)
    expect(page.get_by_role("heading", name="no longer valid")).to_be_visible()
    page.get_by_role("link", name="Start again").click()
    expect(page.locator("[name=topic]:checked")).to_have_value("baustellen")


def expire(stack: Stack) -> None:
    """All codes that are out run out."""
    stack.manage(
        "shell",
        "-c",
        "from django.utils import timezone\nfrom consent.models import SignUp\n"
        "SignUp.objects.filter(used_at=None).update(expires_at=timezone.now())",
    )


def test_keys_are_enough(stack: Stack, page_factory: PageFactory) -> None:
    page = page_factory(locale="en-US")
    page.goto(f"{stack.url}{PATH}")
    page.locator("[name=topic]").first.focus()
    page.keyboard.press("Space")
    page.wait_for_timeout(1600)
    page.keyboard.press("Enter")
    expect(page.locator("#prepared")).to_be_visible()


@SCREENS
@THEMES
def test_axe_finds_nothing(
    stack: Stack, page_factory: PageFactory, viewport: Any, theme: Any
) -> None:
    page = page_factory(viewport=viewport, color_scheme=theme)
    page.goto(f"{stack.url}{PATH}?topic=re7")
    found = problems(page)
    page.locator("[name=topic]").first.uncheck()
    page.wait_for_timeout(1600)
    page.locator("button[type=submit]").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found += problems(page)
    choose(page, stack, "re7", "angebote")
    found += problems(page)
    waiting = page.url
    Customer(stack, "Inga").writes(prepared_words(page))
    expect(page.locator(".seal-on")).to_be_visible()
    assert page.url == waiting
    found += problems(page)
    choose(page, stack, "re7")
    expire(stack)
    expect(page.locator(".seal-wait")).to_be_visible()
    assert found + problems(page) == []


def test_nothing_is_wider_than_a_phone(stack: Stack, page_factory: PageFactory) -> None:
    page = page_factory(viewport=PHONE)
    page.goto(f"{stack.url}{PATH}")
    fits = "document.documentElement.scrollWidth <= innerWidth"
    assert page.evaluate(fits)
    choose(page, stack, "re7", "rb12", "baustellen", "angebote")
    assert page.evaluate(fits)
    expect(page.locator(".qr")).to_be_hidden()  # nobody scans their own screen


# -- on somebody else's page -----------------------------------------------------------------------


@pytest.fixture
def their_site(stack: Stack) -> Iterator[str]:
    """Another origin, with a policy of its own."""
    body = THEIR_PAGE.format(url=f"{stack.url}{PATH}").encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", THEIR_POLICY.format(stack=stack.url))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    server.server_close()


@THEMES
def test_a_form_on_another_site_leads_to_ours(
    stack: Stack, page_factory: PageFactory, their_site: str, theme: Any
) -> None:
    page = page_factory(locale="en-US", color_scheme=theme)
    page.goto(their_site)
    ours, german = page.locator(".optin").all()
    expect(german).to_have_attribute("lang", "de")
    expect(german).to_contain_text("Küstenexpress")
    assert page.evaluate(
        "getComputedStyle(document.querySelector('.optin-go')).backgroundColor"
    ) == ("rgb(11, 107, 117)")
    assert problems(page) == []

    ours.get_by_role("checkbox", name="RE 7").check()
    ours.get_by_role("checkbox", name="Offers").check()
    ours.locator(".optin-go").click()

    expect(page).to_have_url(re.compile(re.escape(f"{stack.url}{PATH}")))
    expect(page.locator("[name=topic]:checked")).to_have_count(2)
    expect(page.locator("html")).to_have_attribute("lang", "en")
