"""Calls open the window as messages do; a changed security code stands in the thread."""

from __future__ import annotations

from typing import Any

import pytest

from contacts.models import Contact
from conversations.models import Conversation, Event, Message
from tests import factories
from tests.whatsapp.test_ingest_samples import ingest, sample

pytestmark = pytest.mark.django_db
CUSTOMER = "447700900321"


@pytest.fixture
def tom(number):
    contact = factories.ContactFactory.create(wa_id=CUSTOMER, name="Tom Whitlock")
    return factories.ConversationFactory.create(
        contact=contact, business_number=number, window_expires_at=None, last_inbound_at=None
    )


def call_of(body: Any) -> Any:
    return body["entry"][0]["changes"][0]["value"]["calls"][0]


def test_a_call_opens_the_window_when_it_begins(tom):
    assert ingest(sample("calls-connect-user-initiated")).state == "processed"
    tom.refresh_from_db()
    assert tom.window_expires_at.timestamp() == 1794000000 + 86_400
    assert not Event.objects.filter(name="call.ended").exists()
    assert not Message.objects.exists()


def test_a_call_is_one_line_whatever_comes_twice_or_first(tom):
    for name in ("calls-terminate", "calls-connect-user-initiated", "calls-terminate"):
        ingest(sample(name))
    event = Event.objects.get(name="call.ended")
    assert (event.data["answered"], event.data["duration_s"]) == (True, 95)
    tom.refresh_from_db()
    assert tom.window_expires_at.timestamp() == 1794000000 + 86_400
    assert tom.unread == 0


def test_whoever_calls_first_becomes_a_contact(number):
    ingest(sample("calls-connect-user-initiated"))
    assert Contact.objects.get().name == "Tom Whitlock"
    assert Conversation.objects.get().status == "open"


def test_a_call_that_nobody_took_is_missed_and_reopens(tom):
    Conversation.objects.update(status="resolved", resolved_at=tom.created_at)
    body = sample("calls-terminate")
    for key in ("start_time", "duration"):
        del call_of(body)[key]
    call_of(body)["status"] = "FAILED"
    ingest(body)
    tom.refresh_from_db()
    assert tom.status == "open"
    assert tom.window_expires_at is None  # when it began only the `connect` tells
    assert Event.objects.get(name="call.ended").data["answered"] is False


def test_a_call_of_ours_opens_nothing(tom):
    body = sample("calls-connect-user-initiated")
    call_of(body)["direction"] = "BUSINESS_INITIATED"
    assert "call of ours" in ingest(body).reason
    tom.refresh_from_db()
    assert tom.window_expires_at is None


def test_a_call_from_the_future_does_not_open_the_window_for_longer(tom):
    body = sample("calls-terminate")
    call_of(body)["start_time"] = "1794009999"
    ingest(body)
    tom.refresh_from_db()
    assert tom.window_expires_at.timestamp() == 1794000095 + 86_400


def test_a_changed_security_code_is_a_line_and_no_message(tom):
    for _ in range(2):
        assert ingest(sample("system-customer-identity-changed")).state == "processed"
    assert Event.objects.get(name="contact.changed").data["change"] == "security_code"
    assert not Message.objects.exists()


def test_a_changed_number_is_a_line_in_the_thread(tom):
    ingest(sample("system-user-changed-number"))
    assert Event.objects.get(name="contact.changed").conversation == tom


def test_a_user_id_that_changed_by_its_own_field_is_followed(number):
    contact = factories.ContactFactory.create(wa_id="", bsuid="US.1")
    body = sample("account-alerts")
    change = body["entry"][0]["changes"][0]
    change["field"] = "user_id_update"
    change["value"] = {"user_id_update": [{"user_id": {"previous": "US.1", "current": "US.2"}}]}
    assert ingest(body).state == "processed"
    assert contact.identities.get(kind="bsuid", ended_at=None).value == "US.2"
