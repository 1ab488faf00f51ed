"""Who comes by a link or QR code of ours: tied to it, counted, and seen by agents."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Agent
from consent.models import Act, ConsentRecord, Topic
from consent.retention_run import real_run
from contacts.services import Person
from conversations.link_counts import opened_of
from conversations.models import (
    ChatLink,
    ChatLinkDay,
    ChatLinkOpening,
    Conversation,
    Event,
    EventName,
)
from conversations.services.chat_links import add_up_openings, count_opening, make_links
from conversations.services.receive import receive_message, receive_messages
from tests import factories
from whatsapp.models import WhatsAppNumber

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(number: WhatsAppNumber) -> ChatLink:
    return factories.ChatLinkFactory.create(
        name="Plakat Zug 4711", campaign="Herbst", business_number=number, reference="K7QM3X"
    )


def linked() -> list[dict[str, object]]:
    rows = Event.objects.filter(name=EventName.CONVERSATION_LINKED).order_by("pk")
    return list(rows.values_list("data", flat=True))


def test_a_message_with_the_reference_is_tied_to_the_link(inbound: Any, link: ChatLink) -> None:
    message = receive_message(inbound(text="Moin, eine Frage (Ref. K7Q-M3X)"))
    assert message is not None
    conversation = Conversation.objects.get()
    assert (conversation.chat_link, conversation.came_at) == (link, message.sent_at)
    assert linked() == [{"chat_link": link.pk}]
    assert message.text == "Moin, eine Frage (Ref. K7Q-M3X)"


def test_one_who_wrote_before_came_by_it_now(inbound: Any, link: ChatLink) -> None:
    receive_message(inbound())
    assert Conversation.objects.get().chat_link is None
    receive_message(inbound(text="k7q m3x"))
    assert Conversation.objects.get().chat_link == link


def test_the_first_source_stays_and_a_later_one_is_told(inbound: Any, link: ChatLink) -> None:
    second = factories.ChatLinkFactory.create(business_number=link.business_number)
    for text in ("K7Q-M3X", "K7Q-M3X", f"Noch etwas (Ref. {second.spelled})"):
        receive_message(inbound(text=text))
    assert Conversation.objects.get().chat_link == link
    assert linked() == [{"chat_link": link.pk}, {"chat_link": second.pk}]


def test_a_closed_link_is_still_known(inbound: Any, link: ChatLink) -> None:
    ChatLink.objects.update(is_active=False)
    receive_message(inbound(text="K7Q-M3X"))
    assert Conversation.objects.get().chat_link == link


@pytest.mark.parametrize(
    "message",
    [
        {"text": "Moin, eine Frage"},
        {"text": "Moin (Ref. X9X-X9X)"},
        {"text": "K7Q-M3X", "opens_window": False},
        {"text": "K7Q-M3X", "type": "image"},
    ],
)
def test_without_our_reference_nothing_is_known(
    inbound: Any, link: ChatLink, message: dict[str, Any]
) -> None:
    receive_message(inbound(**message))
    assert Conversation.objects.get().chat_link is None
    assert linked() == []


def test_one_query_for_a_batch_that_has_references_and_none_without(
    inbound: Any, link: ChatLink
) -> None:
    def queries(*texts: str) -> int:
        messages = [
            inbound(text=text, person=Person(wa_id=f"49151999{at:04d}"))
            for at, text in enumerate(texts)
        ]
        with CaptureQueriesContext(connection) as asked:
            receive_messages(messages)
        return sum('FROM "conversations_chatlink"' in query["sql"] for query in asked)

    assert queries("Hallo", "Wo ist mein Zug?", "RE 7 nach Kiel") == 0
    assert queries(*(f"Hallo {at} (Ref. K7Q-M3X)" for at in range(20))) == 1
    assert Conversation.objects.filter(chat_link=link).count() == 20


# -- consent --------------------------------------------------------------------------------------


def test_the_words_around_it_still_subscribe_and_stay_as_sent(inbound: Any, link: ChatLink) -> None:
    Topic.objects.get_or_create(key="news", defaults={"name_de": "News", "name_en": "News"})
    receive_message(inbound(text="START NEWS (Ref. K7Q-M3X)"))
    granted = ConsentRecord.objects.get(act=Act.GRANTED, purpose="marketing")
    assert granted.topic == "news"
    assert granted.detail.words == "START NEWS (Ref. K7Q-M3X)"


def test_they_unsubscribe_as_well(inbound: Any, link: ChatLink) -> None:
    receive_message(inbound(text="START"))
    receive_message(inbound(text="STOPP (Ref. K7Q-M3X)"))
    assert ConsentRecord.objects.filter(act=Act.WITHDRAWN, topic="news").exists()


def test_a_reference_that_is_not_ours_hides_nothing(inbound: Any, link: ChatLink) -> None:
    """Somebody else's words around START are not understood: a person reads them."""
    receive_message(inbound(text="START NEWS (Ref. X9X-X9X)"))
    assert not ConsentRecord.objects.filter(purpose="marketing").exists()


