"""The conversations that a set of messages goes into: found, or opened and written with the set."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from contacts.models import Contact
from conversations.events import draft, nudge
from conversations.models import BusinessNumber, Conversation, Event, EventName, Media
from conversations.services.locking import Pair, newest_or_to_open
from conversations.services.successors import current_number
from conversations.sets import update_many


class Threads:
    """The newest conversation of each pair, locked. What is opened is told in `events`, before what
    the caller adds of it."""

    def __init__(self, pairs: Collection[Pair]) -> None:
        self.events: list[Event] = []
        self._found = newest_or_to_open(pairs)
        self._opened: dict[UUID, Conversation] = {}
        self._touched: dict[UUID, Conversation] = {}
        self._numbers: dict[int, BusinessNumber] = {}

    def of(self, contact: Contact, number_id: int, *, resolved: bool = False) -> Conversation:
        """The conversation a message goes into; a new one is `resolved` when nothing is owed."""
        pair = (contact.pk, number_id)
        found = self._found.get(pair)
        if found is None:
            found = self._found[pair] = self._open(contact, number_id, resolved)
        elif found.pk not in self._opened:
            self._touched[found.pk] = found
        return found

    def write_opened(self) -> None:
        """Before the messages that go into them."""
        Conversation.objects.bulk_create(self._opened.values())

    def write_touched(self, fields: Sequence[str]) -> None:
        update_many(list(self._touched.values()), fields)

    def _open(self, contact: Contact, number_id: int, resolved: bool) -> Conversation:
        if number_id not in self._numbers:
            self._numbers[number_id] = current_number(number_id)
        number = self._numbers[number_id]
        opened = Conversation(
            contact=contact, business_number=number, team_id=number.default_team_id
        )
        if resolved:
            opened.status, opened.resolved_at = Conversation.Status.RESOLVED, timezone.now()
        self._opened[opened.pk] = opened
        self.events.append(draft(EventName.CONVERSATION_OPENED, opened))
        return opened


def fetch_on_commit(files: Iterable[Media]) -> None:
    """Have customers' files fetched once their rows are there."""
    for row in files:
        transaction.on_commit(partial(nudge, "conversations.fetch_media", str(row.pk)))
