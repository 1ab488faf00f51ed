"""Tasks that fail every time, or take their worker down, do not come back for ever.

Every task of the house is a `HouseTask`. What raises is written down with its trace, once per task
and arguments; from `MOST_FAILURES` on the same arguments are not tried again until a person says
so in the admin. A task whose worker died comes back from the broker, but only `MOST_DEATHS` times.
Sweepers have no arguments and go on in any case: what they do to single rows is counted there.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from threading import Lock
from typing import Any, TypeAlias
from uuid import UUID

from billiard.exceptions import SoftTimeLimitExceeded
from celery import Task, current_app
from celery.contrib.django.task import DjangoTask
from celery.exceptions import Ignore, Reject, Retry
from celery.signals import task_failure, task_success
from django.apps import apps
from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from accounts.models import Severity
from accounts.notices import raise_notice, settle_notices
from conversations.services import media
from helpdesk import heartbeat
from helpdesk.models import ParkedTask
from whatsapp.traces import trace_of

log = logging.getLogger(__name__)
AnyTask: TypeAlias = "Task[..., Any]"

MOST_FAILURES = 5
MOST_DEATHS = 3
# A death that nobody repeats within a day is forgotten.
DEATHS_KEPT = timedelta(days=1)
LOOK_EVERY_S = 10.0
BEGIN_AGAIN_S = 1.0
NOTICE = "task_parked"
_WORDS = gettext_noop(
    "The background task %(task)s failed again and again (%(times)s times) and was set aside."
)
# Of servers that are away for a moment, and of orders; neither says anything about the task.
_PASSING = (
    *(OperationalError, InterfaceError, RedisError, BrokerError, SoftTimeLimitExceeded),
    *(Ignore, Reject, Retry),
)
# What a sweeper would publish again and again: how its row comes to an end of its own.
_ENDINGS: dict[str, Callable[[str], object]] = {
    media.FETCH_TASK: lambda media_id: media.give_up(UUID(media_id)),
}


def signature_of(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """The same for the same task with the same arguments."""
    words = json.dumps([name, list(args), dict(kwargs)], sort_keys=True, default=str)
    return hashlib.sha256(words.encode()).hexdigest()


class Board:
    """What is parked, as this process knows it: read again every few seconds."""

    def __init__(self) -> None:
        self._times: dict[str, int] = {}
        self._read_at = -LOOK_EVERY_S
        self._lock = Lock()

    def times(self, signature: str) -> int:
        """How often it has failed since it was last well; 0 when the database is away."""
        with self._lock:
            if time.monotonic() - self._read_at > LOOK_EVERY_S:
                self._read_at = time.monotonic()
                try:
                    rows = ParkedTask.objects.filter(settled_at=None)
                    self._times = dict(rows.values_list("signature", "times")[:10_000])
                except DatabaseError:
                    log.warning("parking.not_read", exc_info=True)
            return self._times.get(signature, 0)

    def is_parked(self, signature: str) -> bool:
        """Whether it is not tried any more. Asked anew before the answer is yes: somebody may have
        had it processed again in another process, just now."""
        if self.times(signature) < MOST_FAILURES:
            return False
        try:
            row = ParkedTask.objects.filter(signature=signature, settled_at=None).first()
        except DatabaseError:
            return False  # it fails by itself, and is not to blame
        self.note(signature, row.times if row else 0)
        return row is not None and row.times >= MOST_FAILURES

    def note(self, signature: str, times: int) -> None:
        with self._lock:
            self._times[signature] = times

    def forget(self, signature: str | None = None) -> None:
        """One, or everything: then the database is asked again."""
        with self._lock:
            if signature is None:
                self._read_at = -LOOK_EVERY_S
            else:
                self._times.pop(signature, None)


BOARD = Board()


class HouseTask(DjangoTask[..., Any]):
    """The class of all tasks; see `helpdesk/celery.py`."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.request.called_directly or not apps.ready:
            return super().__call__(*args, **kwargs)
        signature = signature_of(self.name, args, kwargs)
        if (args or kwargs) and BOARD.is_parked(signature):
            log.warning("task.skipped task=%s id=%s", self.name, self.request.id)
            raise Ignore
        redelivered = bool((self.request.delivery_info or {}).get("redelivered"))
        if redelivered and not _may_try_again(self, args, kwargs):
            raise Ignore
        try:
            return self.run(*args, **kwargs)
        finally:
            if redelivered:
                _forget_deaths(str(self.request.id))


