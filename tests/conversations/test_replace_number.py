"""Another number takes the place of a banned one: threads follow, nothing is lost or sent twice."""

from __future__ import annotations

import signal
import subprocess
import sys
import uuid
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Agent
from consent.models import ConsentRecord
from contacts.services import Person
from conversations import policy
from conversations.errors import CannotReplace, Malformed
from conversations.gateway import InboundCall
from conversations.models import (
    BusinessNumber,
    Conversation,
    Event,
    EventName,
    Message,
    Reason,
    Status,
)
from conversations.services import replace_number
from conversations.services.claim import claim_message
from conversations.services.incidents import receive_call
from conversations.services.receive import ARRIVED_AT, receive_message
from conversations.services.replace_number import (
    begin_replacement,
    move_threads,
    preview,
    threads_left,
)
from conversations.services.reply import Draft, send_again, send_reply
from conversations.tasks import move_threads_of_replaced_numbers
from tests import factories
from tests.conversations.dying_mover import STEPS
from tests.conversations.fakes import FakeGateway
from tests.whatsapp.test_crash import environment
from whatsapp.models import WhatsAppNumber

pytestmark = pytest.mark.django_db


@pytest.fixture
def heir(number: WhatsAppNumber) -> WhatsAppNumber:
    return factories.WhatsAppNumberFactory.create(name="Neue Nummer")


def replace(old: BusinessNumber, new: BusinessNumber) -> None:
    begin_replacement(old, new)
    assert move_threads(1000) is False


def queued(conversation: Conversation, **values: Any) -> Message:
    return factories.MessageFactory.create(
        conversation=conversation, outbound=True, status=Status.QUEUED, wamid=None, **values
    )


def test_open_and_resolved_threads_move_with_a_closed_window(
    number: WhatsAppNumber, heir: WhatsAppNumber, conversation: Conversation
) -> None:
    past = factories.ConversationFactory.create(business_number=number, resolved=True)
    message = factories.MessageFactory.create(conversation=conversation)
    replace(number, heir)
    for row in (conversation, past):
        row.refresh_from_db()
        assert (row.business_number_id, row.window_expires_at) == (heir.pk, None)
    message.refresh_from_db()
    assert message.business_number_id == number.pk
    assert conversation.last_inbound_at is not None
    told = conversation.events.get(name=EventName.CONVERSATION_MOVED)
    assert told.data == {"from_number": number.pk, "to_number": heir.pk}
    assert not past.events.exists()
    assert not policy.may_write_freely(conversation, timezone.now()).allowed
    old = BusinessNumber.objects.get(pk=number.pk)
    assert (old.is_active, old.replaced_by_id, threads_left(old)) == (False, heir.pk, 0)


def test_twice_is_once(
    number: WhatsAppNumber, heir: WhatsAppNumber, conversation: Conversation
) -> None:
    assert begin_replacement(number, heir)
    assert not begin_replacement(number, heir)
    move_threads(10)
    move_threads(10)
    assert conversation.events.filter(name=EventName.CONVERSATION_MOVED).count() == 1


def test_a_window_that_is_open_on_the_new_number_stays_open(
    number: WhatsAppNumber, heir: WhatsAppNumber, inbound: Any
) -> None:
    there = receive_message(inbound(business_number_id=heir.pk))
    here = receive_message(inbound())
    assert there
    assert here
    replace(number, heir)
    goes_on = Conversation.objects.get(pk=here.conversation_id)
    loser = Conversation.objects.get(pk=there.conversation_id)
    assert goes_on.window_expires_at == there.conversation.window_expires_at
    assert (goes_on.status, loser.status) == ("open", "resolved")
    assert (goes_on.unread, loser.unread) == (2, 0)
    assert {row.business_number_id for row in (goes_on, loser)} == {heir.pk}


def test_who_owes_the_reply_owes_it_still(
    number: WhatsAppNumber, heir: WhatsAppNumber, inbound: Any, agent: Agent
) -> None:
    here = receive_message(inbound(sent_at=timezone.now() - timedelta(hours=2)))
    there = receive_message(inbound(business_number_id=heir.pk))
    assert there
    assert here
    label = factories.LabelFactory.create()
    here.conversation.labels.add(label)
    Conversation.objects.filter(pk=here.conversation_id).update(assignee=agent)
    replace(number, heir)
    goes_on = Conversation.objects.get(pk=there.conversation_id)
    assert goes_on.assignee == agent
    assert list(goes_on.labels.all()) == [label]


def test_queued_messages_are_blocked_with_the_reason(
    number: WhatsAppNumber, heir: WhatsAppNumber, conversation: Conversation
) -> None:
    waiting = queued(conversation)
    replace(number, heir)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.status_reason) == ("blocked", Reason.NUMBER_UNAVAILABLE)
    assert conversation.events.filter(name=EventName.MESSAGE_STATUS_CHANGED).count() == 1


