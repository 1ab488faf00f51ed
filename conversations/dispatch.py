"""Numbering events in order and telling the listeners, once their transaction is committed.

One dispatcher at a time (an advisory lock of the session), so numbers are given, and listeners
called, in one order. A dispatcher that dies leaves rows without `dispatched_at`; the next one
tells them again: listeners hear everything at least once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from conversations.events import events_dispatched
from conversations.models import Event

BATCH = 200
_LOCK = 0x_4865_6C70_6465_736B  # "Helpdesk"; any constant of our own


def dispatch_events() -> int:
    """Tell the listeners of everything committed so far; how many events that was."""
    told = 0
    with _only_one():
        while events := _number_batch():
            events_dispatched.send_robust(sender=Event, events=events)
            Event.objects.filter(pk__in=[event.pk for event in events]).update(
                dispatched_at=timezone.now()
            )
            told += len(events)
    return told


def last_sequence() -> int:
    """The number of the newest event that has one; 0 when there is none."""
    return Event.objects.aggregate(newest=Max("sequence"))["newest"] or 0


def _number_batch() -> list[Event]:
    with transaction.atomic():
        events = list(
            Event.objects.filter(dispatched_at=None)
            .select_related("conversation", "message", "note", "actor")
            .order_by("id")[:BATCH]
        )
        fresh = [event for event in events if event.sequence is None]
        for sequence, event in enumerate(fresh, start=last_sequence() + 1 if fresh else 0):
            event.sequence = sequence
        Event.objects.bulk_update(fresh, ["sequence"])
    return sorted(events, key=lambda event: event.sequence or 0)


@contextmanager
def _only_one() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
