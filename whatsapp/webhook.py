"""The door Meta knocks at: a small ASGI callable in front of Django.

It checks the signature over the raw bytes, commits the raw body to PostgreSQL and answers 200;
nothing else, so it is fast and depends on nothing but the database. Everything a body may hold is
the ingest's business (`whatsapp/ingest.py`).
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings

from whatsapp import tolerant_json
from whatsapp.misfits import Misfits
from whatsapp.nudge import DRAIN_BULK_TASK, Nudger
from whatsapp.payload import list_of
from whatsapp.store import EventStore, StoreUnavailable

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

# Meta follows no redirect, so the address works with and without its last slash.
PATHS = ("/webhooks/whatsapp/", "/webhooks/whatsapp")
MAX_BODY = 3 * 1024 * 1024
PREFIX = b"sha256="
BULK_FIELDS = ("history", "smb_app_state_sync")


class _Refused(Exception):
    """The request ends here with this status."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class _Gone(Exception):
    """The caller hung up before the body was complete."""


class WebhookDoor:
    """Answers the webhook path itself and hands everything else to `app`."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self.store = EventStore()
        self.nudger = Nudger()
        self.bulk_nudger = Nudger(DRAIN_BULK_TASK)
        self.misfits = Misfits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in PATHS:
            await self.app(scope, receive, send)
            return
        try:
            status, words = await self._answer(scope, receive)
        except _Refused as refused:
            status, words = refused.status, str(refused)
        except _Gone:
            return
        await _respond(send, status, words)

    async def close(self) -> None:
        """Close this event loop's connections."""
        await self.store.close()

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, str]:
        match scope["method"]:
            case "GET" | "HEAD":
                return _handshake(scope)
            case "POST":
                return await self._take(scope, receive)
            case _:
                return 405, "method not allowed"

    async def _take(self, scope: Scope, receive: Receive) -> tuple[int, str]:
        body = await _read(scope, receive)
        if not is_signed(body, _headers(scope, b"x-hub-signature-256")):
            self.misfits.count()
            return 401, "wrong or missing signature"
        is_bulk = False
        try:
            is_bulk = _is_bulk(tolerant_json.loads(body))
        except tolerant_json.NotJson:
            return 400, "not JSON"
        except tolerant_json.TooDeep:
            pass  # signed by Meta, so kept; the ingest says what is wrong with it
        try:
            await self.store.insert(body, is_bulk=is_bulk)
        except StoreUnavailable as error:
            log.warning("webhook.not_stored cause=%s", type(error.__cause__).__name__)
            return 503, "try again later"
        (self.bulk_nudger if is_bulk else self.nudger).nudge()
        return 200, "ok"


def is_signed(body: bytes, signatures: list[bytes]) -> bool:
    """Whether exactly one signature came, and it is ours over these very bytes."""
    if len(signatures) != 1:
        return False
    digest = hmac.new(settings.WHATSAPP_APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(signatures[0].strip(), PREFIX + digest.encode())


def _is_bulk(body: object) -> bool:
    """Whether it holds nothing but a phone's past: months of messages, or its address book."""
    changes = [
        change.get("field") if isinstance(change, dict) else None
        for entry in list_of(body.get("entry") if isinstance(body, dict) else None)
        for change in list_of(entry.get("changes") if isinstance(entry, dict) else None)
    ]
    return bool(changes) and all(field in BULK_FIELDS for field in changes)


def _handshake(scope: Scope) -> tuple[int, str]:
    """Meta asks whether this address is ours; the challenge is text, never parsed."""
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    mode, token, challenge = (
        query.get(name, [""])[0] for name in ("hub.mode", "hub.verify_token", "hub.challenge")
    )
    expected = settings.WHATSAPP_VERIFY_TOKEN.encode()
    if mode == "subscribe" and hmac.compare_digest(token.encode(), expected):
        return 200, challenge
    return 403, "wrong verify token"


async def _read(scope: Scope, receive: Receive) -> bytes:
    """The whole body; raises `_Refused` (413) as soon as it is known to be too large."""
    for length in _headers(scope, b"content-length"):
        if length.isdigit() and int(length[:20]) > MAX_BODY:
            raise _Refused(413, "larger than 3 MiB")
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY:
            raise _Refused(413, "larger than 3 MiB")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _headers(scope: Scope, name: bytes) -> list[bytes]:
    return [value for key, value in scope["headers"] if key.lower() == name]


async def _respond(send: Send, status: int, words: str) -> None:
    body = words.encode("utf-8", "replace")
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
    ]
    if status == 405:
        headers.append((b"allow", b"GET, POST"))
    if status == 413:
        # The rest of the body is not read, so this connection cannot be used again.
        headers.append((b"connection", b"close"))
    if status == 503:
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
