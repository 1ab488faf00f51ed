"""An open inbox without a browser: a WebSocket with an agent's session cookie."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from asgiref.sync import sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from accounts.models import Agent
from conversations.dispatch import dispatch_events
from inbox.routing import websocket_urlpatterns

application = AuthMiddlewareStack(URLRouter(websocket_urlpatterns))
dispatch = sync_to_async(dispatch_events)


class OpenInbox:
    """One connection. `session` is what the browser's cookie holds."""

    def __init__(self, session: str = "", query: str = "", **headers: str) -> None:
        headers = {"host": "testserver", "cookie": f"sessionid={session}", **headers}
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        self.socket = WebsocketCommunicator(application, f"/ws/inbox/{query}", headers=pairs)

    async def __aenter__(self) -> OpenInbox:
        assert (await self.socket.connect(timeout=5))[0]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.disconnect(timeout=5)

    async def frame(self, kind: str = "event") -> dict[str, Any]:
        """The next frame of type `kind`; heartbeats in between are passed over."""
        for _ in range(50):
            frame: dict[str, Any] = json.loads(await self.socket.receive_from(timeout=5))
            if frame["type"] == kind:
                return frame
            assert frame["type"] in ("heartbeat", "hello"), frame
        raise AssertionError(f"no frame of type {kind}")

    async def frames_until(self, sequence: int) -> list[dict[str, Any]]:
        """All frames but heartbeats, up to a heartbeat or hello that says `sequence`."""
        frames = []
        while True:
            frame = json.loads(await self.socket.receive_from(timeout=5))
            if frame["type"] not in ("heartbeat", "hello"):
                frames.append(frame)
            elif frame["sequence"] >= sequence:
                return frames

    async def closing_code(self) -> int:
        async with asyncio.timeout(5):
            while True:
                output = await self.socket.receive_output(timeout=5)
                if output["type"] == "websocket.close":
                    return int(output["code"])


@sync_to_async
def session_of(agent: Agent) -> str:
    client = Client()
    client.force_login(agent)
    return client.cookies[settings.SESSION_COOKIE_NAME].value
