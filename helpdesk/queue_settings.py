"""Settings of Celery's queues: which task stands in which, and how Redis carries them."""

from __future__ import annotations

from typing import Any

# What a customer waits for never stands behind what can wait.
TASK_ROUTES = {
    "whatsapp.drain_webhook_events": {"queue": "inbound"},
    "whatsapp.sweep_webhook_events": {"queue": "inbound"},
    "whatsapp.drain_bulk_events": {"queue": "bulk"},
    "conversations.dispatch_events": {"queue": "live"},
    "conversations.pump_replies": {"queue": "outbound"},
    "conversations.pump_bulk": {"queue": "bulk"},
    "conversations.fetch_media": {"queue": "media"},
    # Somebody waits for it with a link that runs out: never behind an export.
    "consent.send_sign_up_mail": {"queue": "media"},
    "inbox.send_push": {"queue": "media"},
    "inbox.send_test_push": {"queue": "media"},
}

TRANSPORT_OPTIONS: dict[str, Any] = {
    # Longer than tasks take, or Redis would hand them to a second worker meanwhile. The few of the
    # consent room that take longer hold a lock: whoever gets one of them a second time leaves it.
    "visibility_timeout": 900,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    # Whoever publishes while Redis is away goes on at once.
    "max_retries": 1,
    "interval_start": 0,
    "polling_interval": 1,
    "queue_order_strategy": "priority",
}
