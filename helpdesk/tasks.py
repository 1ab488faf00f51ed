"""Tasks of the house itself."""

from __future__ import annotations

from celery import shared_task

from helpdesk import heartbeat


@shared_task(name="helpdesk.beat_heartbeat")
def beat_heartbeat() -> None:
    """Beat sent this, so beat is alive."""
    heartbeat.stamp(heartbeat.BEAT)
