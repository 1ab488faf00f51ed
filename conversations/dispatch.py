"""Numbering events in order and telling the listeners, once their transaction is committed.

One dispatcher at a time (an advisory lock of the session), so numbers are given, and listeners
called, in one order. A dispatcher that dies leaves rows without `dispatched_at`; the next one
tells them again: listeners hear everything at least once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.models import prefetch_related_objects
from django.utils import timezone

from conversations.events import events_dispatched
from conversations.models import Event, EventNumbering

BATCH = 200
_TABLE = Event._meta.db_table
_LAST = f"""
    SELECT greatest(
        coalesce((SELECT max(sequence) FROM {_TABLE}), 0),
        coalesce((SELECT last FROM {EventNumbering._meta.db_table}), 0)
    )
"""  # noqa: S608 (our own tables' names)
# Those a dispatcher died over keep their number; new ones go on from the highest there is.
_NUMBER = f"""
WITH next AS (
    SELECT id, sequence FROM {_TABLE} WHERE dispatched_at IS NULL ORDER BY id LIMIT %s
), fresh AS (
    SELECT id, row_number() OVER (ORDER BY id) AS step FROM next WHERE sequence IS NULL
), numbered AS (
    UPDATE {_TABLE} AS event
    SET sequence = ({_LAST}) + fresh.step
    FROM fresh WHERE event.id = fresh.id
    RETURNING event.*
)
SELECT * FROM numbered
UNION ALL
SELECT event.* FROM {_TABLE} AS event JOIN next USING (id) WHERE next.sequence IS NOT NULL
ORDER BY sequence
"""  # noqa: S608 (our own table's name)
_DISPATCHED = f"UPDATE {_TABLE} SET dispatched_at = %s WHERE id = ANY(%s)"  # noqa: S608
_LOCK = 0x_4865_6C70_6465_736B  # "Helpdesk"; any constant of our own


def dispatch_events() -> int:
    """Tell the listeners of everything committed so far; how many events that was."""
    told = 0
    with _only_one():
        while events := _number_batch():
            events_dispatched.send_robust(sender=Event, events=events)
            with connection.cursor() as cursor:
                cursor.execute(_DISPATCHED, [timezone.now(), [event.pk for event in events]])
            told += len(events)
            if len(events) < BATCH:
                break  # what was committed since has nudged anew
    return told


def last_sequence() -> int:
    """The number of the newest event that has one, also when it was erased; 0: there was none."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST)
        return int(cursor.fetchone()[0])


def _number_batch() -> list[Event]:
    """The next events, numbered where they were not: one statement, whatever their count."""
    events = list(Event.objects.raw(_NUMBER, [BATCH]))
    # Ticks, which are most of them, have neither.
    if any(event.actor_id or event.note_id for event in events):
        prefetch_related_objects(events, "note__author", "actor")
    return events


@contextmanager
def _only_one() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
