"""Events: numbered in order without gaps, told at least once, only after commit."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

import pytest
from django.db import connection, transaction

from conversations import dispatch
from conversations.dispatch import dispatch_events, last_sequence
from conversations.events import events_dispatched, record
from conversations.models import Conversation, Event, EventName
from conversations.selectors import events_after

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard() -> Iterator[list[Event]]:
    heard: list[Event] = []

    def listen(events: list[Event], **_: object) -> None:
        heard.extend(events)

    events_dispatched.connect(listen)
    yield heard
    events_dispatched.disconnect(listen)


def change(conversation: Conversation) -> Event:
    return record(EventName.CONVERSATION_CHANGED, conversation)


def test_listeners_hear_everything_once_in_order(
    conversation: Conversation, heard: list[Event]
) -> None:
    written = [change(conversation) for _ in range(5)]
    assert dispatch_events() == 5
    assert dispatch_events() == 0
    assert heard == written
    assert [event.sequence for event in heard] == [1, 2, 3, 4, 5]
    assert last_sequence() == 5


def test_more_than_one_batch_is_told_at_once(
    conversation: Conversation, heard: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "BATCH", 2)
    written = [change(conversation) for _ in range(4)]
    assert dispatch_events() == 4
    assert heard == written


def test_a_change_that_is_rolled_back_never_happened(
    conversation: Conversation, heard: list[Event]
) -> None:
    with transaction.atomic():
        change(conversation)
        transaction.set_rollback(True)
    dispatch_events()
    assert heard == []


def test_a_dispatcher_that_died_after_numbering_is_made_good(
    conversation: Conversation, heard: list[Event]
) -> None:
    event = change(conversation)
    Event.objects.filter(pk=event.pk).update(sequence=1)
    later = change(conversation)
    dispatch_events()
    assert [(e.pk, e.sequence) for e in heard] == [(event.pk, 1), (later.pk, 2)]


def test_a_listener_that_fails_stops_nobody(conversation: Conversation, heard: list[Event]) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("broken listener")

    events_dispatched.connect(fail)
    try:
        change(conversation)
        dispatch_events()
    finally:
        events_dispatched.disconnect(fail)
    assert len(heard) == 1
    assert dispatch_events() == 0


def test_a_browser_that_was_away_asks_for_what_came_after(conversation: Conversation) -> None:
    for _ in range(4):
        change(conversation)
    dispatch_events()
    assert [event.sequence for event in events_after(2, limit=10)] == [3, 4]


@pytest.mark.django_db(transaction=True)
def test_four_dispatchers_at_once_leave_no_gap_and_no_double(conversation: Conversation) -> None:
    for _ in range(300):
        change(conversation)

    def run() -> None:
        dispatch_events()
        connection.close()

    threads = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sequences = list(Event.objects.order_by("id").values_list("sequence", flat=True))
    assert sequences == list(range(1, 301))
