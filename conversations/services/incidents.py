"""What happens in a thread without a message: a customer calls, their security code changes.

Each function may be called twice for the same thing and does it once.
"""

from __future__ import annotations

from django.db import transaction

from contacts.services import find_contact, find_or_create_contact
from conversations.events import draft, record, record_all
from conversations.gateway import InboundCall, SecurityCodeChange
from conversations.models import Conversation, Event, EventName
from conversations.services.locking import newest_conversations
from conversations.services.receive import extend_window
from conversations.services.standing import take_up
from conversations.services.threads import Threads

SECURITY_CODE = "security_code"


def receive_call(call: InboundCall) -> None:
    """A call opens the window as a message does (reference, section 10), and stands in the thread
    once it has ended. Whoever calls us has turned to us, so they are a contact."""
    with transaction.atomic():
        contact = find_or_create_contact(call.person)
        pair = (contact.pk, call.business_number_id)
        threads = Threads([pair])
        conversation = threads.of(contact, call.business_number_id, spoke_at=call.told_at)
        if conversation.last_message_at is None:
            conversation.last_message_at = call.told_at  # its place in the lists
        threads.write_opened()
        record_all(threads.events)
        changed = _open_window(conversation, call)
        if call.ended and not _is_told(conversation, EventName.CALL_ENDED, "call", call.call_id):
            changed += take_up(conversation)
            told = draft(
                EventName.CALL_ENDED,
                conversation,
                data={
                    "call": call.call_id,
                    "answered": call.answered,
                    "duration_s": call.duration_s,
                },
            )
            told.occurred_at = call.told_at  # it stands where it belongs among the messages
            record_all([told])
        elif changed:
            record(EventName.CONVERSATION_CHANGED, conversation, data={"call": call.call_id})
        if changed:
            conversation.save(update_fields=[*changed, "updated_at"])
        threads.share_windows()


def note_security_code(change: SecurityCodeChange) -> bool:
    """A line in the thread; False for somebody who is not known."""
    with transaction.atomic():
        contact = find_contact(change.person)
        if contact is None:
            return False
        pair = (contact.pk, change.business_number_id)
        conversation = newest_conversations([pair]).get(pair)
        name = EventName.CONTACT_CHANGED
        if conversation is not None and not _is_told(conversation, name, "wamid", change.wamid):
            data: dict[str, object] = {"change": SECURITY_CODE, "wamid": change.wamid}
            record(name, conversation, data=data)
    return True


def _open_window(conversation: Conversation, call: InboundCall) -> list[str]:
    """Move the window on by WhatsApp's clock; the names of changed fields."""
    began_at = call.began_at
    if began_at is None or conversation.business_number_id != call.business_number_id:
        return []
    return extend_window(conversation, began_at)


def _is_told(conversation: Conversation, name: EventName, key: str, value: str) -> bool:
    rows = Event.objects.filter(conversation=conversation, name=name)
    return rows.filter(**{f"data__{key}": value}).exists()
