"""Two contacts become one: no thread, no queued message and no window is lost; and back again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from accounts.models import Agent
from contacts.merging import MergeRefused, merge_contacts, planned, undo_merge
from contacts.models import Contact, ContactMerge, MergeReason
from contacts.services import Person, change_identity, find_or_create_contact, learn
from conversations.errors import AnotherIsOpen
from conversations.models import Conversation, Event, EventName, Status
from conversations.services.lifecycle import (
    reopen_conversation,
    resolve_conversation,
    set_status,
)
from conversations.services.receive import receive_message
from tests import factories
from tests.conversations.toms import ACCOUNT_ONLY, BOTH, PHONE_ONLY, by_hand
from whatsapp.models import WhatsAppNumber

pytestmark = pytest.mark.django_db


def fresh(*rows: Conversation) -> list[Conversation]:
    return [Conversation.objects.get(pk=row.pk) for row in rows]


def events_of(row: Conversation, name: EventName) -> list[Event]:
    return list(row.events.filter(name=name))


def test_the_thread_with_the_older_last_message_is_resolved(two: Any) -> None:
    by_hand(*two)
    older, newer = fresh(*two)
    assert older.contact_id == newer.contact_id
    assert (older.status, older.unread) == ("resolved", 0)
    assert (newer.status, newer.unread) == ("open", 2)
    assert older.window_expires_at == newer.window_expires_at
    assert [row.data for row in events_of(older, EventName.CONVERSATION_MERGED)] == [
        {"into": str(newer.pk)}
    ]
    assert [row.data for row in events_of(newer, EventName.CONVERSATION_MERGED)] == [
        {"from": str(older.pk)}
    ]
    assert older.messages.count() == newer.messages.count() == 1


def test_the_later_window_counts_whichever_thread_goes_on(two: Any) -> None:
    """An outbound message makes a thread newer; the window is the customer's."""
    older, newer = two
    Conversation.objects.filter(pk=older.pk).update(last_message_at=timezone.now())
    later = newer.window_expires_at
    by_hand(older, newer)
    goes_on, resolved = fresh(older, newer)
    assert (goes_on.status, resolved.status) == ("open", "resolved")
    assert goes_on.window_expires_at == later
    assert goes_on.last_inbound_at == newer.last_inbound_at


def test_whoever_owed_a_reply_owes_it_still(two: Any, agent: Agent) -> None:
    older, newer = two
    Conversation.objects.filter(pk=older.pk).update(assignee=agent)
    own, taken = factories.LabelFactory.create(), factories.LabelFactory.create()
    newer.labels.add(own)
    older.labels.add(own, taken)
    merge = by_hand(older, newer)
    assert fresh(newer)[0].assignee == agent
    assert set(newer.labels.all()) == {own, taken}
    assert len(events_of(newer, EventName.CONVERSATION_ASSIGNED)) == 1
    undo_merge(merge)
    assert [row.assignee for row in fresh(older, newer)] == [agent, None]
    assert [set(row.labels.all()) for row in (older, newer)] == [{own, taken}, {own}]


def test_threads_on_other_numbers_just_move(inbound: Any) -> None:
    elsewhere = factories.WhatsAppNumberFactory.create()
    one = receive_message(inbound(person=PHONE_ONLY))
    other = receive_message(inbound(person=ACCOUNT_ONLY, business_number_id=elsewhere.pk))
    assert one
    assert other
    by_hand(one.conversation, other.conversation)
    rows = fresh(one.conversation, other.conversation)
    assert {row.status for row in rows} == {"open"}
    assert {row.contact_id for row in rows} == {one.conversation.contact_id}
    assert rows[1].window_expires_at == other.conversation.window_expires_at


def test_the_next_message_of_either_arrives_in_the_thread_that_goes_on(
    two: Any, inbound: Any
) -> None:
    by_hand(*two)
    for person in (PHONE_ONLY, ACCOUNT_ONLY, BOTH):
        message = receive_message(inbound(person=person))
        assert message
        assert message.conversation_id == two[1].pk
    assert Conversation.objects.exclude(status="resolved").count() == 1


def test_a_message_that_names_both_merges_and_is_stored_once(two: Any, inbound: Any) -> None:
    message = receive_message(inbound(person=BOTH))
    assert message
    assert message.conversation_id == two[1].pk
    assert Contact.objects.filter(merged_into=None).count() == 1
    assert fresh(two[1])[0].unread == 3


