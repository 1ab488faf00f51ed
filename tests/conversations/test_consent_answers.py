"""Who subscribes or leaves by a word is told so, once, inside the window; agents see it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone, translation

from consent.gate import permits
from consent.models import ConsentRecord, Topic
from consent.signup import begin_sign_up, topics_of
from consent.signup_wording import prepared_words
from contacts.models import Contact
from contacts.services import Person
from conversations.gateway import InboundMessage
from conversations.models import (
    Conversation,
    Event,
    EventName,
    Message,
    MessageType,
    Reason,
    Status,
)
from conversations.services.claim import claim_message
from conversations.services.receive import receive_message
from inbox.event_words import sentence
from tests import factories
from tests.conversations.fakes import FakeGateway
from tests.fixtures import Clock
from whatsapp.models import WhatsAppNumber

pytestmark = pytest.mark.django_db
WA_ID = "4915112345678"


def says(
    number: WhatsAppNumber, text: str, *, wamid: str = "", at: datetime | None = None
) -> Message | None:
    return receive_message(
        InboundMessage(
            business_number_id=number.pk,
            person=Person(wa_id=WA_ID, name="Karla"),
            wamid=wamid or f"wamid.{text}",
            type=MessageType.TEXT,
            sent_at=at or timezone.now(),
            text=text,
        )
    )


def answers() -> list[str]:
    sent = Message.objects.filter(direction="outbound").order_by("created_at", "id")
    return [message.text for message in sent]


def told() -> list[str]:
    events = Event.objects.filter(name=EventName.CONSENT_CHANGED).order_by("id")
    with translation.override("de"):
        return [str(sentence(event)) for event in events]


def test_start_is_answered_with_what_was_done_and_how_to_undo_it(number: WhatsAppNumber) -> None:
    says(number, "START")
    [answer] = Message.objects.filter(direction="outbound")
    assert answer.text == (
        "Sie bekommen ab jetzt Neuigkeiten von Nordlicht Bahn auf WhatsApp."
        " Abmelden können Sie sich mit STOPP."
    )
    assert (answer.status, answer.author) == (Status.QUEUED, None)
    assert told() == ["<b>Karla</b> hat <b>Neuigkeiten</b> abonniert"]
    assert Conversation.objects.get().last_message == answer


def test_the_same_webhook_again_is_answered_once(number: WhatsAppNumber) -> None:
    says(number, "START", wamid="wamid.1")
    says(number, "START", wamid="wamid.1")
    assert len(answers()) == len(told()) == 1


def test_a_topic_is_named_and_left_by_its_name(number: WhatsAppNumber) -> None:
    Topic.objects.create(key="line-s1", name_de="Linie S1", name_en="Line S1")
    says(number, "START S1", wamid="w.0")  # no such name: a person reads it
    says(number, "Start Linie S1", wamid="w.1")
    says(number, "Stopp Linie S1 bitte", wamid="w.2", at=timezone.now() + timedelta(seconds=1))
    assert answers()[1].startswith("Sie bekommen Linie S1 nicht mehr.")
    assert told() == [
        "<b>Karla</b> hat <b>Linie S1</b> abonniert",
        "<b>Karla</b> hat <b>Linie S1</b> abbestellt",
    ]
    contact = Contact.objects.get()
    assert not permits(contact, "marketing", "line-s1").granted


def test_stop_ends_every_topic_and_says_that_we_still_answer(number: WhatsAppNumber) -> None:
    says(number, "START", wamid="w.1")
    says(number, "STOPP", wamid="w.2", at=timezone.now() + timedelta(seconds=1))
    assert "Neuigkeiten mehr" in answers()[1]
    assert told()[1] == "<b>Karla</b> hat jede Einwilligung in Werbung widerrufen"
    contact = Contact.objects.get()
    assert not permits(contact, "marketing").granted
    assert permits(contact, "service").granted


def test_an_english_customer_is_answered_in_english(number: WhatsAppNumber) -> None:
    says(number, "Hello", wamid="w.0")
    Contact.objects.update(language="en_GB")
    says(number, "STOP", wamid="w.1")
    assert answers()[0].startswith("You get no more news from Nordlicht Bahn.")


def test_help_says_what_one_can_write(number: WhatsAppNumber) -> None:
    says(number, "HILFE")
    assert "START" in answers()[0]
    assert told() == []


def test_a_word_that_comes_a_day_late_counts_but_is_not_answered(number: WhatsAppNumber) -> None:
    says(number, "STOP", at=timezone.now() - timedelta(hours=25))
    assert answers() == []
    assert len(told()) == 1
    assert not permits(Contact.objects.get(), "marketing").granted


def test_the_number_says_which_topic_start_means(number: WhatsAppNumber) -> None:
    Topic.objects.create(key="offers", name_de="Angebote", name_en="Offers")
    WhatsAppNumber.objects.update(default_topic="offers")
    says(number, "START")
    contact = Contact.objects.get()
    assert permits(contact, "marketing", "offers").granted
    assert not permits(contact, "marketing", "news").granted


def test_what_was_queued_before_a_withdrawal_does_not_leave(number: WhatsAppNumber) -> None:
    says(number, "START", wamid="w.1")
    template = factories.MessageTemplateFactory.create(
        category="marketing", business_numbers=[number]
    )
    offer = factories.MessageFactory.create(
        conversation=Conversation.objects.get(),
        outbound=True,
        type=MessageType.TEMPLATE,
        template=template,
        status=Status.QUEUED,
        wamid=None,
    )
    Message.objects.filter(author=None, direction="outbound").delete()  # the answer to START
    says(number, "STOPP", wamid="w.2", at=timezone.now() + timedelta(seconds=1))
    assert claim_message(FakeGateway(), offer.pk) is None
    offer.refresh_from_db()
    assert (offer.status, offer.status_reason) == (Status.BLOCKED, Reason.OPTED_OUT)


def test_the_first_message_is_answered_with_the_privacy_notice_once(
    number: WhatsAppNumber,
) -> None:
    WhatsAppNumber.objects.update(privacy_notice_de="Wir sind die Nordlicht Bahn.")
    says(number, "Hallo", wamid="w.1")
    says(number, "Noch etwas", wamid="w.2")
    assert answers() == ["Wir sind die Nordlicht Bahn."]
    informed = ConsentRecord.objects.get(act="informed")
    assert informed.wording is not None
    assert (informed.wording.text, informed.wording.version) == (answers()[0], 1)
    assert informed.reference == f"message:{Message.objects.get(direction='outbound').pk}"


def test_a_changed_notice_is_a_new_version(number: WhatsAppNumber) -> None:
    for place, text in enumerate(("Eins.", "Eins.", "Zwei.")):
        WhatsAppNumber.objects.update(privacy_notice_de=text)
        contact = Person(wa_id=f"491510000000{place}")
        receive_message(
            InboundMessage(
                business_number_id=number.pk,
                person=contact,
                wamid=f"w.{place}",
                type=MessageType.TEXT,
                sent_at=timezone.now(),
                text="Hallo",
            )
        )
    informed = ConsentRecord.objects.filter(act="informed").order_by("id")
    assert [record.wording.version for record in informed if record.wording] == [1, 1, 2]


def test_the_code_of_a_form_is_answered_with_what_was_ordered(
    number: WhatsAppNumber, clock: Clock
) -> None:
    form = factories.SignUpFormFactory.create(
        business_number=number.phone_number, valid_minutes=60, offers=["news"]
    )
    sign_up = begin_sign_up(form, ["news"], "de")
    says(number, prepared_words(sign_up, topics_of(sign_up)), wamid="w.1")
    assert answers()[0].startswith("Sie bekommen ab jetzt Neuigkeiten von Nordlicht Bahn")
    assert told() == ["<b>Karla</b> hat <b>Neuigkeiten</b> abonniert"]
    says(number, prepared_words(sign_up, topics_of(sign_up)), wamid="w.2")
    assert "schon" in answers()[1]
    late = begin_sign_up(form, ["news"], "de")
    clock.forward(timedelta(minutes=61))
    says(number, prepared_words(late, topics_of(late)), wamid="w.3")
    assert "nicht mehr gültig" in answers()[2]
    assert len(told()) == 1
