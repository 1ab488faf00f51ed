"""Background work of this room. Each task looks whether there is something to do, and may die."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from automation import away, door, handing_out, service_levels, surveys
from automation.follow import FOLLOW_TASK, Follower, catch_up
from automation.overdue import look_at_promises
from conversations.events import nudge, nudge_heard

APPLY_TASK = "automation.apply_policies"
# Answers to surveys come before what looks at who waits; rules before what hangs on team, label and
# priority.
FOLLOWERS = (
    Follower("ratings", surveys.ANSWERED, surveys.follow_answers),
    Follower("rules", door.FOLLOWED, door.follow_arrivals),
    Follower("away", away.FOLLOWED, away.follow_messages),
    Follower("service levels", service_levels.FOLLOWED, service_levels.follow_conversations),
    Follower("handing out", handing_out.FOLLOWED, handing_out.follow_conversations),
    Follower("surveys", surveys.RESOLVED, surveys.follow_resolved),
)


@shared_task(name=FOLLOW_TASK)
def follow_events() -> None:
    nudge_heard(FOLLOW_TASK)
    for follower in FOLLOWERS:
        catch_up(follower)


@shared_task(name="automation.sweep")
def sweep() -> None:
    """What time brings, and what a crash or a dead broker left behind."""
    for follower in FOLLOWERS:
        catch_up(follower)
    look_at_promises()
    surveys.ask_due()


@shared_task(name=APPLY_TASK)
def apply_policies(after: str | None = None) -> None:
    """Service levels as they are now, for all open conversations; some, then the next task."""
    last = service_levels.apply_to_open(UUID(after) if after else None)
    if last is not None:
        nudge(APPLY_TASK, str(last))
