"""The language of a public page: nobody is signed in there whose language we know."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

OURS = tuple(code for code, _name in settings.LANGUAGES)


def language_for(request: HttpRequest, offered: Sequence[str], preferred: str = "") -> str:
    """`?lang=`, else `preferred`, else the browser's; one that is offered."""
    for wanted in (request.GET.get("lang", ""), preferred, get_language() or ""):
        if wanted in offered:
            return wanted
    return settings.LANGUAGE_CODE if settings.LANGUAGE_CODE in offered else offered[0]


def links_to_languages(request: HttpRequest, offered: Sequence[str]) -> list[tuple[str, str]]:
    """Links to this page in each language, with the rest of its query."""
    query = request.GET.copy()
    links = []
    for language in offered:
        query["lang"] = language
        links.append((language, f"?{query.urlencode()}"))
    return links


def in_its_language(response: HttpResponse) -> HttpResponse:
    """Say so, before the middleware says the browser's."""
    response["Content-Language"] = get_language() or settings.LANGUAGE_CODE
    return response
