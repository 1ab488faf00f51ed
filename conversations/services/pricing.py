"""What messages cost, as far as it is ours to know: the free entry of who came by an ad.

Source: reference, section 10. Whoever writes to us from a click-to-WhatsApp ad and is answered
within 24 hours may be written to for 72 hours at no cost; free-form messages still need the window.
The price itself is the platform's word (`services/statuses.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from conversations.models import Conversation, Direction, Message

FREE_ENTRY = timedelta(hours=72)
ANSWER_WITHIN = timedelta(hours=24)


def open_free_entries(accepted: Sequence[Message], now: datetime) -> None:
    """Start the free entry of conversations that are answered after a referral.

    `accepted`: outbound rows the platform just took, with their conversations.
    """
    waiting = {
        row.conversation_id
        for row in accepted
        if (ends := row.conversation.free_entry_expires_at) is None or ends <= now
    }
    if not waiting:
        return
    came = Message.objects.filter(
        conversation_id__in=waiting,
        direction=Direction.INBOUND,
        sent_at__gt=now - ANSWER_WITHIN,
        payload__has_key="referral",
    ).values_list("conversation_id", flat=True)
    # Whoever holds one may wait for our rows; then the next answer says so.
    free = Conversation.objects.filter(pk__in=set(came)).select_for_update(
        no_key=True, skip_locked=True
    )
    ids = list(free.values_list("pk", flat=True))
    if ids:
        Conversation.objects.filter(pk__in=ids).update(free_entry_expires_at=now + FREE_ENTRY)


def note_free_entry(conversation: Conversation, expires_at: datetime | None) -> bool:
    """The platform's own word on the free entry's end, on the unsaved row; whether it was new."""
    if expires_at is None or conversation.free_entry_expires_at == expires_at:
        return False
    conversation.free_entry_expires_at = expires_at
    return True
