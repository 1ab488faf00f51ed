"""Background work of the channel. Every task looks whether there is something to do."""

from __future__ import annotations

import logging
from typing import Any

from celery import Task, shared_task
from celery.signals import beat_init, worker_ready

from conversations.events import nudge
from whatsapp.ingest import drain, has_pending, wake_waiting
from whatsapp.nudge import DRAIN_TASK
from whatsapp.services import ensure_number_from_settings
from whatsapp.services import prune_webhook_events as prune
from whatsapp.sync import SyncFailed, sync_all
from whatsapp.template_updates import SYNC_TASK

PREPARE_TASK = "whatsapp.prepare"

log = logging.getLogger(__name__)

# The simulator may start after us, and templates must be there within 30 s of a start.
SYNC_RETRY_S = 3
SYNC_RETRIES = 8


@shared_task(name=DRAIN_TASK)
def drain_webhook_events() -> None:
    """Drain until nothing is pending; after half a minute somebody else gets a turn."""
    drain()
    if has_pending():
        nudge(DRAIN_TASK)


@shared_task(name="whatsapp.sweep_webhook_events")
def sweep_webhook_events() -> None:
    """Pick up what a crash, a dead Redis or a missing neighbour left behind."""
    wake_waiting()
    if has_pending():
        drain()


@shared_task(name=SYNC_TASK, bind=True, max_retries=SYNC_RETRIES)
def sync_templates(self: Task[Any, Any]) -> None:
    """Templates and names of all numbers, as Meta has them now."""
    try:
        sync_all()
    except SyncFailed as error:
        log.warning("templates.not_synced cause=%s", error)
        if self.request.retries < SYNC_RETRIES:
            raise self.retry(countdown=SYNC_RETRY_S, exc=error) from error


@shared_task(name="whatsapp.prune_webhook_events")
def prune_webhook_events() -> None:
    """Forget what was dealt with three months ago."""
    prune()


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
