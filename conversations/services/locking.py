"""Row locks in the one order that cannot deadlock: conversation, then message.

Several of a kind are locked in the order of their ids. The locks let others insert rows that point
to the locked one (`FOR NO KEY UPDATE`), as every event and message does.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection
from django.db.models import F, QuerySet

from conversations.models import Conversation, Message
from conversations.services.successors import successors

# A contact and one of our numbers.
Pair = tuple[UUID, int]
# Number of an advisory lock of this database.
_OPENING = 0x57A0005


def lock_conversation(pk: UUID) -> Conversation:
    """The conversation, locked until the transaction ends, with what the services read of it."""
    rows = Conversation.objects.select_for_update(of=("self",), no_key=True)
    rows = rows.select_related("contact", "business_number").filter(pk=pk)
    # PostgreSQL leaves out a row it had to wait for when that got another contact meanwhile (a
    # merge), because it joins the old one; the second look joins the new one.
    return next(iter(rows), None) or rows.get()


def lock_message(messages: QuerySet[Message]) -> Message | None:
    """The first of `messages` with its conversation, both locked; None when there is none."""
    found = messages.values_list("pk", "conversation_id").first()
    if found is None:
        return None
    conversation = lock_conversation(found[1])
    message = (
        Message.objects.select_for_update(of=("self",), no_key=True)
        .select_related("template")
        .get(pk=found[0])
    )
    message.conversation = conversation
    return message


def newest_conversations(pairs: Collection[Pair]) -> dict[Pair, Conversation]:
    """The newest conversation of each contact and number, locked: the open one, else the last.

    For a number that was replaced it is the one that goes on: with the number in its place, or
    still with the old one while that is being moved (`replace_number.py`).
    """
    after = successors()
    moved = {(who, number): (who, after[number]) for who, number in pairs if number in after}
    found = _newest({*pairs, *moved.values()})
    for old, new in moved.items():
        both = [row for pair in (old, new) if (row := found.get(pair))]
        if both:
            found[old] = next((row for row in both if not row.is_resolved), both[-1])
    return found


def newest_or_to_open(pairs: Collection[Pair]) -> dict[Pair, Conversation]:
    """As `newest_conversations`, for one who opens what is not there.

    One transaction opens at a time, or two would each open a thread of their own for one customer.
    Where the newest is resolved, who holds that one may open the next: whoever waited for it looks
    whether somebody did.
    """
    found = newest_conversations(pairs)
    resolved = {pair for pair in found if found[pair].is_resolved}
    if resolved:
        found |= newest_conversations(resolved)
    missing = {pair for pair in pairs if pair not in found}
    if missing:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_OPENING])
        found |= newest_conversations(missing)
    return found


def _newest(pairs: Collection[Pair]) -> dict[Pair, Conversation]:
    newest = (
        Conversation.objects.filter(
            contact__in={contact for contact, _number in pairs},
            business_number__in={number for _contact, number in pairs},
        )
        .order_by(
            *("contact_id", "business_number_id"), F("resolved_at").desc(nulls_first=True), "-id"
        )
        .distinct("contact_id", "business_number_id")
        .values_list("pk", flat=True)
    )
    locked = (
        Conversation.objects.filter(pk__in=list(newest))
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    return {(row.contact_id, row.business_number_id): row for row in locked}
