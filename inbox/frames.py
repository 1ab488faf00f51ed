"""What happened, as the browsers need it: one envelope per event, drawn once per language.

An envelope carries who may see it as plain values, so that handing it to an agent asks the
database nothing. It always shows the conversation as it stands when the envelope is made.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from uuid import UUID

import msgspec
from django.template.loader import render_to_string
from django.utils import translation

from conversations import selectors
from conversations.access import Scope
from conversations.lists import with_row_parts
from conversations.models import THREAD_EVENTS, Conversation, Event, EventName, Message
from inbox.event_words import attach_names

logger = logging.getLogger(__name__)


class Place(msgspec.Struct, frozen=True):
    """Where a conversation lies, which decides who may see it."""

    team: int | None
    assignee: int | None
    number: int

    def is_in(self, scope: Scope) -> bool:
        return scope.covers(self.team, self.assignee, self.number)


class Envelope(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event. `html[language]` holds the fragments `row` and `item`, each only where it changed;
    a language that is missing was not drawn. `before` is the place it came from, when it moved."""

    sequence: int
    name: str
    conversation: str
    place: Place
    at: str
    message: str = ""
    wamid: str = ""
    text: str = ""
    status: str = ""
    actor: int | None = None
    before: Place | None = None
    html: dict[str, dict[str, str]] = {}

    def frame(self, language: str) -> str:
        """The JSON for a browser that may see the conversation."""
        about: dict[str, object] = {}
        if self.message:
            about = {"message": self.message, "wamid": self.wamid, "text": self.text}
            about["status"] = self.status
        return encode(
            {
                "type": "event",
                "sequence": self.sequence,
                "name": self.name,
                "conversation": self.conversation,
                "at": self.at,
                "actor": self.actor,
                **about,
                "html": self.html.get(language, {}),
            }
        )

    def removal(self) -> str:
        """The JSON for a browser whose agent may not see the conversation any more."""
        return encode(
            {
                "type": "conversation.removed",
                "sequence": self.sequence,
                "conversation": self.conversation,
            }
        )


class Telling:
    """An envelope on its way to many: each of its frames is encoded once, whoever it is for."""

    def __init__(self, envelope: Envelope) -> None:
        self.envelope = envelope
        self._frames: dict[str, str] = {}

    def frame_for(self, scope: Scope, language: str) -> str | None:
        """What an agent of this scope is told; None when it never concerned them."""
        envelope = self.envelope
        if envelope.place.is_in(scope):
            if language not in self._frames:
                self._frames[language] = envelope.frame(language)
            return self._frames[language]
        if envelope.before and envelope.before.is_in(scope):
            return envelope.removal()
        return None


def encode(frame: dict[str, object]) -> str:
    return msgspec.json.encode(frame).decode()


def events_between(after: int, upto: int) -> list[Event]:
    """The events numbered `after` (exclusive) to `upto` (inclusive), in order. Those being told
    to the listeners at this moment are among them: their changes are committed."""
    rows = Event.objects.filter(sequence__gt=after, sequence__lte=upto)
    return list(rows.select_related("note__author", "actor").order_by("sequence"))


def envelopes_of(events: Sequence[Event], languages: Collection[str]) -> list[Envelope]:
    """The envelopes of numbered events, in their order.

    A row is drawn for the last event of its conversation in the batch, a message for its last
    event: what would be replaced within the same breath is not drawn. Blocks; a handful of queries.
    """
    conversations = _conversations({event.conversation_id for event in events})
    # A line of the thread may name the message it comes from; it is drawn as a line.
    told = {e.pk: e.message_id for e in events if e.message_id and e.name not in THREAD_EVENTS}
    messages = _messages(told.values(), conversations)
    attach_names([event for event in events if event.name in THREAD_EVENTS])
    last_of_row = {event.conversation_id: event.pk for event in events}
    last_of_message = {message: event for event, message in told.items()}
    envelopes = []
    for event in events:
        conversation = conversations.get(event.conversation_id)
        if conversation is None:  # deleted meanwhile, its events with it
            continue
        message = messages.get(told[event.pk]) if event.pk in told else None
        drawers: dict[str, Callable[[], str]] = {}
        if last_of_row[event.conversation_id] == event.pk:
            drawers["row"] = _row_drawer(conversation)
        if message is not None:
            if last_of_message[message.pk] == event.pk:
                drawers["item"] = _message_drawer(message)
        elif event.note_id or event.name in THREAD_EVENTS:
            drawers["item"] = _other_drawer(event)
        envelopes.append(
            Envelope(
                sequence=event.sequence or 0,
                name=event.name,
                conversation=str(conversation.pk),
                place=_place(conversation),
                at=event.occurred_at.isoformat(),
                message=str(message.pk) if message else "",
                wamid=(message.wamid or "") if message else "",
                text=message.text if message and not message.revoked_at else "",
                status=message.status if message else "",
                actor=event.actor_id,
                before=_place_before(event, _place(conversation)),
                html={language: _draw(event, language, drawers) for language in languages},
            )
        )
    return envelopes


def _conversations(pks: Iterable[UUID]) -> dict[UUID, Conversation]:
    rows = Conversation.objects.filter(pk__in=pks).order_by()
    return {row.pk: row for row in with_row_parts(rows, last_message=False)}


def _messages(
    told: Collection[UUID], conversations: dict[UUID, Conversation]
) -> dict[UUID, Message]:
    """Those that are told of, and the last of each conversation, which its row shows: mostly they
    are the same, and their conversations are here already."""
    last = {one.last_message_id for one in conversations.values() if one.last_message_id}
    found = selectors.bubble_messages(last.union(told), conversations)
    for one in conversations.values():
        one.last_message = found.get(one.last_message_id) if one.last_message_id else None
    return found


def _place(conversation: Conversation) -> Place:
    return Place(conversation.team_id, conversation.assignee_id, conversation.business_number_id)


def _place_before(event: Event, now: Place) -> Place | None:
    """Where a conversation lay before it was handed over, or moved to another number."""
    data = event.data
    if event.name == EventName.CONVERSATION_MOVED:
        return Place(now.team, now.assignee, _number(data.get("from_number")) or now.number)
    if event.name == EventName.CONVERSATION_ASSIGNED:
        team, assignee = _number(data.get("from_team")), _number(data.get("from_assignee"))
        return Place(team, assignee, now.number)
    return None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _row_drawer(conversation: Conversation) -> Callable[[], str]:
    return lambda: render_to_string("inbox/row.html", {"conversation": conversation})


def _message_drawer(message: Message) -> Callable[[], str]:
    return lambda: render_to_string("inbox/bubble.html", {"message": message})


def _other_drawer(event: Event) -> Callable[[], str]:
    if event.note_id:
        return lambda: render_to_string("inbox/note.html", {"note": event.note})
    return lambda: render_to_string("inbox/event.html", {"event": event})


def _draw(event: Event, language: str, drawers: dict[str, Callable[[], str]]) -> dict[str, str]:
    """The fragments in one language. A fragment that cannot be drawn must not hold up what comes
    after it: it is left out, and the browser fetches the conversation instead."""
    fragments = {}
    with translation.override(language):
        for slot, draw in drawers.items():
            try:
                fragments[slot] = draw().strip()
            except Exception:
                logger.exception("live.fragment_failed event=%s slot=%s", event.pk, slot)
    return fragments