def test_what_was_queued_in_the_resolved_thread_stays_queued(two: Any) -> None:
    older, _newer = two
    queued = factories.MessageFactory.create(
        conversation=older, outbound=True, status=Status.QUEUED, wamid=None
    )
    by_hand(*two)
    queued.refresh_from_db()
    assert queued.status == Status.QUEUED
    assert queued.conversation.contact.phone == "+447700900321"
    assert queued.conversation.window.is_open(timezone.now())


def test_different_accounts_lend_each_other_no_window(inbound: Any) -> None:
    """Never outside the window: what opened it was written from an account that is history."""
    now = timezone.now()
    first = receive_message(
        inbound(person=Person(wa_id="4915111111111", bsuid="DE.1"), sent_at=now)
    )
    late = receive_message(
        inbound(
            person=Person(wa_id="4915122222222", bsuid="DE.2"), sent_at=now - timedelta(hours=5)
        )
    )
    assert first
    assert late
    merge = by_hand(first.conversation, late.conversation)
    rows = fresh(first.conversation, late.conversation)
    assert merge.survivor.identity_values["bsuid"] == "DE.2"
    for row in rows:
        assert row.window_expires_at == late.conversation.window_expires_at
    undo_merge(merge)
    values = [row.contact.identity_values["bsuid"] for row in fresh(*rows)]
    assert values == ["DE.1", "DE.2"]


def test_a_split_gives_everything_back(two: Any, agent: Agent) -> None:
    before = [
        (row.contact_id, row.status, row.window_expires_at, row.last_inbound_at)
        for row in fresh(*two)
    ]
    names = [row.contact.display_name for row in two]
    merge = by_hand(*two)
    undo_merge(merge, agent)
    rows = fresh(*two)
    after = [
        (row.contact_id, row.status, row.window_expires_at, row.last_inbound_at) for row in rows
    ]
    assert after == before
    assert [row.contact.display_name for row in rows] == names
    reopened = events_of(rows[0], EventName.CONVERSATION_REOPENED)
    assert [row.actor for row in reopened] == [agent]
    merge.refresh_from_db()
    assert merge.undone_by == agent
    with pytest.raises(MergeRefused):
        undo_merge(merge)


def test_what_came_after_the_merge_opens_no_window_after_a_split(two: Any, inbound: Any) -> None:
    merge = by_hand(*two)
    before = two[1].window_expires_at
    receive_message(inbound(person=PHONE_ONLY, sent_at=timezone.now()))
    undo_merge(merge)
    older, newer = fresh(*two)
    assert newer.window_expires_at == before
    assert newer.messages.count() == 2
    assert (older.status, newer.status) == ("open", "open")


def test_a_thread_is_not_reopened_beside_another_one(two: Any, inbound: Any) -> None:
    older, newer = two
    merge = merge_contacts(newer.contact, older.contact, MergeReason.BY_HAND)
    # Resolved since, and the resolved one of the two opened again by hand.
    Conversation.objects.filter(pk=newer.pk).update(status="resolved", resolved_at=timezone.now())
    Conversation.objects.filter(pk=older.pk).update(status="open", resolved_at=None)
    undo_merge(merge)
    older, newer = fresh(older, newer)
    assert (older.status, newer.status) == ("open", "resolved")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_merges_are_undone_in_any_order(inbound: Any, order: tuple[int, int]) -> None:
    people = [Person(bsuid=f"DE.{n}") for n in range(3)]
    now = timezone.now()
    messages = [
        receive_message(inbound(person=one, sent_at=now - timedelta(minutes=5 - at)))
        for at, one in enumerate(people)
    ]
    threads = [message.conversation for message in messages if message]
    owners = [row.contact_id for row in threads]
    one, two, three = (Contact.objects.get(pk=pk) for pk in owners)
    merges = [
        merge_contacts(two, one, MergeReason.BY_HAND),
        merge_contacts(three, two, MergeReason.BY_HAND),
    ]
    assert set(Contact.objects.values_list("merged_into", flat=True)) == {three.pk, None}
    for at in order:
        undo_merge(merges[at])
    rows = fresh(*threads)
    assert [row.contact_id for row in rows] == owners
    assert [row.status for row in rows] == ["open"] * 3
    assert [row.contact.identity_values for row in rows] == [{"bsuid": f"DE.{n}"} for n in range(3)]
    assert not Contact.objects.exclude(merged_into=None).exists()


