"""Who waits for an answer, and since when: `Conversation.waiting_since` and `first_replied_at`.

A customer waits from their first message that no later one of ours answers. What counts as an
answer has an author (an agent or a bot), or was written on the business phone, and the platform
took it; what we say by ourselves (an away message, a consent's answer) does not count. Times are
WhatsApp's. When a conversation was resolved, nothing from before is owed any more.

A message that comes in its order needs no look back (`receive.py`); what became of an answer, and
what comes late, is counted from the rows: however often that is done, it comes out the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial
from uuid import UUID

from django.db import connection, transaction

from conversations.models import Conversation, Direction, Message, MessageType, Origin, Status

# The platform took it.
ANSWERED = (Status.ACCEPTED, Status.SENT, Status.DELIVERED, Status.READ, Status.PLAYED)

_IS_ANSWER = f"""
    m.direction = 'outbound' AND m.type <> 'reaction' AND m.origin <> 'history'
    AND (m.author_id IS NOT NULL OR m.origin = 'echo')
    AND m.status IN ({", ".join(f"'{status}'" for status in ANSWERED)})
"""
# By hand: it runs for every set of answers. The lock comes first, so that what is counted is true.
_HOLD = "SELECT id FROM conversations_conversation WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
_COUNT = f"""
    UPDATE conversations_conversation c
    SET waiting_since = found.since, first_replied_at = found.first
    FROM (
        SELECT o.id,
            CASE WHEN o.status = 'resolved' THEN NULL ELSE (
                SELECT m.sent_at FROM conversations_message m
                WHERE m.conversation_id = o.id AND m.direction = 'inbound'
                AND m.type <> 'reaction' AND m.origin <> 'history'
                AND m.sent_at > COALESCE(GREATEST(answer.at, rest.at), '-infinity')
                ORDER BY m.sent_at LIMIT 1
            ) END AS since,
            (
                SELECT m.sent_at FROM conversations_message m
                WHERE m.conversation_id = o.id AND {_IS_ANSWER} ORDER BY m.sent_at LIMIT 1
            ) AS first
        FROM conversations_conversation o
        LEFT JOIN LATERAL (
            SELECT m.sent_at AS at FROM conversations_message m
            WHERE m.conversation_id = o.id AND {_IS_ANSWER} ORDER BY m.sent_at DESC LIMIT 1
        ) answer ON true
        LEFT JOIN LATERAL (
            SELECT e.occurred_at AS at FROM conversations_event e
            WHERE e.conversation_id = o.id AND e.name = 'conversation.resolved'
            ORDER BY e.occurred_at DESC LIMIT 1
        ) rest ON true
        WHERE o.id = ANY(%s)
    ) found
    WHERE c.id = found.id AND (
        c.waiting_since IS DISTINCT FROM found.since
        OR c.first_replied_at IS DISTINCT FROM found.first
    )
"""  # noqa: S608 (our own names)


def is_answer(message: Message) -> bool:
    """Whether it is one once the platform took it."""
    return bool(
        message.direction == Direction.OUTBOUND
        and message.type != MessageType.REACTION
        and message.origin != Origin.HISTORY
        and (message.author_id is not None or message.origin == Origin.ECHO)
    )


def note_answers(messages: Iterable[Message]) -> None:
    """What became of these messages may be, or no longer be, an answer.

    The caller holds messages, and who does must not wait for a conversation (`locking.py`): those
    that somebody holds are counted once this transaction is committed.
    """
    wanted = {row.conversation_id for row in messages if is_answer(row)}
    if not wanted:
        return
    held = _count(wanted, without_waiting=True)
    if left := wanted - held:
        transaction.on_commit(partial(count_waiting, left), robust=True)


def count_waiting(conversations: Collection[UUID]) -> None:
    """Count these conversations anew from their messages; waits for who holds them."""
    with transaction.atomic():
        _count(conversations, without_waiting=False)


def note_inbound(conversation: Conversation, message: Message) -> bool:
    """A customer's message, before it becomes the last one of its (locked, unsaved) conversation.
    False when it came late, so that rows must be counted once it is written."""
    last = conversation.last_message_at
    if last is not None and message.sent_at < last:
        return False
    if conversation.waiting_since is None:
        conversation.waiting_since = message.sent_at
    return True


def count_unresolved(after: UUID | None = None, limit: int = 500) -> UUID | None:
    """Count a portion of all unresolved conversations; the last one's id, None when none is left.
    For rows from before these were kept."""
    rows = Conversation.objects.exclude(status=Conversation.Status.RESOLVED).order_by("pk")
    if after is not None:
        rows = rows.filter(pk__gt=after)
    pks = list(rows.values_list("pk", flat=True)[:limit])
    if not pks:
        return None
    count_waiting(pks)
    return pks[-1]


def _count(conversations: Collection[UUID], *, without_waiting: bool) -> set[UUID]:
    """Those that could be held and are counted."""
    skip = " SKIP LOCKED" if without_waiting else ""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD + skip, [list(conversations)])
        held = [pk for (pk,) in cursor.fetchall()]
        if held:
            cursor.execute(_COUNT, [held])
    return set(held)
