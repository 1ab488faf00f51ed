"""What beat starts, and how often. Sweepers find what a crash or a dead Redis left behind."""

from __future__ import annotations

from datetime import timedelta

from celery.schedules import crontab

Entry = dict[str, object]


def _every(task: str, **interval: int) -> Entry:
    """A run that nobody took up in time is not run later: the next one sees the same."""
    schedule = timedelta(**interval)
    return {
        "task": task,
        "schedule": schedule,
        "options": {"expires": int(schedule.total_seconds())},
    }


def _nightly(task: str, hour: int, minute: int) -> Entry:
    return {"task": task, "schedule": crontab(hour=str(hour), minute=str(minute))}


BEAT_SCHEDULE: dict[str, Entry] = {
    "sweep-webhook-events": _every("whatsapp.sweep_webhook_events", seconds=3),
    "sweep-events": _every("conversations.dispatch_events", seconds=3),
    "sweep-outbound": _every("conversations.sweep_outbound", seconds=10),
    "wake-snoozed": _every("conversations.wake_snoozed", seconds=10),
    "hand-out": _every("conversations.hand_out", seconds=10),
    "sweep-media": _every("conversations.sweep_media", seconds=20),
    "automation": _every("automation.sweep", seconds=15),
    "move-threads": _every("conversations.move_threads", seconds=60),
    "add-up-openings": _every("conversations.add_up_openings", minutes=10),
    "sync-templates": _every("whatsapp.sync_templates", minutes=10),
    "check-connections": _every("whatsapp.check_connections", minutes=30),
    "beat-heartbeat": _every("helpdesk.beat_heartbeat", seconds=10),
    "check-ledger": _nightly("consent.check_ledger", 3, 0),
    "sweep-data-requests": _every("consent.sweep_requests", seconds=60),
    "sweep-sign-ups": _every("consent.sweep_sign_ups", seconds=60),
    "sweep-imports": _every("consent.sweep_imports", seconds=60),
    "sweep-bulk-runs": _every("inbox.sweep_bulk_runs", seconds=15),
    "publish-ledger-head": _nightly("consent.publish_ledger_head", 0, 5),
    "retention": _nightly("consent.retention", 3, 30),
}