# -- made -----------------------------------------------------------------------------------------


def test_several_places_are_several_links(number: WhatsAppNumber, admin: Agent) -> None:
    draft = ChatLink(name="Plakat", business_number=number, campaign="Herbst", greeting_de="Moin")
    made = make_links(draft, ["Zug 4711", "Zug 4712"], admin)
    assert [(one.name, one.place) for one in made] == [
        ("Plakat · Zug 4711", "Zug 4711"),
        ("Plakat · Zug 4712", "Zug 4712"),
    ]
    assert len({one.reference for one in made}) == 2
    assert {one.created_by for one in made} == {admin}
    (only,) = make_links(draft, ["Zug 4713"], admin)
    assert only.name == "Plakat"


def test_all_are_made_or_none(
    number: WhatsAppNumber, admin: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = ChatLink(name="Plakat", business_number=number, greeting_de="Moin")
    with pytest.raises(Exception, match="too long"):
        make_links(draft, ["kurz", "x" * 200], admin)
    assert not ChatLink.objects.exists()


def test_a_reference_that_is_taken_is_not_given_again(
    link: ChatLink, admin: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    from conversations.services import chat_links  # noqa: PLC0415

    offered = iter(["K7QM3X", "K7QM3X", "A2BC3D"])
    monkeypatch.setattr(chat_links, "new_reference", lambda: next(offered))
    draft = ChatLink(name="Plakat", business_number=link.business_number, greeting_de="Moin")
    assert make_links(draft, [], admin)[0].reference == "A2BC3D"


@pytest.mark.parametrize(
    "values",
    [
        {"reference": "k7qm3x"},
        {"reference": "K7QM3"},
        {"greeting_de": "", "greeting_en": ""},
    ],
)
def test_the_database_refuses_what_cannot_be(link: ChatLink, values: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ChatLink.objects.filter(pk=link.pk).update(**values)


# -- counted --------------------------------------------------------------------------------------


def test_openings_become_sums_by_day(link: ChatLink) -> None:
    for _ in range(3):
        count_opening(link)
    assert opened_of(link) == 3
    assert add_up_openings() == 3
    assert add_up_openings() == 0
    count_opening(link)
    assert opened_of(link) == 4
    add_up_openings()
    day = ChatLinkDay.objects.get()
    assert (day.day, day.opened) == (timezone.localdate(), 4)
    assert not ChatLinkOpening.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_lose_and_double_nothing(number: WhatsAppNumber) -> None:
    links = [factories.ChatLinkFactory.create(business_number=number) for _ in range(3)]

    def open_and_sum(seed: int) -> None:
        try:
            for at in range(20):
                count_opening(links[(seed + at) % 3])
                if at % 5 == 0:
                    add_up_openings()
        finally:
            connection.close()

    threads = [threading.Thread(target=open_and_sum, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    add_up_openings()
    assert sum(ChatLinkDay.objects.values_list("opened", flat=True)) == 120
    assert Counter(opened_of(one) for one in links) == Counter([40, 40, 40])


def test_what_a_thread_shows_is_not_pruned(inbound: Any, link: ChatLink) -> None:
    receive_message(inbound(text="START (Ref. K7Q-M3X)"))
    receive_message(inbound(text="START"))
    long_ago = timezone.now() - timedelta(days=60)
    Event.objects.update(dispatched_at=long_ago)
    real_run()
    left = set(Event.objects.values_list("name", flat=True))
    assert {EventName.CONVERSATION_LINKED, EventName.CONSENT_CHANGED} <= left
    assert EventName.MESSAGE_RECEIVED not in left
