"""Carries HTTP requests to the helpdesk: a lean client with kept connections.

A webhook for every status of every message is most of what the simulator does, so this is where
its time goes. A general client spends several times as much on each request.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

TIMEOUT_S = 10.0
MOST_IDLE = 32


class CourierError(Exception):
    """There was no answer; the text is one word that says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a body."""

    status: int
    body: bytes


class Courier(Protocol):
    """Whatever brings a request to the helpdesk and its answer back."""

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """The answer; `CourierError` when there is none."""

    async def close(self) -> None:
        """Let go of all connections."""


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class HttpCourier:
    """HTTP/1.1 over kept connections to whichever hosts are asked for."""

    def __init__(self) -> None:
        self._idle: dict[tuple[str, int, bool], list[Connection]] = {}

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """See `Courier`."""
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        place = (parts.hostname or "", parts.port or (443 if secure else 80), secure)
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        lines = [f"{method} {path} HTTP/1.1", f"Host: {parts.netloc}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += [f"Content-Length: {len(body)}", "Connection: keep-alive", "\r\n"]
        raw = "\r\n".join(lines).encode() + body
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await self._exchange(place, raw)
        except TimeoutError:
            raise CourierError("Timeout") from None
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise CourierError(type(error).__name__) from error
        except (ValueError, IndexError):
            raise CourierError("MalformedAnswer") from None

    async def _exchange(self, place: tuple[str, int, bool], raw: bytes) -> Answer:
        idle = self._idle.setdefault(place, [])
        while idle:
            kept = idle.pop()
            if kept[0].at_eof() or kept[1].is_closing():
                kept[1].close()
                continue
            try:
                return await self._ask(place, kept, raw)
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                if isinstance(error, asyncio.IncompleteReadError) and error.partial:
                    raise
                # The server had closed it while it was idle: nothing was lost, ask on a new one.
        host, port, secure = place
        context = ssl.create_default_context() if secure else None
        return await self._ask(place, await asyncio.open_connection(host, port, ssl=context), raw)

    async def _ask(
        self, place: tuple[str, int, bool], connection: Connection, raw: bytes
    ) -> Answer:
        reader, writer = connection
        try:
            writer.write(raw)
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            status = int(lines[0].split(" ", 2)[1])
            fields = {
                name.strip().lower(): value.strip().lower()
                for name, _, value in (line.partition(":") for line in lines[1:] if line)
            }
            body, ended = await _read_body(reader, status, fields)
        except BaseException:
            writer.transport.abort()  # also when given up: its answer must not meet the next
            raise
        idle = self._idle.setdefault(place, [])
        if ended or fields.get("connection") == "close" or len(idle) >= MOST_IDLE:
            writer.close()
        else:
            idle.append(connection)
        return Answer(status, body)

    async def close(self) -> None:
        """See `Courier`."""
        for connections in self._idle.values():
            for _, writer in connections:
                writer.close()
        self._idle.clear()


async def _read_body(
    reader: asyncio.StreamReader, status: int, fields: Mapping[str, str]
) -> tuple[bytes, bool]:
    """The body, and whether the connection ended with it."""
    if status in {204, 304}:
        return b"", False
    if fields.get("transfer-encoding") == "chunked":
        parts = []
        while True:
            size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
            parts.append((await reader.readexactly(size + 2))[:-2])
            if not size:
                return b"".join(parts), False
    if "content-length" in fields:
        return await reader.readexactly(int(fields["content-length"])), False
    return await reader.read(), True
