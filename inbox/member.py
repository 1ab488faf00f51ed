"""An open inbox, as the hub sees it: whose it is, what they may see, and what waits to be sent.

Telling never blocks: each browser has its own queue and takes from it at its own pace, so a slow
one keeps nobody waiting. One that falls too far behind is told to load afresh instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from time import time
from uuid import UUID, uuid4

from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import Agent
from conversations.access import Scope
from inbox.frames import Telling, encode

CLOSE_NOT_LOGGED_IN = 4401
CLOSE_WRONG_ORIGIN = 4403
QUEUE_LENGTH = 500


@dataclass(frozen=True)
class Close:
    """Put into the queue instead of a frame: the connection ends here."""

    code: int


@dataclass(frozen=True)
class Standing:
    """What an agent may see, and in which language they read it."""

    scope: Scope
    language: str
    name: str
    initials: str
    may_write: bool

    @classmethod
    def of(cls, agent: Agent) -> Standing:
        return cls(Scope.of(agent), agent.language, agent.name, agent.initials, agent.may_write)


@dataclass(eq=False)
class Member:
    """One connection. `session_hash` changes with the agent's password."""

    session_key: str
    session_hash: str
    standing: Standing

    def __post_init__(self) -> None:
        self.queue: asyncio.Queue[str | Close] = asyncio.Queue()
        # What `inbox/watching.py` knows of this page: its name there, what it shows and types.
        self.field = uuid4().hex
        self.looking: UUID | None = None
        self.mode = ""
        self.typing_until = 0.0
        self.active_at = time()

    @property
    def language(self) -> str:
        return self.standing.language

    def tell_of(self, telling: Telling) -> None:
        """Queue the frame of an event, if it concerns this agent."""
        frame = telling.frame_for(self.standing.scope, self.language)
        if frame is not None:
            self.tell(frame)
        envelope = telling.envelope
        is_shown = self.looking is not None and str(self.looking) == envelope.conversation
        if is_shown and not envelope.place.is_in(self.standing.scope):
            self.looking = None  # handed over: what goes on there is not theirs to know

    def tell(self, frame: str) -> None:
        if self.queue.qsize() >= QUEUE_LENGTH:
            self._forget_queue()
            frame = encode({"type": "reload"})
        self.queue.put_nowait(frame)

    def close(self, code: int) -> None:
        self._forget_queue()
        self.queue.put_nowait(Close(code))

    def _forget_queue(self) -> None:
        while not self.queue.empty():
            self.queue.get_nowait()


def member_for(agent: Agent, session_key: str) -> Member:
    return Member(session_key, agent.get_session_auth_hash(), Standing.of(agent))


def who_may_stay(members: Iterable[Member]) -> dict[Member, Standing]:
    """The members whose session lives and whose agent is active, with what holds for them now."""
    members = list(members)
    agents = {
        agent.pk: agent
        for agent in Agent.objects.filter(
            pk__in={member.standing.scope.agent_id for member in members}, is_active=True
        )
    }
    sessions = set(
        Session.objects.filter(
            pk__in={member.session_key for member in members}, expire_date__gt=timezone.now()
        ).values_list("pk", flat=True)
    )
    standings = {pk: Standing.of(agent) for pk, agent in agents.items()}
    return {
        member: standings[agent.pk]
        for member in members
        if (agent := agents.get(member.standing.scope.agent_id)) is not None
        and member.session_key in sessions
        and member.session_hash == agent.get_session_auth_hash()
    }
