"""The conversations that a set of messages goes into: found, or opened and written with the set."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from contacts.models import Contact
from conversations.events import draft, nudge
from conversations.models import BusinessNumber, Conversation, Event, EventName, Media
from conversations.service_settings import goes_on_elsewhere, service_settings
from conversations.services.locking import Pair, newest_or_to_open
from conversations.services.successors import current_number
from conversations.sets import update_many

# The window belongs to the customer and our number: earlier threads of theirs get the later end,
# where nobody holds them; what is held keeps an end that is too early, never one too late (law 2).
_SHARE_WINDOWS = """
    UPDATE conversations_conversation c
    SET window_expires_at = held.ends, last_inbound_at = GREATEST(c.last_inbound_at, held.spoke)
    FROM (
        SELECT o.id, n.window_expires_at AS ends, n.last_inbound_at AS spoke
        FROM conversations_conversation n JOIN conversations_conversation o
        ON o.contact_id = n.contact_id AND o.business_number_id = n.business_number_id
        WHERE n.id = ANY(%s) AND o.id <> n.id AND o.status = 'resolved'
        AND (o.window_expires_at IS NULL OR o.window_expires_at < n.window_expires_at)
        FOR NO KEY UPDATE OF o SKIP LOCKED
    ) held
    WHERE c.id = held.id
"""


class Threads:
    """The newest conversation of each pair, locked. What is opened is told in `events`, before what
    the caller adds of it."""

    def __init__(self, pairs: Collection[Pair]) -> None:
        self.events: list[Event] = []
        self._found = newest_or_to_open(pairs)
        self._opened: dict[UUID, Conversation] = {}
        self._touched: dict[UUID, Conversation] = {}
        self._numbers: dict[int, BusinessNumber] = {}
        self._reopen_hours: int | None = None

    def of(
        self,
        contact: Contact,
        number_id: int,
        *,
        resolved: bool = False,
        spoke_at: datetime | None = None,
    ) -> Conversation:
        """The conversation a message goes into; a new one is `resolved` when nothing is owed.

        `spoke_at`: the customer turned to us then (WhatsApp's clock). When that is too long after
        the last one was resolved, they begin another, which has their window.
        """
        pair = (contact.pk, number_id)
        found = self._found.get(pair)
        if found is None:
            found = self._found[pair] = self._open(contact, number_id, resolved)
        elif spoke_at and found.is_resolved and self._begins_anew(found, spoke_at):
            earlier, found = found, self._open(contact, number_id, resolved, after=found)
            self._found[pair] = found
            if earlier.business_number_id == found.business_number_id:
                found.window_expires_at = earlier.window_expires_at
                found.free_entry_expires_at = earlier.free_entry_expires_at
                found.last_inbound_at = earlier.last_inbound_at
        elif found.pk not in self._opened:
            self._touched[found.pk] = found
        return found

    def write_opened(self) -> None:
        """Before the messages that go into them."""
        Conversation.objects.bulk_create(self._opened.values())

    def write_touched(self, fields: Sequence[str]) -> None:
        update_many(list(self._touched.values()), fields)

    def share_windows(self) -> None:
        """With the customers' earlier threads, after all is written."""
        pks = [*self._touched, *self._opened]
        with connection.cursor() as cursor:
            cursor.execute(_SHARE_WINDOWS, [pks])

    def _begins_anew(self, found: Conversation, spoke_at: datetime) -> bool:
        if self._reopen_hours is None:
            self._reopen_hours = service_settings().reopen_within_hours
        return goes_on_elsewhere(found, spoke_at, self._reopen_hours)

    def _open(
        self,
        contact: Contact,
        number_id: int,
        resolved: bool,
        after: Conversation | None = None,
    ) -> Conversation:
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
        if after is not None:
            resolved_at = after.resolved_at.isoformat() if after.resolved_at else None
            data: dict[str, object] = {"after": str(after.pk), "resolved_at": resolved_at}
            self.events.append(draft(EventName.CONVERSATION_FOLLOWS, opened, data=data))
        return opened


def fetch_on_commit(files: Iterable[Media]) -> None:
    """Have customers' files fetched once their rows are there."""
    for row in files:
        transaction.on_commit(partial(nudge, "conversations.fetch_media", str(row.pk)))
