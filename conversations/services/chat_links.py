"""Click-to-chat links: made, opened, and recognised in what customers write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import Agent
from conversations.events import draft
from conversations.gateway import InboundMessage
from conversations.link_code import new_reference, references_in
from conversations.models import (
    ChatLink,
    ChatLinkOpening,
    Conversation,
    Event,
    EventName,
    MessageType,
)

# What `came_by` changes of a conversation.
CAME_BY = ("chat_link", "came_at")
_NAME_LENGTH = 80


@dataclass(frozen=True)
class Followed:
    """A message that holds the reference of a link, and its words without that."""

    link: ChatLink
    words: str


def make_links(draft_of: ChatLink, places: Sequence[str], by: Agent | None) -> list[ChatLink]:
    """Save a link for each place, all like `draft_of`; one without a place when there is none.

    Several are told apart by their names: "Poster · Train 4711". All or none are made.
    """
    several = len(places) > 1
    made = []
    with transaction.atomic():
        for place in places or [""]:
            values = {
                field.attname: getattr(draft_of, field.attname)
                for field in ChatLink._meta.concrete_fields
                if not field.primary_key
            }
            link = ChatLink(**values)
            link.place, link.created_by = place, by
            if several:
                link.name = f"{draft_of.name} · {place}"[:_NAME_LENGTH]
            _save_with_reference(link)
            made.append(link)
    return made


def _save_with_reference(link: ChatLink) -> None:
    while True:
        link.reference = new_reference()
        try:
            with transaction.atomic():
                link.save(force_insert=True)
        except IntegrityError:
            if not ChatLink.objects.filter(reference=link.reference).exists():
                raise
        else:
            return


def count_opening(link: ChatLink) -> None:
    """Somebody opened it today; who, nobody knows."""
    ChatLinkOpening.objects.create(link=link, day=timezone.localdate())


def add_up_openings() -> int:
    """Turn openings into sums by day; how many there were.

    One statement, so each is in a sum or still there by itself, whenever this is killed and
    however many do it at once.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH gone AS (DELETE FROM conversations_chatlinkopening RETURNING link_id, day),
            summed AS (
                INSERT INTO conversations_chatlinkday AS days (link_id, day, opened)
                SELECT link_id, day, count(*) FROM gone GROUP BY link_id, day ORDER BY link_id, day
                ON CONFLICT (link_id, day) DO UPDATE SET opened = days.opened + excluded.opened
            )
            SELECT count(*) FROM gone
            """
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def links_followed(inbounds: Iterable[InboundMessage]) -> dict[str, Followed]:
    """Which of these messages hold a reference of ours, by wamid; one query when any looks so."""
    found = {
        inbound.wamid: (inbound.text, references)
        for inbound in inbounds
        if inbound.opens_window
        and inbound.type == MessageType.TEXT
        and (references := references_in(inbound.text))
    }
    if not found:
        return {}
    wanted = {one.code for _text, references in found.values() for one in references}
    links = ChatLink.objects.in_bulk(wanted, field_name="reference")
    return {
        wamid: Followed(links[known.code], known.cut_from(text))
        for wamid, (text, references) in found.items()
        if (known := next((one for one in references if one.code in links), None))
    }


def came_by(conversation: Conversation, link: ChatLink, inbound: InboundMessage) -> Event | None:
    """The customer came by `link`: the first one stays the conversation's source, and what is new
    stands in the thread. The caller saves both."""
    if conversation.chat_link_id == link.pk:
        return None
    if conversation.chat_link_id is None:
        conversation.chat_link, conversation.came_at = link, inbound.sent_at
    return draft(EventName.CONVERSATION_LINKED, conversation, data={"chat_link": link.pk})
