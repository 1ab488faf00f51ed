"""What happened, followed: each event is acted on once, in order, whatever dies.

`events_dispatched` only wakes the task. What is done about events, and how far one has come, are
one transaction; whoever follows next goes on from there. A batch that cannot be done is done event
by event, and one that cannot be done at all is passed over with a line in the log: it must not hold
up what comes after it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from django.db import OperationalError, transaction

from automation.models import Progress
from conversations.dispatch import last_sequence
from conversations.events import events_dispatched, nudge_once
from conversations.models import Event, EventName

FOLLOW_TASK = "automation.follow_events"
BATCH = 500
# Seconds in which events gather: a look costs a transaction for each follower, whatever it finds.
GATHER_S = 0.5

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Follower:
    """Acts on events of these names, in the transaction that says so. May be called again for one
    whose transaction was lost."""

    name: str
    events: Collection[EventName]
    act: Callable[[Sequence[Event]], None]


def connect() -> None:
    """Listen to the core; called once, when Django is ready."""
    events_dispatched.connect(_wake, dispatch_uid="automation.follow")


def catch_up(follower: Follower) -> int:
    """Follow what has happened so far; how many events that were."""
    followed = 0
    while count := _follow_batch(follower):
        followed += count
        if count < BATCH:
            break
    return followed


def begin_here(follower: str) -> None:
    """What happened until now is the past to this follower."""
    Progress.objects.get_or_create(follower=follower, defaults={"sequence": last_sequence()})


def _wake(**_: object) -> None:
    nudge_once(FOLLOW_TASK, countdown=GATHER_S)


@transaction.atomic
def _follow_batch(follower: Follower) -> int:
    begin_here(follower.name)
    # One at a time; who comes second finds it done.
    progress = Progress.objects.select_for_update().get(follower=follower.name)
    rows = Event.objects.filter(sequence__gt=progress.sequence).order_by("sequence")
    events = list(rows[:BATCH])
    if not events:
        return 0
    wanted = [event for event in events if event.name in follower.events]
    if wanted:
        _act(follower, wanted)
    progress.sequence = events[-1].sequence or progress.sequence
    progress.save(update_fields=["sequence", "updated_at"])
    return len(events)


def _act(follower: Follower, events: Sequence[Event]) -> None:
    try:
        with transaction.atomic():
            follower.act(events)
    except OperationalError:
        raise  # the database asks to start anew, or is gone: nothing of it counts
    except Exception:
        if len(events) == 1:
            log.exception(
                "automation.event_passed_over event=%s by=%s", events[0].pk, follower.name
            )
            return
        log.info("automation.batch_apart events=%s by=%s", len(events), follower.name)
        for event in events:
            _act(follower, [event])
