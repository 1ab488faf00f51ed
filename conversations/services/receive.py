"""A customer wrote: person, conversation, message, window, consent, and the news of it.

Each function belongs in a transaction of the caller's; each may be called twice for the same
thing and does it once.
"""

from __future__ import annotations

from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import F

from consent.services import record_inbound_message
from contacts.models import Contact
from contacts.services import find_or_create_contact
from conversations.events import nudge, record
from conversations.gateway import InboundEdit, InboundMessage, InboundReaction
from conversations.models import (
    BusinessNumber,
    Conversation,
    Direction,
    EventName,
    Media,
    Message,
    MessageType,
    Reaction,
    Status,
)
from conversations.services.lifecycle import reopen_if_resolved
from conversations.services.locking import lock_conversation, lock_message


def receive_message(inbound: InboundMessage) -> Message | None:
    """Store one inbound message; None when this wamid is already there."""
    if Message.objects.filter(
        business_number_id=inbound.business_number_id, wamid=inbound.wamid
    ).exists():
        return None
    # No savepoint of its own: the caller's takes it back whole.
    with transaction.atomic(savepoint=False):
        contact = find_or_create_contact(inbound.person)
        conversation = find_or_open_conversation(contact, inbound.business_number_id)
        message = Message.objects.create(
            conversation=conversation,
            business_number_id=inbound.business_number_id,
            direction=Direction.INBOUND,
            type=inbound.type,
            text=inbound.text,
            payload=inbound.payload,
            wamid=inbound.wamid,
            context_wamid=inbound.context_wamid,
            status=Status.RECEIVED,
            sent_at=inbound.sent_at,
        )
        _attach_media(message, inbound)
        _advance(conversation, message, opens_window=inbound.opens_window)
        words = message.text if message.type in (MessageType.TEXT, MessageType.BUTTON) else ""
        record_inbound_message(contact, words, inbound.wamid, inbound.sent_at)
        record(EventName.MESSAGE_RECEIVED, conversation, message=message)
    return message


def find_or_open_conversation(contact: Contact, business_number_id: int) -> Conversation:
    """The contact's conversation on this number, locked: the open one, else the last, else new."""
    own = Conversation.objects.filter(contact=contact, business_number_id=business_number_id)
    newest = own.order_by(F("resolved_at").desc(nulls_first=True), "-id")
    locked = newest.select_for_update(of=("self",)).select_related("business_number").first()
    if locked is not None:
        locked.contact = contact
        return locked
    number = BusinessNumber.objects.get(pk=business_number_id)
    try:
        with transaction.atomic():
            conversation = Conversation.objects.create(
                contact=contact, business_number=number, team_id=number.default_team_id
            )
    except IntegrityError:
        # The constraint knows of one that a concurrent transaction has just opened.
        pk = own.exclude(status=Conversation.Status.RESOLVED).values_list("pk", flat=True).get()
        return lock_conversation(pk)
    record(EventName.CONVERSATION_OPENED, conversation)
    return conversation


def receive_reaction(inbound: InboundReaction) -> bool:
    """A reaction annotates the message it is on; an empty emoji takes it back.

    False when that message is not known (yet): the caller keeps the webhook to try again.
    """
    with transaction.atomic():
        message = lock_message(
            Message.objects.filter(
                business_number_id=inbound.business_number_id, wamid=inbound.target_wamid
            )
        )
        if message is None:
            return False
        set_reaction(message, Direction.INBOUND, inbound)
        record(EventName.MESSAGE_CHANGED, message.conversation, message=message)
    return True


def set_reaction(message: Message, direction: Direction, inbound: InboundReaction) -> None:
    mine = Reaction.objects.filter(message=message, direction=direction)
    if mine.filter(reacted_at__gt=inbound.reacted_at).exists():
        return  # a newer one is already there; this one came late
    # One taken back stays as an empty row, so that what came before it cannot bring it back.
    Reaction.objects.update_or_create(
        message=message,
        direction=direction,
        defaults={"emoji": inbound.emoji[:32], "reacted_at": inbound.reacted_at},
    )


def receive_edit(inbound: InboundEdit) -> bool:
    """The customer changed or took back a message; what stood there before is kept.

    False when that message is not known (yet).
    """
    with transaction.atomic():
        message = lock_message(
            Message.objects.filter(
                business_number_id=inbound.business_number_id,
                wamid=inbound.target_wamid,
                direction=Direction.INBOUND,
            )
        )
        if message is None:
            return False
        if message.revoked_at is not None:
            return True
        if inbound.revoked:
            message.revoked_at = inbound.occurred_at
        elif message.edited_at is None or message.edited_at < inbound.occurred_at:
            earlier = message.payload.get("earlier_texts")
            history = earlier if isinstance(earlier, list) else []
            message.payload = {**message.payload, "earlier_texts": [*history, message.text]}
            message.text = inbound.text
            message.edited_at = inbound.occurred_at
        else:
            return True
        message.save(update_fields=["text", "payload", "edited_at", "revoked_at", "updated_at"])
        record(EventName.MESSAGE_CHANGED, message.conversation, message=message)
    return True


def _attach_media(message: Message, inbound: InboundMessage) -> None:
    rows = [
        Media(
            message=message,
            kind=item.kind,
            external_id=item.external_id,
            external_url=item.url,
            mime_type=item.mime_type[:120],
            filename=item.filename[:255],
            sha256=item.sha256[:64],
            is_voice=item.is_voice,
        )
        for item in inbound.media
    ]
    Media.objects.bulk_create(rows)
    for row in rows:
        transaction.on_commit(partial(nudge, "conversations.fetch_media", str(row.pk)))


def _advance(conversation: Conversation, message: Message, *, opens_window: bool) -> None:
    """Move the conversation on by WhatsApp's clock; a late message moves nothing back."""
    fields = ["unread", "updated_at"]
    conversation.unread += 1
    if opens_window:
        conversation.window_expires_at = conversation.window.extended_by(message.sent_at).expires_at
        conversation.last_inbound_at = max(
            conversation.last_inbound_at or message.sent_at, message.sent_at
        )
        fields += ["window_expires_at", "last_inbound_at"]
    fields += move_last_message(conversation, message)
    fields += reopen_if_resolved(conversation, by=None)
    conversation.save(update_fields=fields)


def move_last_message(conversation: Conversation, message: Message) -> list[str]:
    """Make `message` the conversation's last one if it is newer; the names of changed fields."""
    if conversation.last_message_at and message.sent_at < conversation.last_message_at:
        return []
    conversation.last_message = message
    conversation.last_message_at = message.sent_at
    return ["last_message", "last_message_at"]
