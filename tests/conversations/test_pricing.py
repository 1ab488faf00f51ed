"""Who came by an ad and was answered may be written to for three days at no cost."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from accounts.models import Agent
from conversations.gateway import Accepted, StatusUpdate
from conversations.models import Conversation, Message, Status
from conversations.services.claim import claim_message
from conversations.services.locking import lock_conversation, lock_message
from conversations.services.pricing import FREE_ENTRY
from conversations.services.reply import Draft, send_reply
from conversations.services.settle import settle
from conversations.services.statuses import apply_status, apply_statuses
from tests import factories
from tests.conversations.fakes import FakeGateway
from tests.fixtures import Clock
from tests.stack import eventually
from whatsapp.models import WhatsAppNumber

pytestmark = pytest.mark.django_db
UUID1, UUID2 = "0a6ba1f2-6a3c-4f0f-8f6c-0ad2d0b1f0aa", "0a6ba1f2-6a3c-4f0f-8f6c-0ad2d0b1f0ab"


def answer(conversation: Conversation, agent: Agent, client_uuid: str = UUID1) -> Message:
    message = send_reply(conversation, Draft(client_uuid, text="Gern!"), agent).message  # type: ignore[arg-type]
    claim = claim_message(FakeGateway(), message.pk)
    assert claim is not None
    settle(claim, Accepted(f"wamid.{client_uuid}"))
    conversation.refresh_from_db()
    return message


def test_answering_who_came_by_an_ad_opens_three_free_days(
    conversation: Conversation, agent: Agent, clock: Clock
) -> None:
    now = clock.at(timezone.now())
    factories.MessageFactory.create(
        conversation=conversation, payload={"referral": {"source_type": "ad"}}
    )
    answer(conversation, agent)
    assert conversation.free_entry_expires_at == now + FREE_ENTRY
    clock.forward(timedelta(hours=2))
    answer(conversation, agent, UUID2)  # once, not with every answer
    assert conversation.free_entry_expires_at == now + FREE_ENTRY


@pytest.mark.parametrize(("payload", "hours"), [({}, 0), ({"referral": {}}, 25)])
def test_without_an_ad_or_too_late_nothing_is_free(
    conversation: Conversation, agent: Agent, payload: dict[str, object], hours: int
) -> None:
    factories.MessageFactory.create(
        conversation=conversation,
        payload=payload,
        sent_at=timezone.now() - timedelta(hours=hours),
    )
    answer(conversation, agent)
    assert conversation.free_entry_expires_at is None


def told(message: Message, ends: datetime) -> StatusUpdate:
    """A status that says when the free entry ends."""
    return StatusUpdate(
        message.business_number_id,
        f"wamid.{UUID1}",
        "sent",
        timezone.now(),
        pricing={"type": "free_entry_point", "category": "referral_conversion"},
        free_until=ends,
    )


def test_whatsapp_s_own_word_on_its_end_counts(
    conversation: Conversation, agent: Agent, django_capture_on_commit_callbacks: Any
) -> None:
    message = answer(conversation, agent)
    ends = timezone.now() + timedelta(hours=70)
    with django_capture_on_commit_callbacks(execute=True):
        apply_status(told(message, ends))
    conversation.refresh_from_db()
    message.refresh_from_db()
    assert conversation.free_entry_expires_at == ends
    assert (message.pricing_type, message.pricing_category) == (
        "free_entry_point",
        "referral_conversion",
    )


@pytest.mark.django_db(transaction=True)
def test_who_holds_a_message_never_waits_for_its_conversation(
    conversation: Conversation, agent: Agent
) -> None:
    """An agent's own step holds the conversation and then asks for the message; a status holds the
    message, and what it says of the conversation must wait until it lets go."""
    message = answer(conversation, agent)
    ends = timezone.now() + timedelta(hours=70)
    errors: list[Exception] = []

    def hear() -> None:
        try:
            apply_status(told(message, ends))
        except OperationalError as error:
            errors.append(error)
        finally:
            connection.close()

    status = Thread(target=hear)
    with transaction.atomic():
        lock_conversation(conversation.pk)
        status.start()
        eventually(somebody_waits, 20, "nobody waits for the conversation")
        assert lock_message(Message.objects.filter(pk=message.pk))
        assert lock_message(Message.objects.filter(pk=message.pk, status="sent"))
    status.join(30)
    conversation.refresh_from_db()
    assert (errors, conversation.free_entry_expires_at) == ([], ends)


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_crossed_words_on_many_conversations_do_not_deadlock(
    conversation: Conversation, agent: Agent, number: WhatsAppNumber
) -> None:
    """Sets of statuses beside people who hold the same rows in the house's order."""
    rows = [
        factories.MessageFactory.create(
            conversation=factories.ConversationFactory.create(business_number=number),
            outbound=True,
            wamid=f"wamid.many-{place}",
            status=Status.ACCEPTED,
        )
        for place in range(6)
    ]
    ends = timezone.now() + timedelta(hours=70)
    errors: list[Exception] = []
    start = Barrier(4)

    def run(act: Callable[[], object]) -> None:
        start.wait(30)
        try:
            for _ in range(15):
                act()
        except OperationalError as error:
            errors.append(error)
        finally:
            connection.close()

    def hear() -> None:
        ends_at = ends + timedelta(seconds=random.randrange(1000))
        some = random.sample(rows, 4)
        apply_statuses([replace(told(row, ends_at), wamid=row.wamid) for row in some])

    def hold() -> None:
        with transaction.atomic():
            assert lock_message(Message.objects.filter(pk=random.choice(rows).pk))

    threads = [Thread(target=run, args=(act,)) for act in (hear, hear, hold, hold)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    ended = Conversation.objects.filter(messages__in=rows, free_entry_expires_at__gte=ends)
    assert ended.distinct().count() == 6


def test_a_word_of_a_transaction_that_fails_is_not_written(
    conversation: Conversation, agent: Agent, django_capture_on_commit_callbacks: Any
) -> None:
    message = answer(conversation, agent)
    capture = django_capture_on_commit_callbacks(execute=True)
    with capture, suppress(KeyError), transaction.atomic():
        apply_status(told(message, timezone.now()))
        raise KeyError
    conversation.refresh_from_db()
    assert conversation.free_entry_expires_at is None
