"""The Celery application: workers and beat. Tasks live in the rooms' `tasks.py`."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready
from django.urls import get_resolver

from helpdesk import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

broker.use()
# By name: it needs models, which are not there yet.
app = Celery("helpdesk", task_cls="helpdesk.parking:HouseTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def load_addresses(sender: Any, **_: object) -> None:
    """In the worker that draws live updates, which hold links: the first one should not wait.

    The other workers need no address, and so none of the views behind them.
    """
    if "live" in sender.app.amqp.queues.consume_from:
        get_resolver().url_patterns  # noqa: B018 (a property that loads)
