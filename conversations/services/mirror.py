"""Messages that did not pass through us: written on the business's own phone, or before our time.

They stand in the thread and change nothing else: no window opens, nothing becomes unread, nothing
is reopened, no consent follows from them. Done in sets, for a history brings thousands at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from consent.own_page import revoke_what_is_told
from contacts.bulk import find_or_create_contacts
from contacts.models import Contact
from contacts.services import Person, find_contact
from conversations.events import draft, record_all
from conversations.gateway import MirroredMessage
from conversations.models import (
    Conversation,
    Direction,
    EarlyStatus,
    EventName,
    Media,
    Message,
    MessageType,
    Origin,
)
from conversations.services.answers import note_answers
from conversations.services.last_message import move_last_message
from conversations.services.receive import files_of
from conversations.services.statuses import apply_early_statuses
from conversations.services.threads import Threads, fetch_on_commit
from conversations.sets import insert_many, update_many

# The kind of an `unsupported` row whose file is told of later, by the same wamid.
PLACEHOLDER = "media_placeholder"


def mirror_messages(given: Sequence[MirroredMessage]) -> list[bool]:
    """Store what is not there yet; for each whether its customer is known.

    Who never wrote is nobody's contact (law 1): what was written to them is not stored. Whoever
    wrote to us before our time did write to us. Raises `IntegrityError` like `receive_messages`.
    """
    with transaction.atomic():
        known = _known_people(given)
        told = [one for one in given if one.message.person in known]
        stored = _stored(told)
        fresh: dict[tuple[int, str], MirroredMessage] = {}
        filled: dict[UUID, tuple[Message, MirroredMessage]] = {}
        for one in told:
            key = (one.message.business_number_id, one.message.wamid)
            row = stored.get(key)
            if row is None:
                if key not in fresh or _is_placeholder(fresh[key]):
                    fresh[key] = one
            elif row.payload.get("type") == PLACEHOLDER and not _is_placeholder(one):
                filled.setdefault(row.pk, (row, one))
        if fresh:
            _store(sorted(fresh.values(), key=lambda one: one.message.sent_at))
        _fill(list(filled.values()))
    return [one.message.person in known for one in given]


def _known_people(given: Sequence[MirroredMessage]) -> set[Person]:
    """Those who are contacts, or wrote one of the messages."""
    wrote = {
        key
        for one in given
        if one.direction == Direction.INBOUND
        for key in _keys(one.message.person)
    }
    people = {one.message.person for one in given}
    return {one for one in people if _keys(one) & wrote or find_contact(one) is not None}


def _keys(person: Person) -> set[tuple[str, str]]:
    return set(person.keys.items())


def _stored(told: Iterable[MirroredMessage]) -> dict[tuple[int, str], Message]:
    rows = Message.objects.filter(wamid__in=[one.message.wamid for one in told])
    found = rows.only("business_number", "wamid", "type", "payload", "text", "conversation")
    return {(row.business_number_id, str(row.wamid)): row for row in found}


def _is_placeholder(one: MirroredMessage) -> bool:
    return one.message.payload.get("type") == PLACEHOLDER


def _fill(filled: Sequence[tuple[Message, MirroredMessage]]) -> None:
    """Placeholders become what they stood for."""
    files: list[Media] = []
    for row, one in filled:
        row.type, row.text = one.message.type, one.message.text
        row.payload = one.message.payload
        _hear(one)
        files += files_of(row, one.message)
    rows = [row for row, _one in filled]
    update_many(rows, ("type", "text", "payload"))
    Media.objects.bulk_create(files)
    conversations = Conversation.objects.in_bulk({row.conversation_id for row in rows})
    record_all(
        [
            draft(EventName.MESSAGE_CHANGED, conversations[row.conversation_id], message=row)
            for row in rows
        ]
    )
    fetch_on_commit(files)


def _hear(one: MirroredMessage) -> None:
    """A link to their own page that a customer wrote, agents read now."""
    if one.direction == Direction.INBOUND:
        revoke_what_is_told(one.message.text)


def _store(fresh: Sequence[MirroredMessage]) -> None:
    contacts = find_or_create_contacts([one.message.person for one in fresh])
    pairs = {
        (contact.pk, one.message.business_number_id)
        for contact, one in zip(contacts, fresh, strict=True)
    }
    batch = _Batch(Threads(pairs))
    for contact, one in zip(contacts, fresh, strict=True):
        batch.take(contact, one)
    batch.write()


@dataclass
class _Batch:
    """What a set of messages changes, written down together."""

    threads: Threads
    messages: list[Message] = field(default_factory=list)
    files: list[Media] = field(default_factory=list)
    # Conversations that got messages from before: one event tells of all of them.
    grown: dict[UUID, Conversation] = field(default_factory=dict)

    def take(self, contact: Contact, one: MirroredMessage) -> None:
        """Add one message."""
        told = one.message
        _hear(one)
        is_past = one.origin == Origin.HISTORY  # what is past opens nothing that is open
        conversation = self.threads.of(contact, told.business_number_id, resolved=is_past)
        message = Message(
            conversation=conversation,
            business_number_id=told.business_number_id,
            direction=one.direction,
            type=told.type,
            text=told.text,
            payload=told.payload,
            wamid=told.wamid,
            context_wamid=told.context_wamid,
            status=one.status,
            origin=one.origin,
            sent_at=told.sent_at,
        )
        self.messages.append(message)
        self.files += files_of(message, told)
        move_last_message(conversation, message)
        if is_past:
            self.grown[conversation.pk] = conversation
        else:
            told_of = draft(EventName.MESSAGE_CREATED, conversation, message=message)
            self.threads.events.append(told_of)

    def write(self) -> None:
        """A statement per table; constraints between them are checked at the commit."""
        self.threads.write_opened()
        insert_many(self.messages)
        insert_many(self.files)
        self.threads.write_touched(("last_message", "last_message_at"))
        changed = [draft(EventName.CONVERSATION_CHANGED, row) for row in self.grown.values()]
        record_all([*self.threads.events, *changed])
        _catch_up(self.messages)
        note_answers(row for row in self.messages if row.origin == Origin.ECHO)
        fetch_on_commit(self.files)


def _catch_up(messages: Sequence[Message]) -> None:
    """What statuses said of these wamids before their messages came."""
    ours = {row.wamid: row for row in messages if row.direction == Direction.OUTBOUND}
    early = EarlyStatus.objects.filter(wamid__in=list(ours)) if ours else EarlyStatus.objects.none()
    for wamid in set(early.values_list("wamid", flat=True)):
        apply_early_statuses(ours[wamid])


def is_placeholder(message: Message) -> bool:
    """Whether the file of this row may still come, by a later delivery of the history."""
    return message.type == MessageType.UNSUPPORTED and message.payload.get("type") == PLACEHOLDER
