"""Numbering events in order and telling the listeners, once their transaction is committed.

One dispatcher at a time (an advisory lock of the session), so numbers are given, and listeners
called, in one order. A dispatcher that dies leaves rows without `dispatched_at`; the next one
tells them again: listeners hear everything at least once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from conversations.events import events_dispatched
from conversations.models import Event

BATCH = 200
_TABLE = Event._meta.db_table
# Those a dispatcher died over keep their number; new ones go on from the highest there is.
_NUMBER = f"""
WITH next AS (
    SELECT id, sequence FROM {_TABLE} WHERE dispatched_at IS NULL ORDER BY id LIMIT %s
), fresh AS (
    SELECT id, row_number() OVER (ORDER BY id) AS step FROM next WHERE sequence IS NULL
), numbered AS (
    UPDATE {_TABLE} AS event
    SET sequence = (SELECT coalesce(max(sequence), 0) FROM {_TABLE}) + fresh.step
    FROM fresh WHERE event.id = fresh.id
    RETURNING event.id
)
SELECT id FROM numbered UNION ALL SELECT id FROM next WHERE sequence IS NOT NULL
"""  # noqa: S608 (our own table's name)
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
            if len(events) < BATCH:
                break  # what was committed since has nudged anew
    return told


def last_sequence() -> int:
    """The number of the newest event that has one; 0 when there is none."""
    return Event.objects.aggregate(newest=Max("sequence"))["newest"] or 0


def _number_batch() -> list[Event]:
    """The next events, numbered where they were not: one statement, whatever their count."""
    with connection.cursor() as cursor:
        cursor.execute(_NUMBER, [BATCH])
        ids = [pk for (pk,) in cursor.fetchall()]
    rows = Event.objects.filter(pk__in=ids).select_related("note__author", "actor")
    return list(rows.order_by("sequence"))


@contextmanager
def _only_one() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
