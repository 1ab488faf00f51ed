"""A customer writes: what an agent would find afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from contacts.models import Contact
from contacts.services import Person
from conversations.gateway import InboundEdit, InboundMedia, InboundReaction
from conversations.models import Conversation, Event, Media, Message
from conversations.services.annotations import receive_edit, receive_reaction
from conversations.services.last_message import move_last_message
from conversations.services.lifecycle import resolve_conversation
from conversations.services.receive import receive_message
from tests import factories
from whatsapp.models import WhatsAppNumber

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def test_a_first_message_makes_contact_conversation_and_window(inbound: Any) -> None:
    message = receive_message(inbound(text="Wo ist mein Zug?", sent_at=NOW))
    assert message is not None
    conversation = message.conversation
    assert conversation.contact.name == "Karla Kundin"
    assert conversation.contact.phone == "+4915112345678"
    assert conversation.window_expires_at == NOW + timedelta(hours=24)
    assert (conversation.unread, conversation.last_message) == (1, message)
    assert list(Event.objects.values_list("name", flat=True)) == [
        "conversation.opened",
        "message.received",
    ]


def test_the_same_wamid_five_times_is_one_message(inbound: Any) -> None:
    webhook = inbound()
    results = [receive_message(webhook) for _ in range(5)]
    assert [bool(result) for result in results] == [True, False, False, False, False]
    assert Conversation.objects.get().unread == 1


def test_a_late_webhook_stands_in_its_place_and_moves_no_window_back(inbound: Any) -> None:
    newer = receive_message(inbound(sent_at=NOW))
    older = receive_message(inbound(sent_at=NOW - timedelta(hours=3)))
    conversation = Conversation.objects.get()
    assert conversation.window_expires_at == NOW + timedelta(hours=24)
    assert conversation.last_message == newer
    assert list(conversation.messages.all()) == [older, newer]


def test_of_two_messages_of_one_second_the_one_with_the_later_id_is_the_last(inbound: Any) -> None:
    first, second = (receive_message(inbound(sent_at=NOW)) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.pk < second.pk
    for order in ((first, second), (second, first)):
        conversation = Conversation.objects.get()
        for message in order:
            move_last_message(conversation, message)
        assert conversation.last_message == second


def test_a_customer_without_a_phone_number_is_a_contact_like_any_other(inbound: Any) -> None:
    person = Person(bsuid="US.73920144860157233", username="lin_okafor")
    message = receive_message(inbound(person=person))
    assert message is not None
    assert message.conversation.contact.display_name == "@lin_okafor"


def test_phone_and_bsuid_learned_together_find_the_same_person_apart(inbound: Any) -> None:
    receive_message(inbound(person=Person(wa_id="4915112345678", bsuid="DE.5")))
    receive_message(inbound(person=Person(wa_id="4915112345678")))
    receive_message(inbound(person=Person(bsuid="DE.5")))
    assert Contact.objects.count() == Conversation.objects.count() == 1


def test_what_does_not_count_for_whatsapp_opens_no_window(inbound: Any) -> None:
    message = receive_message(inbound(opens_window=False))
    assert message is not None
    assert message.conversation.window_expires_at is None


def test_the_next_inbound_reopens_a_resolved_conversation(inbound: Any, agent: Any) -> None:
    first = receive_message(inbound())
    assert first is not None
    resolve_conversation(first.conversation, agent)
    second = receive_message(inbound())
    assert second is not None
    assert second.conversation_id == first.conversation_id
    assert Conversation.objects.get().status == "open"
    assert Event.objects.filter(name="conversation.reopened").count() == 1


def test_a_second_open_conversation_is_refused_by_the_database(
    conversation: Conversation,
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.ConversationFactory.create(
            contact=conversation.contact, business_number=conversation.business_number
        )


def test_two_numbers_are_two_conversations(inbound: Any) -> None:
    other = factories.WhatsAppNumberFactory.create()
    receive_message(inbound())
    receive_message(inbound(business_number_id=other.pk))
    assert Contact.objects.count() == 1
    assert Conversation.objects.count() == 2


def test_the_number_says_which_team_it_goes_to(
    inbound: Any, number: WhatsAppNumber, team: Any
) -> None:
    number.default_team = team
    number.save()
    message = receive_message(inbound())
    assert message is not None
    assert message.conversation.team == team


def test_a_picture_waits_for_its_file(inbound: Any) -> None:
    receive_message(
        inbound(type="image", text="So sieht er aus", media=(InboundMedia("image", "M1"),))
    )
    media = Media.objects.get()
    assert (media.status, media.external_id, media.message.text) == (  # type: ignore[union-attr]
        "pending",
        "M1",
        "So sieht er aus",
    )


def test_reactions_replace_each_other_and_go(inbound: Any, number: WhatsAppNumber) -> None:
    message = receive_message(inbound())
    assert message is not None

    def react(emoji: str, minutes: int) -> bool:
        at = NOW + timedelta(minutes=minutes)
        person = Person(wa_id="4915112345678")
        return receive_reaction(InboundReaction(number.pk, person, str(message.wamid), emoji, at))

    react("👍", 1)
    react("❤️", 3)
    react("😮", 2)  # came late
    assert [row.emoji for row in message.reactions.all()] == ["❤️"]
    react("", 4)
    react("👍", 3)  # again, late: what was taken back stays so
    assert [row.emoji for row in message.reactions.all()] == [""]
    assert (
        receive_reaction(
            InboundReaction(number.pk, Person(wa_id="49151"), "wamid.nobody", "👍", NOW)
        )
        is False
    )


def test_an_edit_keeps_what_stood_there_before(inbound: Any, number: WhatsAppNumber) -> None:
    message = receive_message(inbound(text="Gleis 3"))
    assert message is not None
    edit = InboundEdit(number.pk, str(message.wamid), NOW, text="Gleis 4")
    assert receive_edit(edit)
    assert receive_edit(edit)  # twice is once
    message.refresh_from_db()
    assert message.text == "Gleis 4"
    assert message.payload["earlier_texts"] == [
        {"text": "Gleis 3", "at": message.sent_at.isoformat()}
    ]


def test_a_deletion_marks_and_keeps(inbound: Any, number: WhatsAppNumber) -> None:
    message = receive_message(inbound(text="Upps"))
    assert message is not None
    receive_edit(InboundEdit(number.pk, str(message.wamid), NOW, revoked=True))
    message.refresh_from_db()
    assert message.revoked_at == NOW
    assert message.text == "Upps"


def test_an_inbound_row_without_wamid_is_refused_by_the_database(
    conversation: Conversation,
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(
            conversation=conversation,
            business_number=conversation.business_number,
            direction="inbound",
            type="text",
            status="received",
            sent_at=NOW,
        )
