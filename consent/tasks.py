"""What the consent room does by itself."""

from __future__ import annotations

from celery import shared_task

from consent.checks import check_ledger as check_it
from consent.heads import publish_head


@shared_task(name="consent.publish_ledger_head")
def publish_ledger_head() -> None:
    """Once a day: the signed head. Twice is one file more, which does no harm."""
    publish_head()


@shared_task(name="consent.check_ledger")
def check_ledger() -> None:
    """Once a night: the whole ledger. Twice is one look more."""
    check_it()
