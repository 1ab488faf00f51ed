"""One per web process: hears the group for all open inboxes, keeps the order, fills the gaps.

The Channels layer may drop a message and Redis may be away, but events are numbered without gaps
and kept in the database. The hub hands them on strictly in order; what does not arrive by itself
it fetches, at the latest at its next beat. So a consumer, and the browser behind it, need no
bookkeeping but the number of the last event they were told.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.db import Error as DatabaseError
from redis.exceptions import RedisError

from conversations.dispatch import last_sequence
from inbox import live
from inbox.frames import Envelope, Telling, encode, envelopes_of, events_between
from inbox.member import CLOSE_NOT_LOGGED_IN, Member, who_may_stay
from inbox.watching import Watching

logger = logging.getLogger(__name__)

BEAT_S = 5.0
LOOK_AGAIN_S = 60.0
# A request that logs out tells us before it deletes its session.
SETTLE_S = 0.5
# Beyond this many missed events the page is loaded afresh: cheaper for both ends.
REPLAY_LIMIT = 200
HISTORY = 500

_decode = msgspec.msgpack.Decoder(list[Envelope]).decode
_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


class Hub:
    """Runs while somebody is connected. `last` is the number up to which everyone was told."""

    def __init__(self) -> None:
        self.members: set[Member] = set()
        self.last = 0
        self._joining = 0
        self._channel = ""
        self._subscribed = False
        self._accounts_changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._starting = asyncio.Lock()
        self._telling = asyncio.Lock()
        self._history: OrderedDict[int, Envelope] = OrderedDict()
        self.watching = Watching(self.members)

    # -- Coming and going ---------------------------------------------------------------------

    async def join(self, member: Member, since: int | None) -> None:
        """Tell `member` what came after event `since` (None: nothing), then all that comes."""
        self._joining += 1
        try:
            async with self._starting:
                if not self._tasks:
                    await self._start(member.language)
            await self._listen({member.language})
            told = self.last if since is None else since
            if await self._is_out_of_reach(told):
                member.tell(encode({"type": "reload"}))
                told = self.last
            while self.last - told > 20:  # the bulk, without keeping others waiting
                upto = self.last
                await self._replay(member, told, upto)
                told = upto
            async with self._telling:
                await self._replay(member, told, self.last)
                member.tell(encode({"type": "hello", "sequence": self.last}))
                self.members.add(member)
            await self.watching.beat_of(member)
        finally:
            self._joining -= 1

    async def leave(self, member: Member) -> None:
        self.members.discard(member)
        await self._nudge(await self.watching.forget(member))
        async with self._starting:
            if not self.members and not self._joining:
                await self._stop()

    async def look(self, member: Member, conversation: UUID | None) -> None:
        """A page shows another conversation, which its agent may see, or none."""
        await self._nudge(await self.watching.look(member, conversation))

    async def type(self, member: Member, mode: str) -> None:
        """Somebody types in the conversation their page shows."""
        conversation = member.looking
        if conversation is not None:
            await self.watching.type(member, mode)
            await self._nudge({conversation})

    async def _nudge(self, conversations: set[UUID]) -> None:
        """Have all hubs look who is there now; without Redis at least this one."""
        names = [str(one) for one in conversations]
        if not names:
            return
        message = {"type": "inbox.watched", "conversations": names}
        try:
            await get_channel_layer().group_send(live.GROUP, message)
        except (RedisError, OSError):
            self.watching.hear(names)

    async def _is_out_of_reach(self, told: int) -> bool:
        """Whether what came after `told` is too much to replay, or not known (any more)."""
        if told > self.last:
            # A page drawn a moment ago may know of events that are still on their way to us; a
            # number from the future comes from before the database was replaced.
            head: int = await database_sync_to_async(last_sequence)()
            return told > head
        return self.last - told > REPLAY_LIMIT

    async def _replay(self, member: Member, after: int, upto: int) -> None:
        if after < upto:
            for envelope in await self._between(after, upto, {member.language}):
                member.tell_of(Telling(envelope))

    # -- The life of the hub ------------------------------------------------------------------

    async def _start(self, language: str) -> None:
        await self._subscribe()
        await self._listen({language})
        # Read after both: what is told before this number stands in the database, what comes
        # after it comes to us.
        self.last = await database_sync_to_async(last_sequence)()
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(self._steadily(work))
            for work in (self._hear, self._beat, self._guard, self.watching.tell_changes)
        ]

    async def _steadily(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do `work`, which has no end: what nobody foresaw costs one turn of it, not all."""
        while True:
            try:
                await work()
            except Exception as error:  # noqa: BLE001 (told, and gone on with)
                name = work.__name__.strip("_")
                logger.error("live.stumbled at=%s error=%s", name, type(error).__name__)
                await asyncio.sleep(SETTLE_S)

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self._history.clear()
        await self.watching.close()
        if self._subscribed:
            self._subscribed = False
            with contextlib.suppress(RedisError, OSError):
                await get_channel_layer().group_discard(live.GROUP, self._channel)

    async def _subscribe(self) -> None:
        """Join the group; without Redis the beat alone keeps everyone up to date."""
        if self._subscribed:
            return
        layer = get_channel_layer()
        try:
            self._channel = await layer.new_channel()
            await layer.group_add(live.GROUP, self._channel)
            self._subscribed = True
        except (RedisError, OSError) as error:
            logger.warning("live.subscribe_failed reason=%s", type(error).__name__)

    async def _listen(self, more: set[str]) -> None:
        """Let the worker know which languages to draw."""
        languages = sorted({member.language for member in self.members} | more)
        with contextlib.suppress(RedisError, OSError):
            await database_sync_to_async(live.listen)(languages)

    # -- Hearing ------------------------------------------------------------------------------

    async def _hear(self) -> None:
        while True:
            if not self._subscribed:
                await asyncio.sleep(BEAT_S / 5)
                continue
            message = await get_channel_layer().receive(self._channel)
            try:
                await self._take(message)
            except (DatabaseError, msgspec.MsgspecError) as error:
                # The beat fetches what this could not take.
                logger.warning("live.catch_up_failed reason=%s", type(error).__name__)

    async def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "inbox.agents_changed":
            self._accounts_changed.set()
            return
        if message["type"] == "inbox.watched":
            self.watching.hear(message["conversations"])
            return
        if message["type"] == "inbox.personal":
            self._tell_persons(message["frames"])
            return
        if message["type"] == "inbox.erased":
            async with self._telling:
                self._forget()
            return
        async with self._telling:
            for envelope in _decode(message["envelopes"]):
                if envelope.sequence > self.last + 1:
                    await self._catch_up(envelope.sequence - 1)
                if envelope.sequence == self.last + 1:
                    await self._tell_everyone(envelope)

    async def _beat(self) -> None:
        """Every few seconds: is anything missing? And a sign of life for the browsers."""
        while True:
            await asyncio.sleep(BEAT_S)
            try:
                await self._subscribe()
                await self._listen(set())
                await self._fetch_what_did_not_come()
            except DatabaseError as error:
                logger.warning("live.beat_failed reason=%s", type(error).__name__)
                continue
            beat = encode({"type": "heartbeat", "sequence": self.last})
            for member in self.members:
                member.tell(beat)
            await self.watching.beat()

    async def _fetch_what_did_not_come(self) -> None:
        head = await database_sync_to_async(last_sequence)()
        if head <= self.last:
            return
        await asyncio.sleep(SETTLE_S)  # it may be on its way
        async with self._telling:
            if head > self.last:
                logger.info("live.gap after=%s upto=%s", self.last, head)
                await self._catch_up(head)

    # -- Telling (all under `_telling`) -------------------------------------------------------

    async def _catch_up(self, upto: int) -> None:
        if upto - self.last > REPLAY_LIMIT:
            self.last = upto
            for member in self.members:
                member.tell(encode({"type": "reload"}))
            return
        languages = {member.language for member in self.members}
        for envelope in await self._between(self.last, upto, languages):
            self._hand_out(envelope)
        self.last = upto

    def _tell_persons(self, frames: dict[str, str]) -> None:
        """What is for single agents, on all pages they have open; not numbered, not kept."""
        for member in self.members:
            frame = frames.get(str(member.standing.scope.agent_id))
            if frame is not None:
                member.tell(frame)

    def _forget(self) -> None:
        """Somebody was erased: nothing drawn of them stays here, nor on an open page."""
        self._history.clear()
        for member in self.members:
            member.tell(encode({"type": "reload"}))

    async def _tell_everyone(self, envelope: Envelope) -> None:
        languages = {member.language for member in self.members}
        if not languages <= envelope.html.keys():  # the worker did not know of a language yet
            await self._catch_up(envelope.sequence)
            return
        self._remember(envelope)
        self._hand_out(envelope)
        self.last = envelope.sequence

    def _hand_out(self, envelope: Envelope) -> None:
        telling = Telling(envelope)
        for member in self.members:
            member.tell_of(telling)

    async def _between(self, after: int, upto: int, languages: set[str]) -> list[Envelope]:
        """The envelopes numbered `after` (exclusive) to `upto`, from memory or drawn now."""
        known = [self._history.get(number) for number in range(after + 1, upto + 1)]
        remembered = [one for one in known if one is not None and languages <= one.html.keys()]
        if len(remembered) == len(known):
            return remembered
        drawn: list[Envelope] = await database_sync_to_async(_draw)(after, upto, languages)
        for envelope in drawn:
            self._remember(envelope)
        return drawn

    def _remember(self, envelope: Envelope) -> None:
        self._history[envelope.sequence] = envelope
        while len(self._history) > HISTORY:
            self._history.popitem(last=False)

    # -- Who may stay -------------------------------------------------------------------------

    async def _guard(self) -> None:
        """Once a minute, and when an account changed: sessions ended, agents deactivated, roles
        and teams changed."""
        while True:
            try:
                await asyncio.wait_for(self._accounts_changed.wait(), LOOK_AGAIN_S)
                await asyncio.sleep(SETTLE_S)
            except TimeoutError:
                pass
            self._accounts_changed.clear()
            try:
                await self._look_again()
            except DatabaseError as error:
                logger.warning("live.look_again_failed reason=%s", type(error).__name__)

    async def _look_again(self) -> None:
        members = list(self.members)
        staying = await database_sync_to_async(who_may_stay)(members)
        for member in members:
            standing = staying.get(member)
            if standing is None:
                member.close(CLOSE_NOT_LOGGED_IN)
            elif standing != member.standing:
                member.standing = standing
                member.looking = None  # it says again what it shows, and is asked whether it may
                member.tell(encode({"type": "reload"}))


def _draw(after: int, upto: int, languages: set[str]) -> list[Envelope]:
    return envelopes_of(events_between(after, upto), languages)