def test_what_comes_back_to_the_queue_is_not_sent_from_the_new_number(
    number: WhatsAppNumber, heir: WhatsAppNumber, conversation: Conversation
) -> None:
    """It was on its way while the thread moved, and Meta asked to try it later."""
    under_way = queued(conversation)
    Message.objects.filter(pk=under_way.pk).update(status=Status.SENDING)
    replace(number, heir)
    Conversation.objects.update(window_expires_at=timezone.now() + timedelta(hours=5))
    Message.objects.filter(pk=under_way.pk).update(status=Status.QUEUED)
    assert claim_message(FakeGateway(), under_way.pk) is None
    under_way.refresh_from_db()
    assert (under_way.status, under_way.status_reason) == ("blocked", Reason.NUMBER_UNAVAILABLE)
    assert under_way.business_number_id == number.pk


def test_what_still_arrives_at_the_old_number_lands_in_the_thread(
    number: WhatsAppNumber, heir: WhatsAppNumber, inbound: Any
) -> None:
    before = receive_message(inbound())
    assert before
    replace(number, heir)
    after = receive_message(inbound(text="STOP"))
    assert after
    assert after.conversation_id == before.conversation_id
    assert after.business_number_id == number.pk
    assert after.payload[ARRIVED_AT] == number.phone_number
    row = Conversation.objects.get(pk=before.conversation_id)
    assert (row.window_expires_at, row.unread) == (None, 2)
    withdrawn = ConsentRecord.objects.get(act="withdrawn")
    assert withdrawn.business_number == number.phone_number
    there = receive_message(inbound(business_number_id=heir.pk))
    assert there
    assert there.conversation_id == before.conversation_id
    assert ARRIVED_AT not in there.payload
    row.refresh_from_db()
    assert row.window_expires_at is not None


def test_somebody_new_at_the_old_number_gets_a_thread_on_the_new_one(
    number: WhatsAppNumber, heir: WhatsAppNumber, inbound: Any
) -> None:
    replace(number, heir)
    message = receive_message(inbound(person=Person(wa_id="4915199999999", name="Neu")))
    assert message
    assert message.conversation.business_number_id == heir.pk
    assert message.conversation.window_expires_at is None


def test_between_the_word_and_the_move_the_old_thread_goes_on(
    number: WhatsAppNumber, heir: WhatsAppNumber, inbound: Any
) -> None:
    before = receive_message(inbound())
    begin_replacement(number, heir)
    during = receive_message(inbound())
    assert before
    assert during
    assert during.conversation_id == before.conversation_id
    move_threads(10)
    assert Conversation.objects.get().window_expires_at is None


def test_a_call_to_the_old_number_opens_no_window(
    number: WhatsAppNumber, heir: WhatsAppNumber, inbound: Any
) -> None:
    receive_message(inbound())
    replace(number, heir)
    now = timezone.now()
    person = Person(wa_id="4915112345678", bsuid="DE.111")
    receive_call(InboundCall(number.pk, person, "wacid.1", now, began_at=now, ended=True))
    row = Conversation.objects.get()
    assert (row.business_number_id, row.window_expires_at) == (heir.pk, None)


def test_a_chain_of_replaced_numbers_leads_to_its_end(
    number: WhatsAppNumber, heir: WhatsAppNumber, inbound: Any
) -> None:
    last = factories.WhatsAppNumberFactory.create()
    before = receive_message(inbound())
    assert before
    replace(number, heir)
    replace(heir, last)
    after = receive_message(inbound())
    assert after
    assert after.conversation_id == before.conversation_id
    assert Conversation.objects.get().business_number_id == last.pk


def test_what_cannot_be(number: WhatsAppNumber, heir: WhatsAppNumber) -> None:
    third = factories.WhatsAppNumberFactory.create()
    off = factories.WhatsAppNumberFactory.create(is_active=False)
    for old, new in ((number, number), (number, off)):
        with pytest.raises(CannotReplace):
            begin_replacement(old, new)
    begin_replacement(number, heir)
    for old, new in ((number, third), (third, number), (heir, number)):
        with pytest.raises(CannotReplace):
            begin_replacement(old, new)