def test_what_was_learned_with_an_identity_goes_with_it(two: Any) -> None:
    merge = by_hand(*two)
    find_or_create_contact(Person(bsuid="GB.1", parent_bsuid="GB.ENT.7"))
    change_identity(
        merge.survivor,
        Person(bsuid="GB.1", parent_bsuid="GB.ENT.7"),
        Person(bsuid="GB.2", parent_bsuid="GB.ENT.8"),
    )
    undo_merge(merge)
    _older, newer = fresh(*two)
    assert newer.contact.identity_values == {
        "bsuid": "GB.2",
        "parent_bsuid": "GB.ENT.8",
        "username": "tom.w",
    }


def test_the_same_merge_twice_is_refused(two: Any) -> None:
    by_hand(*two)
    with pytest.raises(MergeRefused):
        by_hand(*two)
    with pytest.raises(MergeRefused):
        merge_contacts(two[0].contact, two[0].contact, MergeReason.BY_HAND)


def test_a_plan_says_what_would_happen(two: Any, agent: Agent) -> None:
    older, newer = two
    Conversation.objects.filter(pk=older.pk).update(assignee=agent)
    with translation.override("en"):
        said = " ".join(planned(older.contact, newer.contact))
    assert "1 conversation moves" in said
    assert agent.name in said
    assert not ContactMerge.objects.exists()


def test_a_changed_number_stands_in_the_thread(two: Any) -> None:
    older, newer = two
    change_identity(older.contact, PHONE_ONLY, Person(wa_id="447700900388"))
    found = events_of(older, EventName.CONTACT_CHANGED)
    assert [row.data for row in found] == [{"change": "number"}]
    assert not events_of(newer, EventName.CONTACT_CHANGED)


def test_a_lost_number_stands_in_the_thread_of_who_lost_it(inbound: Any) -> None:
    message = receive_message(inbound(person=BOTH))
    receive_message(inbound(person=Person(wa_id=BOTH.wa_id, bsuid="GB.99")))
    assert message
    found = events_of(message.conversation, EventName.CONTACT_CHANGED)
    assert [row.data for row in found] == [{"change": "lost"}]
    assert Conversation.objects.exclude(status="resolved").count() == 2


def test_numbers_are_left_alone(two: Any, number: WhatsAppNumber) -> None:
    by_hand(*two)
    assert set(Conversation.objects.values_list("business_number", flat=True)) == {number.pk}


@pytest.mark.parametrize("bsuids", [("DE.1", "DE.2"), ("", "")])
def test_an_account_that_was_taken_for_dead_and_writes_splits_the_two(
    inbound: Any, bsuids: tuple[str, str]
) -> None:
    """Else its message would open a window for the other account."""
    people = [Person(wa_id=f"491511111111{n}", bsuid=bsuid) for n, bsuid in enumerate(bsuids)]
    messages = [receive_message(inbound(person=person)) for person in people]
    threads = [message.conversation for message in messages if message]
    owners = [row.contact_id for row in threads]
    merge = by_hand(threads[0], threads[1])
    again = receive_message(inbound(person=people[0]))
    assert again
    merge.refresh_from_db()
    assert merge.undone_at
    assert [row.contact_id for row in fresh(*threads)] == owners
    assert again.conversation_id == threads[0].pk


def test_a_late_status_of_a_dead_account_splits_nobody(inbound: Any) -> None:
    first = receive_message(inbound(person=Person(bsuid="DE.1", wa_id="4915111111111")))
    second = receive_message(inbound(person=Person(bsuid="DE.2", wa_id="4915122222222")))
    assert first
    assert second
    merge = by_hand(first.conversation, second.conversation)
    assert learn(Person(bsuid="DE.1", wa_id="4915111111111")) == merge.survivor
    merge.refresh_from_db()
    assert merge.undone_at is None


def test_what_a_merge_resolved_is_not_opened_beside_the_other(two: Any, agent: Agent) -> None:
    by_hand(*two)
    older, newer = fresh(*two)
    with pytest.raises(AnotherIsOpen):
        reopen_conversation(older, agent)
    with pytest.raises(AnotherIsOpen):
        set_status(older, "pending", agent)
    assert fresh(older)[0].status == "resolved"
    resolve_conversation(newer, agent)
    reopen_conversation(older, agent)
    assert fresh(older)[0].status == "open"