def _may_try_again(task: AnyTask, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """False, and parked, when the workers that tried it before all died. Counted before the run.

    Its first worker is not counted: it may have ended in order, with the task still in hand.
    """
    key = _deaths_key(str(task.request.id))
    try:
        with heartbeat.client().pipeline() as pipe:
            pipe.incr(key)
            pipe.expire(key, DEATHS_KEPT)
            deaths = int(pipe.execute()[0]) - 1
    except RedisError:
        return True
    if deaths < MOST_DEATHS:
        return True
    try:
        park(task, args, kwargs, ParkedTask.Cause.KILLED, times=deaths)
    except DatabaseError:
        log.exception("task.not_parked task=%s id=%s", task.name, task.request.id)
    return False


def _forget_deaths(task_id: str) -> None:
    """It came to its end, well or not; this worker lives."""
    try:
        heartbeat.client().delete(_deaths_key(task_id))
    except RedisError:
        log.info("parking.deaths_not_forgotten id=%s", task_id)


def _deaths_key(task_id: str) -> str:
    return f"helpdesk:deaths:{task_id}"


@task_failure.connect
def note_failure(
    sender: AnyTask,
    exception: BaseException,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    **_: object,
) -> None:
    """A task raised. Whoever waits for a server that is away is not to blame."""
    if isinstance(exception, _PASSING):
        return
    try:
        park(sender, args, kwargs, ParkedTask.Cause.RAISED, exception)
    except DatabaseError:
        log.exception("task.not_parked task=%s", sender.name)


@task_success.connect
def note_success(sender: AnyTask, **_: object) -> None:
    """What failed before and is well now needs nobody any more."""
    args, kwargs = sender.request.args or (), sender.request.kwargs or {}
    signature = signature_of(sender.name, args, kwargs)
    if not BOARD.times(signature):
        return
    try:
        for row in ParkedTask.objects.filter(signature=signature, settled_at=None):
            settle(row)
    except DatabaseError:
        log.exception("task.not_settled task=%s", sender.name)


def park(
    task: AnyTask,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    cause: ParkedTask.Cause,
    error: BaseException | None = None,
    *,
    times: int = 1,
) -> ParkedTask:
    """Write down that the task failed (`times` more often), and tell the admins in the end."""
    now = timezone.now()
    signature = signature_of(task.name, args, kwargs)
    found = {
        "name": task.name,
        "args": json.loads(json.dumps(list(args), default=str)),
        "kwargs": json.loads(json.dumps(dict(kwargs), default=str)),
        "queue": str((task.request.delivery_info or {}).get("routing_key") or "")[:40],
        "cause": cause,
        "error": f"{type(error).__module__}.{type(error).__qualname__}"[:200] if error else "",
        "trace": trace_of(error) if error else "",
        "last_at": now,
    }
    with transaction.atomic():
        row, created = ParkedTask.objects.select_for_update().get_or_create(
            signature=signature,
            settled_at=None,
            defaults={**found, "first_at": now, "times": times},
        )
        if not created:
            for name, value in found.items():
                setattr(row, name, value)
            row.times += times
            row.save()
        if row.times >= MOST_FAILURES or cause == ParkedTask.Cause.KILLED:
            raise_notice(
                NOTICE,
                f"task:{row.pk}",
                Severity.WARNING,
                _WORDS,
                {"task": row.name, "times": row.times},
            )
    BOARD.note(signature, row.times)
    log.error("task.parked task=%s row=%s times=%s cause=%s", task.name, row.pk, row.times, cause)
    return row


def settle(row: ParkedTask) -> None:
    """It is over: the task went well, or a person decided so."""
    row.settled_at = timezone.now()
    row.save(update_fields=["settled_at"])
    settle_notices(NOTICE, f"task:{row.pk}")
    BOARD.forget(row.signature)
    log.info("task.settled task=%s row=%s", row.name, row.pk)


def give_up(row: ParkedTask) -> None:
    """Set a task aside for good: what it should have done is written down as not done."""
    ending = _ENDINGS.get(row.name)
    with transaction.atomic():
        if ending is not None:
            try:
                ending(*row.args, **row.kwargs)
            except (TypeError, ValueError):
                # Arguments that no row of ours has: there is nothing to end.
                log.warning("task.nothing_to_end task=%s row=%s", row.name, row.pk)
        settle(row)


def run_again(row: ParkedTask) -> bool:
    """Settle the row and publish its task anew; False when the broker is away."""
    try:
        # Not before the row is settled, or a worker would skip it.
        current_app.send_task(row.name, args=row.args, kwargs=row.kwargs, countdown=BEGIN_AGAIN_S)
    except BrokerError:
        return False
    settle(row)
    return True