def test_killed_half_way_it_goes_on(
    number: WhatsAppNumber, heir: WhatsAppNumber, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.ConversationFactory.create_batch(5, business_number=number)
    monkeypatch.setattr(replace_number, "CHUNK", 2)
    begin_replacement(number, heir)
    assert move_threads(1) is True
    assert threads_left(number) == 3
    real = replace_number._block_queued

    def die(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr(replace_number, "_block_queued", die)
    with pytest.raises(SystemExit):
        move_threads(1)
    assert threads_left(number) == 3
    monkeypatch.setattr(replace_number, "_block_queued", real)
    move_threads_of_replaced_numbers()
    assert threads_left(number) == 0
    assert Conversation.objects.filter(business_number=heir, window_expires_at=None).count() == 5


def test_the_preview_says_what_will_be(
    number: WhatsAppNumber, heir: WhatsAppNumber, inbound: Any
) -> None:
    receive_message(inbound())
    receive_message(inbound(business_number_id=heir.pk))
    past = factories.ConversationFactory.create(business_number=number, resolved=True)
    queued(past)
    both = factories.MessageTemplateFactory.create(name="both", business_numbers=[number, heir])
    factories.MessageTemplateFactory.create(name="here", business_numbers=[number])
    assert both
    found = preview(number, heir)
    assert (found.contacts, found.open_threads, found.resolved_threads) == (2, 1, 1)
    assert (found.meeting, found.queued, found.consents) == (1, 1, 1)
    assert (found.templates, found.templates_missing) == (2, 1)
    assert Conversation.objects.filter(business_number=number).count() == 2


@pytest.mark.django_db(transaction=True)
def test_customers_write_while_their_threads_move(
    number: WhatsAppNumber, heir: WhatsAppNumber, inbound: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two movers and two mailmen at once: every message stored, one open thread per customer."""
    monkeypatch.setattr(replace_number, "CHUNK", 3)
    people = [Person(wa_id=f"4915100000{n:03d}") for n in range(20)]
    for person in people:
        receive_message(inbound(person=person))
    ready = [
        inbound(
            person=person,
            business_number_id=(number if turn % 2 else heir).pk,
            wamid=f"wamid.{uuid.uuid4()}",
        )
        for turn in range(4)
        for person in people
    ]
    begin_replacement(number, heir)
    failures: list[BaseException] = []

    def run(work: Any) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001
            failures.append(error)
        finally:
            connection.close()

    def deliver(part: list[Any]) -> None:
        for one in part:
            receive_message(one)

    works = [
        lambda: deliver(ready[::2]),
        lambda: deliver(ready[1::2]),
        lambda: move_threads(1000),
        lambda: move_threads(1000),
    ]
    threads = [Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    move_threads(1000)
    assert failures == []
    assert Message.objects.count() == 100
    assert not Conversation.objects.filter(business_number=number).exists()
    opened = Conversation.objects.exclude(status="resolved")
    assert opened.count() == len(people)
    assert sum(opened.values_list("unread", flat=True)) == 100


@pytest.mark.django_db(transaction=True)
@pytest.mark.processes
@pytest.mark.parametrize("step", STEPS)
def test_a_mover_killed_at_any_step_loses_and_doubles_nothing(
    number: WhatsAppNumber, heir: WhatsAppNumber, step: str
) -> None:
    rows = factories.ConversationFactory.create_batch(5, business_number=number)
    waiting = [queued(row) for row in rows]
    begin_replacement(number, heir)
    command = [sys.executable, "-m", "tests.conversations.dying_mover", step]
    killed = subprocess.run(command, env=environment(), timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL
    move_threads_of_replaced_numbers()
    assert threads_left(number) == 0
    moved = Event.objects.filter(name=EventName.CONVERSATION_MOVED)
    assert sorted(moved.values_list("conversation", flat=True)) == sorted(row.pk for row in rows)
    blocked = Event.objects.filter(name=EventName.MESSAGE_STATUS_CHANGED)
    assert sorted(blocked.values_list("message", flat=True)) == sorted(row.pk for row in waiting)
    assert set(Message.objects.values_list("status", flat=True)) == {"blocked"}


def test_what_was_exchanged_with_the_old_number_is_not_quoted(
    number: WhatsAppNumber, heir: WhatsAppNumber, inbound: Any, agent: Agent
) -> None:
    before = receive_message(inbound())
    assert before
    replace(number, heir)
    after = receive_message(inbound(business_number_id=heir.pk))
    assert after
    conversation = Conversation.objects.get()
    with pytest.raises(Malformed) as caught:
        send_reply(conversation, Draft(uuid.uuid4(), text="Ja", context_wamid=before.wamid), agent)
    assert "context" in caught.value.errors
    draft = Draft(uuid.uuid4(), text="Ja", context_wamid=after.wamid)
    assert send_reply(conversation, draft, agent).message.business_number_id == heir.pk


def test_what_was_blocked_is_sent_again_from_the_new_number(
    number: WhatsAppNumber, heir: WhatsAppNumber, inbound: Any, agent: Agent
) -> None:
    before = receive_message(inbound())
    assert before
    waiting = queued(before.conversation, author=agent, context_wamid=before.wamid)
    replace(number, heir)
    receive_message(inbound(business_number_id=heir.pk))
    waiting.refresh_from_db()
    again = send_again(waiting, agent)
    assert (again.business_number_id, again.status, again.context_wamid) == (heir.pk, "queued", "")
