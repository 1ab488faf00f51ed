"""`/ws/inbox/`: the live updates of one browser, and what it says of its agent: what is on screen,
what is typed. Who it is, since when; the hub does the rest."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from time import time
from urllib.parse import parse_qs
from uuid import UUID

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error as DatabaseError

from accounts.models import Agent
from inbox.hub import hub
from inbox.looking import came_into_view, say_availability
from inbox.member import CLOSE_NOT_LOGGED_IN, CLOSE_WRONG_ORIGIN, Close, Member, member_for
from inbox.origin import origin_is_allowed
from inbox.said import Looking, Status, Throttle, Typing, understand

logger = logging.getLogger(__name__)


class InboxConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Says what happened, as JSON, and hears `inbox.said`'s few words. Closes with 4401
    without a login (also when it ends meanwhile) and with 4403 for a page of another origin."""

    # The hub holds the one subscription of this process; a channel for each browser would cost
    # Redis a subscription, and live updates their independence of Redis.
    channel_layer_alias = "no layer of its own"

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.throttle = Throttle()

    member: Member | None = None
    sender: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        if not origin_is_allowed(self.scope):
            await self._refuse(CLOSE_WRONG_ORIGIN)
            return
        agent = self.scope.get("user")
        if not isinstance(agent, Agent) or not agent.is_active:
            await self._refuse(CLOSE_NOT_LOGGED_IN)
            return
        session_key = self.scope["session"].session_key
        self.member = await database_sync_to_async(member_for)(agent, session_key)
        await self.accept()
        self.sender = asyncio.get_running_loop().create_task(self._send_all(self.member))
        await hub().join(self.member, self._since())

    async def disconnect(self, _code: int) -> None:
        if self.sender is not None:
            self.sender.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.sender
        if self.member is not None:
            await hub().leave(self.member)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        member = self.member
        if member is None or not self.throttle.allows():
            return
        said = understand(text_data)
        if said is None:
            return
        member.active_at = time()
        if isinstance(said, Looking):
            await self._look(member, said.conversation)
        elif isinstance(said, Typing):
            if member.standing.may_write and member.looking == said.conversation:
                await hub().type(member, said.mode)
        elif isinstance(said, Status):
            agent = member.standing.scope.agent_id
            await database_sync_to_async(say_availability)(agent, said.status)

    async def _look(self, member: Member, conversation: UUID | None) -> None:
        """Asked of the database once for each change; what may not be seen is not looked at."""
        if conversation is not None:
            try:
                if not await database_sync_to_async(came_into_view)(member, conversation):
                    conversation = None
            except DatabaseError as error:
                logger.warning("live.look_failed reason=%s", type(error).__name__)
                conversation = None
        await hub().look(member, conversation)

    async def _refuse(self, code: int) -> None:
        """Accept first: a handshake that is turned down shows a browser no closing code."""
        await self.accept()
        await self.close(code)

    async def _send_all(self, member: Member) -> None:
        while True:
            frame = await member.queue.get()
            if isinstance(frame, Close):
                await self.close(frame.code)
                return
            await self.send(text_data=frame)

    def _since(self) -> int | None:
        """The number in `?since=`, or None when there is none that makes sense."""
        query = parse_qs(self.scope.get("query_string", b"").decode("latin1"))
        value = query.get("since", [""])[-1]
        return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None
