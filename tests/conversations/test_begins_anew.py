"""Who comes back late begins a new conversation; their window is one, whichever they are in."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Agent
from contacts.services import Person
from conversations.errors import AnotherIsOpen
from conversations.gateway import InboundCall
from conversations.models import Conversation, Event, ServiceSettings
from conversations.service_settings import goes_on_elsewhere
from conversations.services.incidents import receive_call
from conversations.services.lifecycle import reopen_conversation, resolve_conversation
from conversations.services.receive import receive_message, receive_messages
from tests.conversations.conftest import ANYBODY
from whatsapp.models import WhatsAppNumber

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def resolved(inbound: Any, agent: Agent, at: datetime = NOW) -> Conversation:
    """Karla's conversation, resolved at `at`."""
    message = receive_message(inbound(sent_at=at - timedelta(hours=1)))
    assert message is not None
    resolve_conversation(message.conversation, by=agent)
    Conversation.objects.update(resolved_at=at)
    return Conversation.objects.get()


def test_soon_it_goes_on(inbound: Any, agent: Agent) -> None:
    earlier = resolved(inbound, agent)
    message = receive_message(inbound(sent_at=NOW + timedelta(hours=71, minutes=59)))
    assert message is not None
    assert message.conversation == earlier
    assert Conversation.objects.get().status == "open"


def test_late_it_begins_anew_and_says_so(inbound: Any, agent: Agent) -> None:
    earlier = resolved(inbound, agent)
    at = NOW + timedelta(hours=72)
    first = receive_message(inbound(sent_at=at))
    second = receive_message(inbound(sent_at=at + timedelta(minutes=1)))
    assert first
    assert second
    assert first.conversation == second.conversation != earlier
    fresh = Conversation.objects.get(pk=first.conversation_id)
    assert (fresh.status, fresh.unread, fresh.assignee) == ("open", 2, None)
    assert fresh.window_expires_at == at + timedelta(hours=24, minutes=1)
    assert fresh.waiting_since == at
    event = Event.objects.get(name="conversation.follows")
    assert (event.conversation, event.data["after"]) == (fresh, str(earlier.pk))
    earlier.refresh_from_db()
    assert earlier.status == "resolved"
    # The window belongs to the customer and the number: both threads know its end.
    assert earlier.window_expires_at == fresh.window_expires_at
    with pytest.raises(AnotherIsOpen):
        reopen_conversation(earlier, by=agent)


def test_what_came_late_does_not_shorten_the_window(inbound: Any, agent: Agent) -> None:
    """A conversation that begins anew has at least the window its customer had."""
    earlier = resolved(inbound, agent)
    later = NOW + timedelta(hours=90)
    Conversation.objects.update(window_expires_at=later, last_inbound_at=NOW)
    message = receive_message(inbound(sent_at=NOW + timedelta(hours=72) - timedelta(hours=6)))
    assert message is not None
    assert message.conversation == earlier
    resolve_conversation(earlier, by=agent)
    Conversation.objects.update(resolved_at=NOW - timedelta(hours=10))
    fresh = receive_message(inbound(sent_at=NOW + timedelta(hours=62)))
    assert fresh is not None
    assert fresh.conversation != earlier
    fresh.conversation.refresh_from_db()
    assert fresh.conversation.window_expires_at == later


def test_zero_hours_always_reopen(inbound: Any, agent: Agent) -> None:
    ServiceSettings.objects.create(reopen_within_hours=0)
    earlier = resolved(inbound, agent)
    message = receive_message(inbound(sent_at=NOW + timedelta(days=900)))
    assert message is not None
    assert message.conversation == earlier


def test_in_one_batch(inbound: Any, agent: Agent) -> None:
    resolved(inbound, agent)
    hours = (1, 80, 81)
    rows = receive_messages([inbound(sent_at=NOW + timedelta(hours=one)) for one in hours])
    assert len({row.conversation_id for row in rows}) == 1  # the first of them reopened it
    assert Conversation.objects.count() == 1


def test_a_late_call_begins_anew_too(inbound: Any, agent: Agent, number: WhatsAppNumber) -> None:
    earlier = resolved(inbound, agent)
    at = NOW + timedelta(days=5)
    call = InboundCall(
        business_number_id=number.pk,
        person=ANYBODY,
        call_id="call-1",
        told_at=at,
        began_at=at,
        ended=True,
        answered=False,
        duration_s=0,
    )
    receive_call(call)
    receive_call(call)
    fresh = Conversation.objects.exclude(pk=earlier.pk).get()
    assert fresh.window_expires_at == at + timedelta(hours=24)
    assert Event.objects.filter(name="call.ended").count() == 1


@given(
    hours=st.integers(0, 24 * 30),
    after_s=st.integers(-86_400, 86_400 * 40),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_rule(hours: int, after_s: int) -> None:
    """Exactly who comes that late begins anew, and never where the house always reopens."""
    gone = Conversation(status="resolved", resolved_at=NOW)
    begins = goes_on_elsewhere(gone, NOW + timedelta(seconds=after_s), hours)
    assert begins == (hours > 0 and after_s >= hours * 3600)
    assert not goes_on_elsewhere(Conversation(status="open"), NOW + timedelta(days=900), hours)


@settings(max_examples=25, deadline=None)
@given(gaps=st.lists(st.tuples(st.integers(0, 200), st.booleans()), min_size=1, max_size=8))
@pytest.mark.django_db(transaction=True)
def test_whatever_happens_at_most_one_is_open_and_windows_agree(
    gaps: list[tuple[int, bool]],
) -> None:
    """Messages with gaps of hours, some of them answered by "resolved"."""
    from tests import factories  # noqa: PLC0415 (each example has rows of its own)

    number = factories.WhatsAppNumberFactory.create()
    agent = factories.AgentFactory.create()
    karla = Person(wa_id=f"49151{number.pk:08d}", name="Karla")
    at = NOW
    from conversations.gateway import InboundMessage  # noqa: PLC0415

    for place, (gap, resolve) in enumerate(gaps):
        at += timedelta(hours=gap)
        message = receive_message(
            InboundMessage(
                business_number_id=number.pk,
                person=karla,
                wamid=f"wamid.{number.pk}-{place}",
                type="text",
                text="Hallo",
                sent_at=at,
            )
        )
        assert message is not None
        rows = Conversation.objects.filter(business_number=number)
        assert rows.exclude(status="resolved").count() == 1
        assert {row.window_expires_at for row in rows} == {at + timedelta(hours=24)}
        if resolve:
            resolve_conversation(message.conversation, by=agent)
            Conversation.objects.filter(pk=message.conversation_id).update(resolved_at=at)


@pytest.mark.django_db(transaction=True)
def test_two_webhooks_at_once_make_one_new_conversation(inbound: Any, agent: Agent) -> None:
    earlier = resolved(inbound, agent)
    at = NOW + timedelta(days=9)
    both = threading.Barrier(2)
    failed: list[str] = []

    def receive(webhook: Any) -> None:
        both.wait()
        try:
            receive_message(webhook)
        except IntegrityError:  # the caller does it again
            receive_message(webhook)
        except Exception as error:  # noqa: BLE001
            failed.append(repr(error))
        finally:
            connection.close()

    webhooks = [inbound(sent_at=at), inbound(sent_at=at + timedelta(seconds=5))]
    threads = [threading.Thread(target=receive, args=(one,)) for one in webhooks]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []
    fresh = Conversation.objects.exclude(pk=earlier.pk).get()
    assert fresh.messages.count() == fresh.unread == 2
