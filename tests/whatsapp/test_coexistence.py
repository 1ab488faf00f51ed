"""Numbers that are also on a phone: what is written there, and what was before us."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AdminNotice
from contacts.models import Contact
from conversations.models import Conversation, EarlyStatus, Event, Media, Message
from conversations.services.mirror import is_placeholder
from tests import factories
from tests.whatsapp.door import as_body
from tests.whatsapp.test_ingest_samples import ingest, sample
from whatsapp.ingest import drain
from whatsapp.models import WebhookEvent

pytestmark = pytest.mark.django_db
CUSTOMER = "447700900321"
OURS = "15550107788"


def value_of(body: Any) -> Any:
    return body["entry"][0]["changes"][0]["value"]


def history(*threads: dict[str, Any], **more: Any) -> Any:
    body = sample("history-chunk")
    value_of(body)["history"][0]["threads"] = list(threads)
    value_of(body).update(more)
    return body


def line(wamid: str, at: int, *, ours: bool = False, **more: Any) -> dict[str, Any]:
    item = {
        "from": OURS if ours else CUSTOMER,
        "id": f"wamid.{wamid}",
        "timestamp": str(at),
        "type": "text",
        "text": {"body": wamid},
        **more,
    }
    return {**item, "to": CUSTOMER} if ours else item


@pytest.fixture
def tom(number):
    """A customer whose window has closed, with nothing unread."""
    contact = factories.ContactFactory.create(wa_id=CUSTOMER, name="Tom Whitlock")
    return factories.ConversationFactory.create(
        contact=contact, business_number=number, closed=True
    )


def test_an_echo_stands_in_the_thread_and_opens_no_window(tom, number):
    before = (tom.window_expires_at, tom.last_inbound_at, tom.unread)
    assert ingest(sample("smb-message-echo-text")).state == "processed"
    message = Message.objects.get()
    assert (message.direction, message.status, message.origin) == ("outbound", "sent", "echo")
    assert (message.text, message.author) == ("Replying from the phone app", None)
    tom.refresh_from_db()
    assert (tom.window_expires_at, tom.last_inbound_at, tom.unread) == before
    assert Event.objects.get(message=message).name == "message.created"
    number.refresh_from_db()
    assert number.is_coexistent


def test_an_echo_makes_no_contact_and_is_taken_in_once_they_write(number):
    """Law 1: nobody becomes a contact because a colleague wrote to them."""
    event = ingest(sample("smb-message-echo-text"))
    assert event.state == "waiting"
    assert not Contact.objects.exists()
    ingest(sample("text"))
    WebhookEvent.objects.filter(pk=event.pk).update(state="pending")
    drain()
    assert {row.origin for row in Message.objects.all()} == {"live", "echo"}
    assert Conversation.objects.get().unread == 1


def test_an_echo_reopens_nothing(tom):
    Conversation.objects.update(status="resolved", resolved_at=timezone.now())
    ingest(sample("smb-message-echo-text"))
    assert Message.objects.get().conversation.status == "resolved"


def test_an_echo_is_edited_and_taken_back_on_the_phone(tom):
    ingest(sample("smb-message-echo-text"))
    assert ingest(sample("smb-message-echo-edit")).state == "processed"
    message = Message.objects.get()
    assert message.text == "Replying from the mobile app"
    assert message.payload["earlier_texts"][0]["text"] == "Replying from the phone app"
    assert ingest(sample("smb-message-echo-revoke")).state == "processed"
    assert Message.objects.get().revoked_at is not None


def test_an_edit_from_the_phone_touches_no_message_of_the_customer(tom):
    edit = sample("smb-message-echo-edit")
    wamid = value_of(edit)["message_echoes"][0]["edit"]["original_message_id"]
    factories.MessageFactory.create(conversation=tom, wamid=wamid, text="mine")
    assert ingest(edit).state == "waiting"
    assert Message.objects.get().text == "mine"


def test_a_reaction_from_the_phone_is_ours(tom):
    message = factories.MessageFactory.create(conversation=tom, wamid="wamid.theirs")
    body = sample("smb-message-echo-text")
    echo = value_of(body)["message_echoes"][0]
    echo.update(type="reaction", reaction={"message_id": "wamid.theirs", "emoji": "👍"})
    assert ingest(body).state == "processed"
    reaction = message.reactions.get()
    assert (reaction.emoji, reaction.direction) == ("👍", "outbound")


def test_a_status_moves_the_tick_of_an_echo(tom):
    ingest(sample("smb-message-echo-text"))
    body = sample("status-read")
    value_of(body)["statuses"][0]["id"] = Message.objects.get().wamid
    ingest(body)
    assert Message.objects.get().status == "read"


def test_a_status_that_overtook_its_echo_is_applied(tom):
    echo = sample("smb-message-echo-text")
    body = sample("status-read")
    value_of(body)["statuses"][0]["id"] = value_of(echo)["message_echoes"][0]["id"]
    ingest(body)
    ingest(echo)
    assert Message.objects.get().status == "read"
    assert not EarlyStatus.objects.exists()


def test_a_history_stands_in_order_and_leaves_all_else_alone(number):
    assert ingest(sample("history-chunk")).state == "processed"
    rows = list(Message.objects.order_by("sent_at", "id"))
    assert [(row.direction, row.status) for row in rows] == [
        ("outbound", "read"),
        ("outbound", "played"),
        ("inbound", "received"),
    ]
    assert {row.origin for row in rows} == {"history"}
    conversation = Conversation.objects.get()
    assert conversation.window_expires_at is None
    assert conversation.last_inbound_at is None
    assert conversation.unread == 0
    assert conversation.status == "resolved"
    assert conversation.last_message == rows[-1]
    assert not conversation.contact.consent_records.exists()


def test_chunks_may_come_in_any_order(number):
    late = history({"id": CUSTOMER, "messages": [line("late", 1793920000)]})
    early = history({"id": CUSTOMER, "messages": [line("early", 1793900000, ours=True)]})
    ingest(late)
    ingest(early)
    ingest(late)
    assert [row.text for row in Message.objects.order_by("sent_at")] == ["early", "late"]
    assert Conversation.objects.get().last_message.text == "late"


def test_a_thread_in_which_they_never_wrote_makes_no_contact(number):
    body = history({"id": CUSTOMER, "messages": [line("unanswered", 1793900000, ours=True)]})
    assert ingest(body).state == "waiting"
    assert not Contact.objects.exists()


def test_history_and_live_messages_share_a_thread(number):
    ingest(sample("text"))
    before = Conversation.objects.get()
    ingest(sample("history-chunk"))
    conversation = Conversation.objects.get()
    assert conversation.window_expires_at == before.window_expires_at
    assert (conversation.unread, conversation.status) == (1, "open")
    assert conversation.last_message == before.last_message


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("READ", "read"),
        ("read", "read"),
        ("pending", "sent"),
        ("DELIVERED", "delivered"),
        ("ERROR", "failed"),
        ("SOMETHING_NEW", "sent"),
        (None, "sent"),
    ],
)
def test_statuses_of_before_are_ours(number, word, status):
    ours = line("ours", 1793900000, ours=True, history_context={"status": word})
    ingest(history({"id": CUSTOMER, "messages": [ours, line("theirs", 1793900001)]}))
    assert Message.objects.get(text="ours").status == status


def test_who_wrote_it_is_found_without_a_to(number):
    """As in a real capture: `from_me`, and no `to`."""
    item = line("ours", 1793900000) | {"from": OURS, "from_me": True}
    ingest(history({"id": CUSTOMER, "messages": [item, line("theirs", 1793900001)]}))
    assert Message.objects.get(text="ours").direction == "outbound"


def file_later(item: dict[str, Any]) -> Any:
    body = sample("history-chunk")
    del value_of(body)["history"]
    value_of(body)["messages"] = [item]
    return body


@pytest.mark.parametrize("file_first", [False, True])
def test_a_file_takes_the_place_of_its_placeholder(number, file_first):
    placeholder = line("photo", 1793900000, type="media_placeholder")
    file = line("photo", 1793900000, type="image") | {
        "image": {"id": "1234", "mime_type": "image/jpeg", "sha256": "", "caption": "Gate 4"}
    }
    chunk = history({"id": CUSTOMER, "messages": [placeholder]})
    for body in (file_later(file), chunk) if file_first else (chunk, file_later(file)):
        assert ingest(body).state == "processed"
    message = Message.objects.get()
    assert (message.type, message.text, message.origin) == ("image", "Gate 4", "history")
    assert Media.objects.get().external_id == "1234"
    ingest(chunk)
    assert Message.objects.get().type == "image"


def test_a_placeholder_says_that_its_file_may_come(number):
    ingest(history({"id": CUSTOMER, "messages": [line("x", 1793900000, type="media_placeholder")]}))
    assert is_placeholder(Message.objects.get())


def test_thousands_of_messages_take_few_statements(number, django_assert_max_num_queries):
    threads = [
        {
            "id": f"4477009{index:05d}",
            "messages": [
                line(f"{index}-{n}", 1793900000 + n) | {"from": f"4477009{index:05d}"}
                for n in range(20)
            ],
        }
        for index in range(50)
    ]
    event = WebhookEvent.objects.create(body=as_body(history(*threads)))
    with django_assert_max_num_queries(200):
        drain()
    event.refresh_from_db()
    assert event.state == "processed"
    assert Message.objects.count() == 1000
    assert Conversation.objects.count() == 50


def test_a_declined_history_is_told_to_admins_once(number):
    for _ in range(2):
        assert ingest(sample("history-declined")).state == "processed"
    notice = AdminNotice.objects.get()
    assert (notice.kind, notice.severity) == ("history_declined", "info")


def test_an_address_book_names_contacts_and_makes_none(number):
    body = sample("smb-app-state-sync")
    assert "nobody among them" in ingest(body).reason
    assert not Contact.objects.exists()
    contact = factories.ContactFactory.create(wa_id=CUSTOMER, name="")
    ingest(body)
    contact.refresh_from_db()
    assert contact.name == "Tom Whitlock"


def test_an_entry_taken_out_of_the_address_book_takes_no_name(number):
    contact = factories.ContactFactory.create(wa_id=CUSTOMER, name="Tom")
    body = sample("smb-app-state-sync")
    value_of(body)["state_sync"][0] = {
        "type": "contact",
        "action": "remove",
        "contact": {"phone_number": CUSTOMER},
    }
    ingest(body)
    contact.refresh_from_db()
    assert contact.name == "Tom"


def test_an_echo_waits_while_its_number_is_not_configured(db):
    assert ingest(sample("smb-message-echo-text")).state == "unknown_number"
