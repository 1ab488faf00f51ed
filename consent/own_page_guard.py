"""The door of the own page: a living link, not too often, and nothing of it kept or passed on."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.throttle import PERIOD_S, address_of, key_of, too_many
from consent.models import OwnPageLink
from consent.own_page import find_link
from consent.own_page_acts import LinkIsDead
from consent.own_page_words import house_words
from consent.page_language import OURS, in_its_language, language_for, links_to_languages

# In a quarter of an hour. Whole mobile networks share some addresses.
PER_ADDRESS = 600
ACTS_PER_LINK = 60

Page = Callable[..., HttpResponseBase]


def of_customer(*methods: str) -> Callable[[Page], Page]:
    """A page of the customer to whom the link in its address was sent, in their language.

    `page(request, link, …)` instead of `page(request, token, …)`; nobody signs in, and the next
    page asks for the link again.
    """

    def decorate(page: Page) -> Page:
        @wraps(page)
        @never_cache
        @require_http_methods([*methods, "HEAD"] if "GET" in methods else list(methods))
        def guarded(request: HttpRequest, token: str, **more: Any) -> HttpResponseBase:
            link = find_link(token)
            preferred = link.contact.language[:2] if link else ""
            with override(language_for(request, OURS, preferred)):
                return _discreet(_answer(page, request, link, more))

        return guarded

    return decorate


def _answer(
    page: Page, request: HttpRequest, link: OwnPageLink | None, more: dict[str, Any]
) -> HttpResponseBase:
    if _too_often(request, link):
        response = _refused(request, "too_many", 429)
        response["Retry-After"] = str(PERIOD_S)
        return response
    if link is None:
        return _refused(request, "unknown", 404)
    if not link.is_alive(timezone.now()):
        return _refused(request, "dead", 410)
    try:
        return page(request, link, **more)
    except LinkIsDead:
        return _refused(request, "dead", 410)


def _too_often(request: HttpRequest, link: OwnPageLink | None) -> bool:
    limits = {key_of("my", "address", address_of(request)): PER_ADDRESS}
    if link is not None and request.method == "POST":
        limits = {key_of("my", "link", str(link.pk)): ACTS_PER_LINK, **limits}
    return too_many(limits)


def _refused(request: HttpRequest, why: str, status: int) -> HttpResponse:
    context = {"why": why, "house": house_words(), "languages": links_to_languages(request, OURS)}
    return in_its_language(render(request, "my/refused.html", context, status=status))


def _discreet(response: HttpResponseBase) -> HttpResponseBase:
    """Not kept, not indexed, and told to no other site. Our own forms need to be told where they
    come from: with `no-referrer` browsers send `Origin: null`, which Django rightly refuses."""
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "same-origin"
    return response
