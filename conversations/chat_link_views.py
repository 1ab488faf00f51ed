"""The public address of a click-to-chat link: counts, and leads on to WhatsApp."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.throttle import PERIOD_S, address_of, key_of, too_many
from conversations.chat_address import chat_address, language_of, number_of, prepared_words
from conversations.link_code import normalised
from conversations.models import ChatLink
from conversations.services.chat_links import count_opening

# In a quarter of an hour. A train's Wi-Fi is one address, and so is an office's.
PER_ADDRESS = 600
# Of one link by one address; what is more leads on and is not counted.
COUNTED_PER_ADDRESS = 30
# Programs that look at a link somebody sent or found. "Cubot" makes phones.
_PROGRAM = re.compile(
    r"(?<!cu)bot\b|bot/|crawl|spider|slurp|preview|facebookexternalhit|facebookcatalog|^whatsapp/"
    r"|^meta-external|embedly|skypeuripreview|lighthouse|monitor|headless|^curl/|^wget/|python-"
    r"|^go-http|^java/|okhttp|^node|libwww|^$",
    re.IGNORECASE,
)


@never_cache
@require_safe
def follow(request: HttpRequest, code: str) -> HttpResponse:
    """302 to the chat, in the browser's language. The query is nobody's business: it is ignored."""
    here = address_of(request)
    if too_many({key_of("chat", "address", here): PER_ADDRESS}):
        response = render(request, "chat/too_many.html", status=429)
        response["Retry-After"] = str(PERIOD_S)
        return response
    reference = normalised(code)
    link = _link_of(reference) if reference else None
    if link is None or not link.is_active or not number_of(link).phone_number:
        return _closed(request, link)
    if _counts(request, link, here):
        count_opening(link)
    words = prepared_words(link, language_of(get_language()))
    response = HttpResponse(status=302, headers={"Location": chat_address(number_of(link), words)})
    patch_vary_headers(response, ["Accept-Language"])
    return response


def _link_of(reference: str) -> ChatLink | None:
    return ChatLink.objects.select_related("topic").filter(reference=reference).first()


def _closed(request: HttpRequest, link: ChatLink | None) -> HttpResponse:
    """Nothing here; where the number is known, the way to its chat."""
    number = number_of(link) if link else None
    chat = chat_address(number) if number and number.phone_number and number.is_active else ""
    return render(request, "chat/closed.html", {"chat": chat}, status=404)


def _counts(request: HttpRequest, link: ChatLink, here: str) -> bool:
    """Whether a person opened it, as far as one can tell without knowing who."""
    ahead = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    if request.method != "GET" or "prefetch" in ahead or "preview" in ahead:
        return False
    if _PROGRAM.search(request.headers.get("User-Agent", "")):
        return False
    return not too_many({key_of("chat", f"link:{link.pk}", here): COUNTED_PER_ADDRESS})
