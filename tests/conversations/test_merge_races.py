"""Merges beside messages, readers and other merges of the same moment."""

from __future__ import annotations

from threading import Event as Flag
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction

from contacts.merging import MergeRefused
from contacts.models import ContactMerge
from conversations.models import Conversation, Message
from conversations.services.locking import lock_conversation
from conversations.services.receive import receive_message
from tests.conversations.toms import ACCOUNT_ONLY, PHONE_ONLY, by_hand

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_message_that_arrives_during_a_merge_is_in_the_thread_that_goes_on(
    two: Any, inbound: Any
) -> None:
    webhook = inbound(person=ACCOUNT_ONLY)

    def receive() -> None:
        with transaction.atomic():
            receive_message(webhook)
        connection.close()

    thread = Thread(target=receive)
    with transaction.atomic():
        by_hand(*two)
        thread.start()
        thread.join(0.5)  # it waits for the merge, or has not begun
    thread.join(30)
    message = Message.objects.get(wamid=webhook.wamid)
    assert message.conversation_id == two[1].pk
    assert message.conversation.contact_id == two[0].contact_id
    assert Conversation.objects.exclude(status="resolved").count() == 1


def test_a_merge_waits_for_a_message_that_is_being_stored(two: Any, inbound: Any) -> None:
    stored, merged = Flag(), Flag()

    def merge() -> None:
        stored.wait(30)
        by_hand(*two)
        merged.set()
        connection.close()

    thread = Thread(target=merge)
    thread.start()
    with transaction.atomic():
        message = receive_message(inbound(person=PHONE_ONLY))
        stored.set()
        assert not merged.wait(0.5)
    thread.join(30)
    assert message
    assert merged.is_set()
    assert Conversation.objects.get(pk=message.conversation_id).contact_id == two[0].contact_id
    assert Conversation.objects.exclude(status="resolved").count() == 1


def test_who_waits_for_a_thread_that_changes_hands_gets_it(two: Any) -> None:
    """PostgreSQL drops a locked row whose join does not hold any more; it is there all the same."""
    found: list[Conversation] = []

    def lock() -> None:
        with transaction.atomic():
            found.append(lock_conversation(two[1].pk))
        connection.close()

    thread = Thread(target=lock)
    with transaction.atomic():
        by_hand(*two)
        thread.start()
        thread.join(0.5)
    thread.join(30)
    assert found[0].contact == two[0].contact


def test_six_who_merge_the_same_two_at_once_merge_them_once(two: Any) -> None:
    refused: list[str] = []

    def merge(one: Conversation, other: Conversation) -> None:
        try:
            by_hand(one, other)
        except MergeRefused as error:
            refused.append(str(error))
        finally:
            connection.close()

    pairs = [two, two[::-1]] * 3
    threads = [Thread(target=merge, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 5
    assert ContactMerge.objects.count() == 1
    assert Conversation.objects.exclude(status="resolved").count() == 1
