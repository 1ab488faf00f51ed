"""Messages that an agent planned for later: another time, or now after all."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import LONGEST_UNDO_S, Agent
from conversations.errors import CannotTakeBack, Malformed, NotAllowed, Refused
from conversations.events import record
from conversations.models import EventName, Lane, Message, Status
from conversations.policy import may_leave
from conversations.services.locking import lock_message
from conversations.services.reply import nudge_pump

# Sooner than this is no plan but a message to take back.
SOONEST = timedelta(seconds=LONGEST_UNDO_S + 60)
LATEST = timedelta(days=60)


def check_time(at: datetime, now: datetime) -> None:
    """Raises `Malformed` for a time that no free-form message may be planned for."""
    if at < now + SOONEST:
        raise Malformed({"leave_at": [_("Please choose a time at least two minutes from now.")]})
    if at > now + LATEST:
        raise Malformed({"leave_at": [_("Please choose a time within the next 60 days.")]})


def reschedule(message: Message, at: datetime | None, by: Agent) -> Message:
    """Plan a message that still waits for another time; None: it leaves now.

    Raises `NotAllowed`, `CannotTakeBack` once a worker took it, `Refused` when it could not leave
    at that time: then it stays as it was.
    """
    if not by.may_write:
        raise NotAllowed
    with transaction.atomic():
        held = lock_message(Message.objects.filter(pk=message.pk))
        assert held is not None
        if held.status != Status.QUEUED or held.retry_at is not None:
            raise CannotTakeBack
        now = timezone.now()
        if at is not None:
            check_time(at, now)
        reason = may_leave(held, at or now).reason
        if reason is not None:
            raise Refused(reason)
        if held.scheduled_at == at:
            return held
        held.scheduled_at = at
        held.save(update_fields=["scheduled_at", "updated_at"])
        record(
            EventName.MESSAGE_STATUS_CHANGED,
            held.conversation,
            message=held,
            by=by,
            data={"status": held.status},
        )
        nudge_pump(Lane(held.lane))
    return held
