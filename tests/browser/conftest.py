"""Browsers for agents and customers.

Playwright's event loop lives as long as one module of tests: ordinary tests of the same worker
must find none running. Browser tests therefore do not touch Django's ORM; they see the helpdesk as
people do, by `stack`, its REST API and the simulator's controls.
"""

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from helpdesk.embedded import locations
from tests.browser import chromium
from tests.stack import Stack

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
# Nothing is asserted by how long it takes: on a busy machine the whole loop may take seconds.
TIMEOUT_MS = 20_000
expect.set_options(timeout=TIMEOUT_MS)
FAILED_DIR = locations.PROJECT_DIR / "screenshots" / "failed"
PageFactory = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    folder = os.path.dirname(__file__)
    for item in items:
        if str(item.path).startswith(folder):
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let fixtures know how the test went."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report  # type: ignore[return-value]


FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """An installed Chromium; skips loudly without one, and fails under CI=true."""
    path, why = chromium.find_or_install()
    if path is None:
        reason = f"BROWSER TESTS DO NOT RUN: there is no Chromium and none can be installed ({why})"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    """A running Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium_path, args=chromium.flags())
        yield started
        started.close()


@pytest.fixture
def page_factory(browser: Browser, request: pytest.FixtureRequest) -> Iterator[PageFactory]:
    """Makes pages, each in a context of its own (its own cookies): `page_factory(**options)`.

    Options are those of Playwright's `new_context`; German, light and desktop by default. The test
    fails when a page throws or breaks its Content Security Policy; after a failure every page's
    picture lies in `screenshots/failed/`.
    """
    pages: list[Page] = []
    problems: list[str] = []

    def make(**options: Any) -> Page:
        context = browser.new_context(
            **{"locale": "de-DE", "viewport": DESKTOP, "timezone_id": "Europe/Berlin", **options}
        )
        context.set_default_timeout(TIMEOUT_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda message: (
                problems.append(f"{page.url}: {message.text}")
                if "Content Security Policy" in message.text
                else None
            ),
        )
        pages.append(page)
        return page

    yield make
    if request.node.stash.get(FAILED, False):
        name = re.sub(r"\W+", "-", request.node.name)
        for number, page in enumerate(pages):
            page.screenshot(path=FAILED_DIR / f"{name}-{number}.png")
    for page in pages:
        page.context.close()
    assert problems == []


@pytest.fixture
def agent_page(stack: Stack, page_factory: PageFactory) -> PageFactory:
    """`agent_page(EMAIL_OR_ROLE, **context_options)`: the inbox of that logged-in demo agent."""

    def make(who: str = "admin", **options: Any) -> Page:
        login = next(login for login in stack.logins if who in (login.email, login.role))
        page = page_factory(**options)
        page.goto(f"{stack.url}/")
        page.locator("[name=username]").fill(login.email)
        page.locator("[name=password]").fill(login.password)
        page.locator("[name=password]").press("Enter")
        page.wait_for_url(lambda url: "login" not in url, wait_until="load")
        return page

    return make


@pytest.fixture
def phone_page(stack: Stack, page_factory: PageFactory) -> PageFactory:
    """`phone_page(CUSTOMER_ID, **context_options)`: the simulator's phone of that customer."""

    def make(customer: str | None = None, **options: Any) -> Page:
        page = page_factory(**options)
        query = f"?customer={customer}" if customer else ""
        page.goto(f"{stack.simulator_url}/{query}")
        return page

    return make
