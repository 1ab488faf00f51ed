"""Knocking at the webhook door without a server: one ASGI request, one answer."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from whatsapp.webhook import WebhookDoor

PATH = "/webhooks/whatsapp/"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[bytes, bytes]
    body: bytes


def sign(body: bytes, secret: str | None = None) -> bytes:
    key = (settings.WHATSAPP_APP_SECRET if secret is None else secret).encode()
    return b"sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest().encode()


def as_body(value: object) -> bytes:
    return json.dumps(value).encode()


async def django_stands_here(
    scope: MutableMapping[str, Any],
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
) -> None:
    """What the door hands on to in these tests."""
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": scope["type"].encode()})


async def knock(
    door: WebhookDoor,
    body: bytes = b"",
    *,
    method: str = "POST",
    path: str = PATH,
    query: bytes = b"",
    headers: list[tuple[bytes, bytes]] | None = None,
    chunks: int = 1,
) -> Answer:
    """One request; signed unless `headers` are given. The body comes in `chunks` pieces."""
    if headers is None:
        headers = [(b"x-hub-signature-256", sign(body))]
    size = max(1, -(-len(body) // chunks))
    pieces = [body[at : at + size] for at in range(0, len(body), size)] or [b""]
    incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    for number, piece in enumerate(pieces, start=1):
        incoming.put_nowait(
            {"type": "http.request", "body": piece, "more_body": number < len(pieces)}
        )
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "headers": headers,
    }
    await door(scope, incoming.get, send)
    return Answer(
        status=sent[0]["status"],
        headers=dict(sent[0]["headers"]),
        body=b"".join(message.get("body", b"") for message in sent[1:]),
    )
