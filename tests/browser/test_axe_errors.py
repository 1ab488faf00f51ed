"""axe-core finds nothing on the pages that say what went wrong.

The stack runs with DEBUG on, where Django shows its own pages instead. So Django's handlers make
the page here, as in production, and the browser gets it at an address of the stack, whose style
sheets and scripts it then loads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import translation
from django.views import defaults
from django.views.csrf import csrf_failure
from playwright.sync_api import Page, Route, expect

from helpdesk.middleware import ContentSecurityPolicyMiddleware
from tests.browser.axe import SCREENS, THEMES, problems
from tests.browser.conftest import PageFactory
from tests.stack import Stack

HANDLERS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "400": lambda request: defaults.bad_request(request, BadRequest()),
    "403": lambda request: defaults.permission_denied(request, PermissionDenied()),
    "403-csrf": csrf_failure,
    "404": lambda request: defaults.page_not_found(request, Http404()),
    "500": defaults.server_error,
}


def show(page: Page, address: str, name: str) -> None:
    """Open `address` and find there what the handler `name` of a German request answers."""
    request = RequestFactory().get(f"/{name}")
    with translation.override("de"):
        response = ContentSecurityPolicyMiddleware(HANDLERS[name])(request)

    def answer(route: Route) -> None:
        route.fulfill(
            status=response.status_code, headers=dict(response.items()), body=response.content
        )

    page.route(address, answer)
    page.goto(address)


@SCREENS
@THEMES
def test_the_error_pages(
    stack: Stack, page_factory: PageFactory, viewport: Any, theme: Any
) -> None:
    page = page_factory(viewport=viewport, color_scheme=theme)
    found = []
    for name in HANDLERS:
        show(page, f"{stack.url}/broken/{name}", name)
        expect(page.locator("main.error-page h1")).to_be_visible()
        found += problems(page)
    assert found == []


@pytest.mark.parametrize("name", HANDLERS)
def test_an_error_page_shows_the_way_back(
    stack: Stack, page_factory: PageFactory, name: str
) -> None:
    page = page_factory()
    show(page, f"{stack.url}/broken/{name}", name)

    page.locator("main.error-page .btn-primary").click()

    expect(page.locator("[name=username]")).to_be_visible()  # nobody is signed in here
