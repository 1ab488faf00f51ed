"""What messages cost, as far as it is ours to know: the free entry of who came by an ad.

Source: reference, section 10. Whoever writes to us from a click-to-WhatsApp ad and is answered
within 24 hours may be written to for 72 hours at no cost; free-form messages still need the window.
The price itself is the platform's word (`services/statuses.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from conversations.models import Conversation, Message

FREE_ENTRY = timedelta(hours=72)
ANSWER_WITHIN = timedelta(hours=24)
# By hand: it runs for every set of answers, and Django takes longer to compose it.
_CAME_BY_AN_AD = """
    SELECT conversation_id FROM conversations_message
    WHERE conversation_id = ANY(%s) AND direction = 'inbound' AND sent_at > %s
    AND payload ? 'referral'
"""


def open_free_entries(accepted: Sequence[Message], now: datetime) -> None:
    """Start the free entry of conversations that are answered after a referral.

    `accepted`: outbound rows the platform just took, with their conversations.
    """
    if not accepted:
        return
    with connection.cursor() as cursor:
        answered = list({row.conversation_id for row in accepted})
        cursor.execute(_CAME_BY_AN_AD, [answered, now - ANSWER_WITHIN])
        ids = {conversation for (conversation,) in cursor.fetchall()}
    if not ids:
        return
    not_yet = Q(free_entry_expires_at=None) | Q(free_entry_expires_at__lte=now)
    # Whoever holds one may wait for our rows; then the next answer says so.
    free = Conversation.objects.filter(not_yet, pk__in=ids).select_for_update(
        no_key=True, skip_locked=True
    )
    Conversation.objects.filter(pk__in=list(free.values_list("pk", flat=True))).update(
        free_entry_expires_at=now + FREE_ENTRY
    )


def note_free_entries(ends: Mapping[UUID, datetime]) -> None:
    """The platform's own word on when the free entries of these conversations end.

    Written once the caller's transaction is committed: that one holds messages, and who holds a
    message must not wait for a conversation (`locking.py`). Whoever dies in between comes again,
    since a webhook is done only after that.
    """
    if ends:
        transaction.on_commit(partial(_write_free_entries, dict(ends)))


def _write_free_entries(ends: Mapping[UUID, datetime]) -> None:
    """Each on its own, so that no row is held while another is waited for."""
    for conversation, at in sorted(ends.items()):
        Conversation.objects.filter(pk=conversation).exclude(free_entry_expires_at=at).update(
            free_entry_expires_at=at
        )
