"""Links that open a chat, as a phone opens them: wa.me's, and the helpdesk's own short ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

import httpx
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from simulator.core import Simulator, simulator_of
from simulator.i18n import choose_language
from simulator.store import Store

LONGEST_TEXT = 4096
# What scans the code is a browser of a phone, and says so.
PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/130.0 Mobile"
_HOSTS = {"wa.me", "www.wa.me", "api.whatsapp.com", "web.whatsapp.com", "send"}
_SHORT = re.compile(r"https?://[^/?#]+(/c/[^/?#]+/?)(?:[?#].*)?")


@dataclass(frozen=True)
class Chat:
    """The chat a link opens: which of the business numbers, and the words that stand ready."""

    number_id: str
    text: str


def chat_of(store: Store, link: str) -> Chat | None:
    """The chat of a wa.me link; None for other links, and for numbers nobody has here."""
    try:
        parts = urlsplit(link.strip())
        query = parse_qs(parts.query)
    except ValueError:
        return None
    if parts.hostname not in _HOSTS:
        return None
    digits = re.sub(r"\D", "", query.get("phone", [parts.path])[0])
    number = next(
        (
            each
            for each in store.numbers.values()
            if digits and re.sub(r"\D", "", each.display_phone_number) == digits
        ),
        None,
    )
    return Chat(number.id, query.get("text", [""])[0][:LONGEST_TEXT]) if number else None


async def open_link(request: Request) -> Response:
    """`GET /open?link=…&customer=…`: the chat on that customer's phone, with its words."""
    simulator, link = simulator_of(request), request.query_params.get("link", "")
    path = _SHORT.fullmatch(link.strip())
    if path is not None:
        language = choose_language(
            None, request.cookies.get("simulator_lang"), request.headers.get("accept-language", "")
        )
        link = await _followed(simulator, path[1], language)
    return _to(chat_of(simulator.store, link), request.query_params.get("customer"))


async def open_wa_me(request: Request) -> Response:
    """`GET /wa.me/NUMBER?text=…`: the same as a page of its own."""
    simulator, phone = simulator_of(request), request.path_params["phone"]
    link = f"https://wa.me/{quote(phone)}?{request.url.query}"
    return _to(chat_of(simulator.store, link), request.query_params.get("customer"))


async def _followed(simulator: Simulator, path: str, language: str) -> str:
    """Where the helpdesk leads from a short address; "" when it leads nowhere. Whatever host the
    address names, the helpdesk is asked."""
    home = urlsplit(simulator.config.webhook_url)
    headers = {"User-Agent": PHONE, "Accept-Language": language}
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            address = f"{home.scheme}://{home.netloc}{quote(unquote(path))}"
            answer = await client.get(address, headers=headers)
            if answer.status_code == 301:  # the slash at its end
                answer = await client.get(f"{address}/", headers=headers)
    except httpx.HTTPError:
        return ""
    return answer.headers.get("Location", "") if answer.status_code == 302 else ""


def _to(chat: Chat | None, customer: str | None) -> Response:
    """The phone's page."""
    query = {"customer": customer} if customer else {}
    query |= {"number": chat.number_id, "text": chat.text} if chat else {"opened": "no"}
    return RedirectResponse(f"/?{urlencode(query)}", status_code=303)


def routes() -> list[BaseRoute]:
    """Both doors."""
    return [
        Route("/open", open_link, methods=["GET"]),
        Route("/wa.me/{phone}", open_wa_me, methods=["GET"]),
    ]
