"""Who is there: online, away or offline, and how much one may be given.

Each web process says every few seconds whose pages are open and when they last moved a hand, in
two sorted sets in Redis; what nobody has said for `ALIVE_S` seconds is over, however it ended. What
agents say of themselves ("away") is theirs and stands in the database. Without Redis nobody is
known to be there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils import timezone
from redis import Redis
from redis.exceptions import RedisError

from accounts.models import Agent, Availability

OPEN = "helpdesk:presence:open"  # agent → when a page of theirs was open last
ACTIVE = "helpdesk:presence:active"  # agent → when they last did something there
# Three beats of a hub (inbox/hub.py).
ALIVE_S = 15
IDLE_S = 600


class State(StrEnum):
    ONLINE = "online"
    AWAY = "away"
    OFFLINE = "offline"


@dataclass(frozen=True)
class Presence:
    """How an agent stands; `capacity` is how many open conversations they take, None: any."""

    state: State
    capacity: int | None = None
    active_at: datetime | None = None

    @property
    def is_online(self) -> bool:
        return self.state is State.ONLINE


def presence_of(agent_ids: Collection[int]) -> dict[int, Presence]:
    """How each of these agents stands now; those who do not exist are left out. One query."""
    agents = Agent.objects.filter(pk__in=agent_ids)
    return presence_of_agents(agents.only("pk", "is_active", "availability", "capacity"))


def presence_of_agents(agents: Collection[Agent] | Any) -> dict[int, Presence]:
    """The same for agents that were read already: no query."""
    agents = list(agents)
    now = timezone.now().timestamp()
    opened, active = _scores([agent.pk for agent in agents])
    found = {}
    for agent in agents:
        at = active.get(agent.pk)
        found[agent.pk] = Presence(
            state=_state(agent, opened.get(agent.pk), at, now),
            capacity=agent.capacity,
            active_at=datetime.fromtimestamp(at, timezone.get_current_timezone()) if at else None,
        )
    return found


def set_availability(agent: Agent, availability: Availability) -> None:
    """What the agent says of themselves, in every browser, until they say otherwise."""
    agent.availability = availability
    agent.save(update_fields=["availability"])


def note_open(pipe: Any, active_at: Mapping[int, float], now: float) -> None:
    """Queue on a Redis pipeline (sync or async) that these agents have a page open, and when each
    was last active; what is long over is thrown away."""
    if active_at:
        pipe.zadd(OPEN, dict.fromkeys(map(str, active_at), now), gt=True)
        pipe.zadd(ACTIVE, {str(pk): at for pk, at in active_at.items()}, gt=True)
    pipe.zremrangebyscore(OPEN, 0, now - ALIVE_S * 4)
    pipe.zremrangebyscore(ACTIVE, 0, now - 7 * 24 * 3600)


def _state(agent: Agent, opened: float | None, active: float | None, now: float) -> State:
    if not agent.is_active or opened is None or now - opened > ALIVE_S:
        return State.OFFLINE
    idle = active is None or now - active > IDLE_S
    return State.AWAY if idle or agent.availability == Availability.AWAY else State.ONLINE


def _scores(pks: list[int]) -> tuple[dict[int, float], dict[int, float]]:
    if not pks:
        return {}, {}
    names = [str(pk) for pk in pks]
    try:
        with _redis().pipeline(transaction=False) as pipe:
            pipe.zmscore(OPEN, names)
            pipe.zmscore(ACTIVE, names)
            opened, active = pipe.execute()
    except (RedisError, OSError):
        return {}, {}
    return _known(pks, opened), _known(pks, active)


def _known(pks: list[int], scores: list[float | None]) -> dict[int, float]:
    return {pk: at for pk, at in zip(pks, scores, strict=True) if at is not None}


@lru_cache(maxsize=1)
def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
