"""Background work. Every task takes ids, looks whether there is something to do, and may die."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from celery.signals import worker_shutting_down

from conversations import dispatch
from conversations.delivery import PUMP_TASKS
from conversations.events import DISPATCH_TASK, nudge, nudge_heard, nudge_once
from conversations.models import Lane
from conversations.services.attention import TYPING_TASK, show_read, show_typing
from conversations.services.chat_links import add_up_openings
from conversations.services.hand_out import HAND_OUT_TASK, hand_out_waiting
from conversations.services.leases import expire_leases, give_up_waiting, has_due
from conversations.services.media import FETCH_TASK, fetch, remind_of_overdue
from conversations.services.pump import pump, stop_pumps
from conversations.services.replace_number import MOVE_TASK, move_threads
from conversations.services.snooze import wake_due
from conversations.services.statuses import apply_left_behind

# Of a replaced number's threads moved before other work gets a turn.
CHUNKS_AT_ONCE = 40


@shared_task(name=PUMP_TASKS[Lane.REPLY])
def pump_replies() -> None:
    """Send what agents and programs wrote; whoever does so already looks again."""
    pump(Lane.REPLY).run()


@shared_task(name=PUMP_TASKS[Lane.BULK])
def pump_bulk() -> None:
    """Send bulk messages, with what the replies leave of the numbers' limits."""
    pump(Lane.BULK).run()


@worker_shutting_down.connect
def stop_claiming(**_: object) -> None:
    """A worker that is asked to end settles what is under way and starts nothing new."""
    stop_pumps()


@shared_task(name="conversations.dispatch_events")
def dispatch_events() -> None:
    nudge_heard(DISPATCH_TASK)
    dispatch.dispatch_events()


@shared_task(name=HAND_OUT_TASK)
def hand_out() -> None:
    """Somebody may have come, got room, or waited long enough: what waits looks for hands."""
    nudge_heard(HAND_OUT_TASK)
    hand_out_waiting()


@shared_task(name="conversations.sweep_outbound")
def sweep_outbound() -> None:
    """What a crash or a dead broker left behind on the way out."""
    expire_leases()
    give_up_waiting()
    apply_left_behind()
    for lane, task in PUMP_TASKS.items():
        if has_due(lane):
            nudge_once(task)


@shared_task(name=FETCH_TASK)
def fetch_media(media_id: str) -> None:
    fetch(UUID(media_id))


@shared_task(name="conversations.sweep_media")
def sweep_media() -> None:
    """Files whose task was lost, whose worker died, or whose wait is over."""
    remind_of_overdue()


@shared_task(name="conversations.mark_read_on_channel")
def mark_read_on_channel(conversation_id: str) -> None:
    show_read(UUID(conversation_id))


@shared_task(name=TYPING_TASK)
def show_typing_on_channel(conversation_id: str) -> None:
    show_typing(UUID(conversation_id))


@shared_task(name=MOVE_TASK)
def move_threads_of_replaced_numbers() -> None:
    """Beat asks every minute, for what a crash or a dead broker left behind."""
    if move_threads(CHUNKS_AT_ONCE):
        nudge(MOVE_TASK)


@shared_task(name="conversations.wake_snoozed")
def wake_snoozed() -> None:
    """Snoozes whose time has come end."""
    wake_due()


@shared_task(name="conversations.add_up_openings")
def sum_openings() -> None:
    """Openings of click-to-chat links as sums by day."""
    add_up_openings()
