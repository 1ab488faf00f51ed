"""What becomes of a message that is already there: a reaction, an edit, taken back.

Each function may be called twice for the same thing and does it once.
"""

from __future__ import annotations

from django.db import transaction

from consent.own_page import revoke_what_is_told
from conversations.events import record
from conversations.gateway import InboundEdit, InboundReaction
from conversations.models import Direction, EventName, Message, Reaction
from conversations.services.locking import lock_message

# In `Message.payload`; shown to those whom `conversations/access.py` allows, and to nobody else.
EARLIER_TEXTS = "earlier_texts"


def list_of_earlier(message: Message) -> list[object]:
    """What the message said before it was edited, oldest first: `{"text", "at"}`."""
    found = message.payload.get(EARLIER_TEXTS)
    return found if isinstance(found, list) else []


def receive_reaction(inbound: InboundReaction) -> bool:
    """A reaction annotates the message it is on; an empty emoji takes it back.

    False when that message is not known (yet): the caller keeps the webhook to try again.
    """
    with transaction.atomic():
        message = lock_message(
            Message.objects.filter(
                business_number_id=inbound.business_number_id, wamid=inbound.target_wamid
            )
        )
        if message is None:
            return False
        if message.text_removed_at is not None:
            return True  # it is on something that is gone after its time
        set_reaction(message, Direction(inbound.direction), inbound)
        record(EventName.MESSAGE_CHANGED, message.conversation, message=message)
    return True


def set_reaction(message: Message, direction: Direction, inbound: InboundReaction) -> None:
    mine = Reaction.objects.filter(message=message, direction=direction)
    if mine.filter(reacted_at__gt=inbound.reacted_at).exists():
        return  # a newer one is already there; this one came late
    # One taken back stays as an empty row, so that what came before it cannot bring it back.
    Reaction.objects.update_or_create(
        message=message,
        direction=direction,
        defaults={"emoji": inbound.emoji[:32], "reacted_at": inbound.reacted_at},
    )


def receive_edit(inbound: InboundEdit) -> bool:
    """Whoever wrote a message changed it or took it back; what stood there before is kept.

    False when that message is not known (yet).
    """
    with transaction.atomic():
        message = lock_message(
            Message.objects.filter(
                business_number_id=inbound.business_number_id,
                wamid=inbound.target_wamid,
                direction=inbound.direction,
            )
        )
        if message is None:
            return False
        if message.revoked_at is not None or message.text_removed_at is not None:
            return True  # nothing is there any more that could be changed
        if inbound.revoked:
            message.revoked_at = inbound.occurred_at
        elif message.edited_at is None or message.edited_at < inbound.occurred_at:
            before = {
                "text": message.text,
                "at": (message.edited_at or message.sent_at).isoformat(),
            }
            message.payload = {
                **message.payload,
                EARLIER_TEXTS: [*list_of_earlier(message), before],
            }
            message.text = inbound.text
            revoke_what_is_told(inbound.text)
            message.edited_at = inbound.occurred_at
        else:
            return True
        message.save(update_fields=["text", "payload", "edited_at", "revoked_at", "updated_at"])
        record(EventName.MESSAGE_CHANGED, message.conversation, message=message)
    return True
