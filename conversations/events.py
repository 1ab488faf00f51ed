"""What happened, told once it is true.

`record()` writes the event in the transaction of the change, so a crash cannot lose it. The
dispatcher (`conversations/dispatch.py`) numbers events in order and sends `events_dispatched`;
the live inbox, automations and reports listen to that, the core does not know who.
"""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError

from accounts.models import Agent
from conversations.models import Conversation, Event, EventName, Message, Note
from conversations.sets import insert_many

DISPATCH_TASK = "conversations.dispatch_events"
_NUDGED = "helpdesk:nudged:"
# A nudge that got lost with its worker is forgotten; sweepers look meanwhile.
NUDGE_FORGOTTEN_MS = 2000

# Sent with `events: list[Event]`, in order of `sequence`, outside any transaction. At least once.
events_dispatched = Signal()


def record(
    name: EventName,
    conversation: Conversation,
    *,
    message: Message | None = None,
    note: Note | None = None,
    by: Agent | None = None,
    data: dict[str, object] | None = None,
) -> Event:
    """Write an event with the change it tells of; listeners hear of it after commit."""
    event = draft(name, conversation, message=message, note=note, by=by, data=data)
    event.save(force_insert=True)  # a set's rows do not learn their ids
    nudge_on_commit()
    return event


def draft(
    name: EventName,
    conversation: Conversation,
    *,
    message: Message | None = None,
    note: Note | None = None,
    by: Agent | None = None,
    data: dict[str, object] | None = None,
) -> Event:
    """An event that is not written yet; see `record_all`."""
    return Event(
        name=name,
        conversation=conversation,
        message=message,
        note=note,
        actor=by,
        data=data or {},
        occurred_at=timezone.now(),
    )


def record_all(events: list[Event]) -> None:
    """Write drafted events in their order, in the transaction of the changes they tell of."""
    if events:
        insert_many(events)
        nudge_on_commit()


def nudge_on_commit() -> None:
    """Wake the dispatcher once this transaction is committed, however many events it wrote."""
    callbacks = transaction.get_connection().run_on_commit
    if not any(callback is _nudge for _, callback, _ in callbacks):
        transaction.on_commit(_nudge)


def _nudge() -> None:
    nudge_once(DISPATCH_TASK)


def nudge(task: str, *args: object, countdown: float = 0) -> bool:
    """Publish a task to run after `countdown` seconds; `CELERY_TASK_ROUTES` names its queue.

    False when the broker is away: the row is on disk and a sweeper finds it.
    """
    try:
        current_app.send_task(task, args=args, countdown=countdown or None)
    except OperationalError:
        return False
    return True


def nudge_once(task: str, *, countdown: float = 0) -> bool:
    """`nudge` for a task that looks at everything there is: not while one waits to be started.

    The task calls `nudge_heard` before it looks, so whoever committed before that is seen.
    """
    try:
        if not _redis().set(_NUDGED + task, 1, nx=True, px=NUDGE_FORGOTTEN_MS):
            return True
    except RedisError:
        pass  # the broker may be another server
    return nudge(task, countdown=countdown)


def nudge_heard(task: str) -> None:
    """A task that `nudge_once` publishes starts to look: what is committed later nudges again."""
    with suppress(RedisError):
        _redis().delete(_NUDGED + task)


@lru_cache(maxsize=1)
def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
