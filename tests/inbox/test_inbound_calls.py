"""Calls stand in the thread as lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import translation
from django.utils.html import strip_tags

from contacts.services import Person
from conversations.gateway import InboundCall
from conversations.models import Conversation, Event
from conversations.services.incidents import receive_call
from inbox import event_words

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 10, 14, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


def words(html: str) -> str:
    return " ".join(strip_tags(html.replace("<", " <")).split())


def call(conversation: Conversation, **more: Any) -> InboundCall:
    fields: dict[str, Any] = {
        "business_number_id": conversation.business_number_id,
        "person": Person(wa_id="4915112345678"),
        "call_id": "wacid.1",
        "told_at": AT,
        **more,
    }
    return InboundCall(**fields)


def test_a_missed_call_stands_in_the_thread_once(conversation: Conversation) -> None:
    for _ in range(2):
        receive_call(call(conversation, ended=True))
    event = Event.objects.get(name="call.ended")
    with translation.override("en"):
        assert "Missed call of <b>Karla Kundin</b>" in event_words.sentence(event)
    assert event_words.icon_of(event) == "phone-x"


def test_a_call_that_was_taken_says_how_long(conversation: Conversation) -> None:
    receive_call(call(conversation, ended=True, answered=True, duration_s=192))
    with translation.override("en"):
        assert "3 min 12 s" in event_words.sentence(Event.objects.get(name="call.ended"))
