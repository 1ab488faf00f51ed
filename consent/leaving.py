"""Who has left, by a word of their own: the one rule for whoever would write that they agreed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from consent.models import ConsentRecord, ConsentState, Purpose, Source
from consent.states import ENDED, IN_FORCE
from contacts.family import family_of
from contacts.models import Contact


def has_left(contact: Contact, topic: str, since: datetime) -> bool:
    """Whether the person ended this topic, or marketing in general, at that moment or later."""
    ends = own_ends(family_of(contact).values_list("pk", flat=True))
    return any(
        end.purpose == Purpose.MARKETING and end.topic in {"", topic} and end.occurred_at >= since
        for end in ends
    )


def own_ends(contacts: Collection[UUID]) -> list[ConsentState]:
    """The ends that were the person's own doing, or a rule's: by contact, purpose and topic. That
    an import was taken back is no word of theirs; then what stood before any import counts."""
    ended = ConsentState.objects.filter(contact__in=contacts, act__in=ENDED)
    rows = list(ended.select_related("record"))
    theirs = [row for row in rows if row.record.source != Source.IMPORT]
    if len(theirs) == len(rows):
        return theirs
    asked = {(row.contact_id, row.purpose, row.topic) for row in rows if row not in theirs}
    records = ConsentRecord.objects.filter(
        contact__in={contact for contact, _purpose, _topic in asked}, act__in=IN_FORCE | ENDED
    ).exclude(source=Source.IMPORT)
    newest = records.order_by("contact_id", "purpose", "topic", "-occurred_at", "-id")
    before = [as_state(one) for one in newest.distinct("contact_id", "purpose", "topic")]
    return theirs + [
        one
        for one in before
        if one.act in ENDED and (one.contact_id, one.purpose, one.topic) in asked
    ]


def as_state(record: ConsentRecord) -> ConsentState:
    """As if it were the newest of its purpose and topic."""
    return ConsentState(
        contact_id=record.contact_id,
        purpose=record.purpose,
        topic=record.topic,
        record=record,
        act=record.act,
        occurred_at=record.occurred_at,
    )
