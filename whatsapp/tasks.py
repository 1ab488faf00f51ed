"""Background work of the channel. Every task looks whether there is something to do."""

from __future__ import annotations

import logging
import time
from functools import partial

from celery import shared_task
from celery.signals import beat_init, worker_ready

from conversations.events import nudge
from whatsapp import single_flight
from whatsapp.connection_check import check_connection
from whatsapp.ingest import drain, has_pending, wake_waiting
from whatsapp.models import WhatsAppNumber
from whatsapp.nudge import DRAIN_BULK_TASK, DRAIN_TASK
from whatsapp.services import ensure_number_from_settings
from whatsapp.sync import SyncFailed, accounts, sync
from whatsapp.template_updates import SYNC_TASK

PREPARE_TASK = "whatsapp.prepare"
CHECK_TASK = "whatsapp.check_connections"
WAKE_EVERY_S = 1.0
_woken_at = -WAKE_EVERY_S

log = logging.getLogger(__name__)


@shared_task(name=DRAIN_TASK)
def drain_webhook_events() -> None:
    """Drain until nothing is pending; after half a minute somebody else gets a turn.

    The sweeper's task expires unread while the worker is busy for long, so what waits is woken
    here too.
    """
    _wake_now_and_then()
    drain()
    if has_pending():
        nudge(DRAIN_TASK)


@shared_task(name=DRAIN_BULK_TASK)
def drain_bulk_events() -> None:
    """The same for what a phone remembers, by another worker."""
    drain(bulk=True)
    if has_pending(bulk=True):
        nudge(DRAIN_BULK_TASK)


def _wake_now_and_then() -> None:
    """`wake_waiting`, once a second at most in this process."""
    global _woken_at  # noqa: PLW0603 (a worker's own clock)
    now = time.monotonic()
    if now - _woken_at >= WAKE_EVERY_S:
        _woken_at = now
        wake_waiting()


@shared_task(name="whatsapp.sweep_webhook_events")
def sweep_webhook_events() -> None:
    """Pick up what a crash, a dead Redis or a missing neighbour left behind."""
    wake_waiting()
    if has_pending(bulk=True):
        nudge(DRAIN_BULK_TASK)
    if has_pending():
        drain()


@shared_task(name=SYNC_TASK)
def sync_templates(account: str | None = None, attempt: int = 0) -> None:
    """Templates and names of an account, or of all, as Meta has them now.

    What fails is tried again, later and later: the simulator may start after us, and templates
    must be there within 30 s of a start. `attempt` counts the retries of an account.
    """
    if account is None:
        for each in accounts():
            _sync(each, 0)
    elif not attempt or single_flight.begin_retry(account):
        _sync(account, attempt)


def _sync(account: str, attempt: int) -> None:
    try:
        single_flight.run_alone(account, partial(sync, account))
    except SyncFailed as error:
        wait_s = single_flight.plan_retry(account, attempt)
        log.warning(
            "templates.not_synced account=%s attempt=%s retry_s=%s cause=%s",
            *(account, attempt, wait_s and round(wait_s, 1), error),
        )
        if wait_s is not None:
            nudge(SYNC_TASK, account, attempt + 1, countdown=wait_s)
    else:
        single_flight.forget_retry(account)


@shared_task(name=CHECK_TASK)
def check_connections(number_id: int | None = None) -> None:
    """Check the connection of one number; without one, have each that may send checked."""
    numbers = WhatsAppNumber.objects.exclude(access_token="").filter(replaced_by=None)
    if number_id is None:
        for pk in numbers.filter(is_active=True).values_list("pk", flat=True):
            nudge(CHECK_TASK, pk)
    elif number := numbers.filter(pk=number_id).first():
        check_connection(number)


@shared_task(name=PREPARE_TASK)
def prepare() -> None:
    """After a start: the first business number, and what Meta knows."""
    ensure_number_from_settings()
    nudge(SYNC_TASK)


@worker_ready.connect
@beat_init.connect
def prepare_at_start(**_: object) -> None:
    """Whoever starts last does it with everything there; doing it twice does no harm."""
    nudge(PREPARE_TASK)
