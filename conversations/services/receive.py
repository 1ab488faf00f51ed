"""A customer wrote: person, conversation, message, window, consent, and the news of it.

Done in sets, for a batch of webhooks brings many messages: a handful of statements for all of
them. Each function belongs in a transaction of the caller's; each may be called twice for the same
thing and does it once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from consent.beginning import NEWS
from consent.inbound import Words
from consent.own_page import revoke_what_is_told
from consent.services import record_inbound_messages
from contacts.bulk import find_or_create_contacts
from contacts.models import Contact
from conversations.events import draft, record_all
from conversations.gateway import InboundMessage
from conversations.models import (
    BusinessNumber,
    Conversation,
    Direction,
    EventName,
    Media,
    Message,
    MessageType,
    Status,
)
from conversations.quiet import is_quiet
from conversations.services.answers import count_waiting, note_inbound
from conversations.services.chat_links import CAME_BY, Followed, came_by, links_followed
from conversations.services.consent_answers import answer_consent_words
from conversations.services.last_message import move_last_message
from conversations.services.standing import take_up_in_set
from conversations.services.threads import Threads, fetch_on_commit
from conversations.sets import insert_many

# In the payload of a message that came to a number which was replaced: that number.
ARRIVED_AT = "arrived_at"
_MOVED = (
    *("unread", "window_expires_at", "last_inbound_at", "last_message", "last_message_at"),
    *("status", "resolved_at", "resolve_reason", "snoozed_until", "waiting_since"),
    "inbound_count",
)


def receive_message(inbound: InboundMessage) -> Message | None:
    """Store one inbound message; None when this wamid is already there."""
    return next(iter(receive_messages([inbound])), None)


def receive_messages(inbounds: Sequence[InboundMessage]) -> list[Message]:
    """Store inbound messages in their order; those that were not there yet.

    Raises `IntegrityError` when somebody else stores the same at the same moment: nothing is
    stored then, and the caller does them one by one, or again.
    """
    fresh = _unknown(inbounds)
    if not fresh:
        return []
    with transaction.atomic():
        contacts = find_or_create_contacts([inbound.person for inbound in fresh])
        pairs = {(c.pk, i.business_number_id) for c, i in zip(contacts, fresh, strict=True)}
        batch = _Batch(Threads(pairs), links_followed(fresh))
        for contact, inbound in zip(contacts, fresh, strict=True):
            batch.take(contact, inbound)
        batch.write()
    return batch.messages


def extend_window(conversation: Conversation, spoke_at: datetime) -> list[str]:
    """The customer turned to us at `spoke_at` (WhatsApp's clock): the names of changed fields.

    A word that comes late moves nothing back.
    """
    extended = conversation.window.extended_by(spoke_at).expires_at
    if extended == conversation.window_expires_at:
        return []
    conversation.window_expires_at = extended
    conversation.last_inbound_at = max(conversation.last_inbound_at or spoke_at, spoke_at)
    return ["window_expires_at", "last_inbound_at"]


def _unknown(inbounds: Sequence[InboundMessage]) -> list[InboundMessage]:
    """Those whose wamid is not stored yet, each once, in their order."""
    first = {(one.business_number_id, one.wamid): one for one in reversed(inbounds)}
    stored = set(
        Message.objects.filter(wamid__in=[wamid for _number, wamid in first]).values_list(
            "business_number_id", "wamid"
        )
    )
    return [one for key, one in reversed(first.items()) if key not in stored]


@dataclass
class _Batch:
    """What a set of messages changes, written down together."""

    threads: Threads
    # By wamid.
    followed: dict[str, Followed] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    files: list[Media] = field(default_factory=list)
    said: list[Words] = field(default_factory=list)
    # All that agents read, of every type.
    told: list[str] = field(default_factory=list)
    numbers: dict[int, BusinessNumber] = field(default_factory=dict)
    # Conversations with a message that came late: who waits since when is counted from the rows.
    late: set[UUID] = field(default_factory=set)

    def take(self, contact: Contact, inbound: InboundMessage) -> None:
        """Add one message."""
        number_id = inbound.business_number_id
        quiet = is_quiet(inbound)
        spoke_at = None if quiet else inbound.sent_at
        conversation = self.threads.of(contact, number_id, spoke_at=spoke_at)
        payload = inbound.payload
        elsewhere = conversation.business_number_id != inbound.business_number_id
        if elsewhere:  # its number was replaced: the bubble says so, and no window opens
            payload = {**payload, ARRIVED_AT: self._number(inbound.business_number_id).phone_number}
        message = Message(
            conversation=conversation,
            business_number_id=inbound.business_number_id,
            direction=Direction.INBOUND,
            type=inbound.type,
            text=inbound.text,
            payload=payload,
            wamid=inbound.wamid,
            context_wamid=inbound.context_wamid,
            status=Status.RECEIVED,
            sent_at=inbound.sent_at,
        )
        self.messages.append(message)
        self.told.append(inbound.text)
        self.files += files_of(message, inbound)
        if not quiet:  # told before the message that is the reason
            self.threads.events += take_up_in_set(conversation)
        opens_window = inbound.opens_window and not elsewhere
        if not _advance(conversation, message, opens_window=opens_window, quiet=quiet):
            self.late.add(conversation.pk)
        followed = self.followed.get(inbound.wamid)
        words = message.text if message.type in (MessageType.TEXT, MessageType.BUTTON) else ""
        if inbound.opens_window:  # else they wrote to others, as in a group
            number = self._number(inbound.business_number_id)
            self.said.append(
                Words(
                    contact,
                    words,
                    inbound.wamid,
                    inbound.sent_at,
                    business_number=number.phone_number,
                    identity=inbound.person.wa_id or inbound.person.bsuid,
                    default_topic=number.default_topic_id or NEWS,
                    meant=followed.words if followed else None,
                )
            )
        self.threads.events.append(draft(EventName.MESSAGE_RECEIVED, conversation, message=message))
        if followed and (event := came_by(conversation, followed.link, inbound)):
            self.threads.events.append(event)

    def write(self) -> None:
        """A statement per table; constraints between them are checked at the commit."""
        self.threads.write_opened()
        insert_many(self.messages)
        insert_many(self.files)
        self.threads.write_touched((*_MOVED, *CAME_BY) if self.followed else _MOVED)
        self.threads.share_windows()
        if self.late:
            count_waiting(self.late)
        heard = record_inbound_messages(self.said)
        for text in self.told:
            revoke_what_is_told(text)
        record_all(self.threads.events)
        answer_consent_words(heard, self.messages, self.numbers)
        fetch_on_commit(self.files)

    def _number(self, pk: int) -> BusinessNumber:
        if pk not in self.numbers:
            self.numbers[pk] = BusinessNumber.objects.get(pk=pk)
        return self.numbers[pk]


def files_of(message: Message, inbound: InboundMessage) -> list[Media]:
    """The unsaved rows of the message's files, to be fetched."""
    return [
        Media(
            message=message,
            kind=item.kind,
            external_id=item.external_id,
            external_url=item.url,
            mime_type=item.mime_type[:120],
            filename=item.filename[:255],
            promised_sha256=item.sha256[:64],
            is_voice=item.is_voice,
        )
        for item in inbound.media
    ]


def _advance(
    conversation: Conversation, message: Message, *, opens_window: bool, quiet: bool
) -> bool:
    """Move the conversation on by WhatsApp's clock; a late message moves nothing back, and False
    says that it was one. A quiet one waits for nobody: it opens the window, and that is all."""
    if opens_window:
        extend_window(conversation, message.sent_at)
    in_order = True
    if not quiet:
        conversation.unread += 1
        conversation.inbound_count += 1
        in_order = note_inbound(conversation, message)
    move_last_message(conversation, message)
    return in_order
