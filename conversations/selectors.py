"""The reads of a thread and of what happened, each with a fixed number of queries. Lists and counts
are in `lists.py`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, TypeVar
from uuid import UUID

from django.db.models import F, Prefetch, Q, QuerySet

from contacts.family import family_of
from contacts.models import Contact, Identity
from conversations.models import (
    THREAD_EVENTS,
    Conversation,
    Event,
    Message,
    MessageType,
    Note,
    Reaction,
    Status,
)

Row = TypeVar("Row", Note, Event)

# Where an item stands in its thread: its time, then its id as text.
ItemKey: TypeAlias = tuple[datetime, str]


@dataclass(frozen=True)
class ThreadItem:
    """One line of a thread: `kind` is message, note or event; `item` the row itself."""

    kind: str
    at: datetime
    item: Message | Note | Event

    @property
    def key(self) -> ItemKey:
        return (self.at, str(self.item.pk))


def thread_items(
    conversation: Conversation, before: ItemKey | None = None, limit: int = 50
) -> list[ThreadItem]:
    """The last `limit` messages before `before` and what happened among them, oldest first,
    quotes resolved. `before` is the key of the oldest message that is shown already.

    Many messages may share one of WhatsApp's seconds, so a place is a time and an id.
    """
    bubbles = conversation.messages.exclude(type=MessageType.REACTION)
    if before:
        at, pk = before
        bubbles = bubbles.filter(Q(sent_at__lt=at) | Q(id__lt=pk), sent_at__lte=at)
    messages = list(with_bubble_parts(bubbles).order_by("-sent_at", "-id")[:limit])
    attach_quotes(messages)
    attach_presses(messages)
    attach_templates_instead(messages)
    attach_newer_attempts(messages)
    items = [ThreadItem("message", m.sent_at, m) for m in messages]
    start = items[-1].key if len(items) == limit else None
    notes = conversation.notes.select_related("author")
    events = conversation.events.filter(name__in=THREAD_EVENTS).select_related("actor")
    beside = [
        ThreadItem("note", n.created_at, n) for n in _between(notes, "created_at", start, before)
    ] + [
        ThreadItem("event", e.occurred_at, e)
        for e in _between(events, "occurred_at", start, before)
    ]
    items += [
        item
        for item in beside
        if (not start or start < item.key) and (not before or item.key < before)
    ]
    return sorted(items, key=lambda item: item.key)


def item_key(conversation: Conversation, name: str) -> tuple[str, ItemKey] | None:
    """Where an item stands in its thread, and as what: `name` is the id of a message or note, or
    "event-17". None for what is not in this conversation."""
    if name.startswith("event-"):
        number = name.removeprefix("event-")
        events = conversation.events.filter(name__in=THREAD_EVENTS)
        event = events.filter(pk=number).first() if number.isascii() and number.isdigit() else None
        return ("event", (event.occurred_at, str(event.pk))) if event else None
    try:
        pk = UUID(name)
    except ValueError:
        return None
    bubbles = conversation.messages.exclude(type=MessageType.REACTION)
    if message := bubbles.filter(pk=pk).only("sent_at").first():
        return "message", (message.sent_at, str(message.pk))
    note = conversation.notes.filter(pk=pk).only("created_at").first()
    return ("note", (note.created_at, str(note.pk))) if note else None


def messages_from(conversation: Conversation, key: ItemKey, limit: int) -> list[ItemKey]:
    """The keys of the first `limit` messages from `key` on, itself included."""
    at, pk = key
    bubbles = conversation.messages.exclude(type=MessageType.REACTION)
    if not _is_uuid(pk):  # an event's: what has its moment stands behind it
        rows = bubbles.filter(sent_at__gte=at)
    else:
        rows = bubbles.filter(Q(sent_at__gt=at) | Q(id__gte=pk), sent_at__gte=at)
    found = rows.order_by("sent_at", "id").values_list("sent_at", "id")[:limit]
    return [(moment, str(own)) for moment, own in found]


def _is_uuid(text: str) -> bool:
    return len(text) == len(str(UUID(int=0)))


def _between(
    rows: QuerySet[Row], field: str, start: ItemKey | None, before: ItemKey | None
) -> QuerySet[Row]:
    """The rows from the moment of `start` up to that of `before`, both included; None: no limit."""
    if start:
        rows = rows.filter(**{f"{field}__gte": start[0]})
    return rows.filter(**{f"{field}__lte": before[0]}) if before else rows


def with_bubble_parts(rows: QuerySet[Message]) -> QuerySet[Message]:
    """What a bubble shows, in a fixed number of queries."""
    return _with_own_parts(rows.select_related("conversation__contact")).prefetch_related(
        Prefetch("conversation__contact__identities", Identity.objects.filter(ended_at=None)),
    )


def _with_own_parts(rows: QuerySet[Message]) -> QuerySet[Message]:
    """The same without the conversation and its contact."""
    return rows.select_related("author", "template").prefetch_related(
        "media",
        Prefetch("reactions", Reaction.objects.exclude(emoji="").select_related("agent")),
    )


def attach_quotes(messages: list[Message]) -> None:
    """Give each message `quoted`: the message it answers, or None. One query for all."""
    wamids = {m.context_wamid for m in messages if m.context_wamid}
    found: dict[tuple[int, str], Message] = {}
    if wamids:
        rows = Message.objects.filter(wamid__in=wamids).select_related("author")
        found = {(m.business_number_id, m.wamid): m for m in rows if m.wamid}
    for message in messages:
        message.quoted = found.get((message.business_number_id, message.context_wamid))  # type: ignore[attr-defined]


def attach_presses(messages: list[Message]) -> None:
    """Give messages that offered buttons `pressed`: the words their answers on this page say."""
    offers = {(m.business_number_id, m.wamid): m for m in messages if not m.is_inbound and m.wamid}
    for message in messages:
        offer = offers.get((message.business_number_id, message.context_wamid))
        if offer and message.type in (MessageType.INTERACTIVE, MessageType.BUTTON):
            offer.pressed = {*getattr(offer, "pressed", ()), message.text}  # type: ignore[attr-defined]


def templates_instead_of(pks: list[UUID]) -> dict[UUID, UUID]:
    """Which template went (or waits to go) instead of each of these messages, by its id."""
    rows = Message.objects.filter(again_of__in=pks, type=MessageType.TEMPLATE)
    rows = rows.exclude(status=Status.BLOCKED).order_by("created_at", "id")
    return dict(rows.values_list("again_of_id", "pk"))


def attach_templates_instead(messages: list[Message]) -> None:
    """Give each message that missed its window `template_instead`: the id of the template that
    went instead, or None. One query for all, none where none missed it."""
    missed = [message for message in messages if message.missed_window]
    found = templates_instead_of([message.pk for message in missed]) if missed else {}
    for message in missed:
        message.template_instead = found.get(message.pk)  # type: ignore[attr-defined]


def attach_newer_attempts(messages: list[Message]) -> None:
    """Give each message that failed `newer_attempt`: the id of the one sent again instead, or
    None. One query for all, none where none failed."""
    failed = [message for message in messages if message.status == Status.FAILED]
    if not failed:
        return
    rows = Message.objects.filter(again_of__in=failed).order_by("created_at", "id")
    found = dict(rows.values_list("again_of_id", "pk"))
    for message in failed:
        message.newer_attempt = found.get(message.pk)  # type: ignore[attr-defined]


def newest_thread_of(contact: Contact) -> Conversation | None:
    """Where the person was heard of last, whichever of our numbers it was on."""
    threads = Conversation.objects.filter(contact__in=family_of(contact))
    return threads.order_by(F("last_message_at").desc(nulls_last=True), "-created_at").first()


def bubble_messages(
    pks: Collection[UUID], threads: Mapping[UUID, Conversation] | None = None
) -> dict[UUID, Message]:
    """Messages by primary key, ready to be drawn. With `threads`, which have the parts of a row,
    their conversations are taken from there."""
    rows = Message.objects.filter(pk__in=pks)
    messages = list(with_bubble_parts(rows) if threads is None else _with_own_parts(rows))
    for message in messages:
        if threads and message.conversation_id in threads:
            message.conversation = threads[message.conversation_id]
    attach_quotes(messages)
    attach_templates_instead(messages)
    attach_newer_attempts(messages)
    return {message.pk: message for message in messages}


def events_after(sequence: int, limit: int) -> list[Event]:
    """Dispatched events that came after `sequence`, in order."""
    rows = Event.objects.filter(sequence__gt=sequence, dispatched_at__isnull=False)
    return list(rows.select_related("conversation", "message", "note", "actor")[:limit])
