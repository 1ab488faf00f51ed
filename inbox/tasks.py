"""Background work of the inbox. Every task takes an id, looks what is left to do, and may die."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from inbox import push_sending
from inbox.bulk.runs import WORK_TASK, sweep_runs, work_on
from inbox.push import SEND_TASK, TEST_TASK


@shared_task(name=WORK_TASK)
def work_bulk_run(run_id: str) -> None:
    work_on(UUID(run_id))


@shared_task(name="inbox.sweep_bulk_runs")
def sweep_bulk_runs() -> None:
    sweep_runs()


@shared_task(name=SEND_TASK)
def send_push(subscription_id: int, notification_id: int, attempt: int = 1) -> None:
    push_sending.send_notification(subscription_id, notification_id, attempt)


@shared_task(name=TEST_TASK)
def send_test_push(subscription_id: int) -> None:
    push_sending.send_test(subscription_id)
