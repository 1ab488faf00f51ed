"""Row locks in the one order that cannot deadlock: conversation, then message.

Several of a kind are locked in the order of their ids. The locks let others insert rows that point
to the locked one (`FOR NO KEY UPDATE`), as every event and message does.
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from conversations.models import Conversation, Message


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
