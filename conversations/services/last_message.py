"""Which message a conversation's row in the list shows."""

from __future__ import annotations

from django.db.models import F, Q

from conversations.models import BRIEFLY, Conversation, Message, MessageType, Reason


def move_last_message(conversation: Conversation, message: Message) -> list[str]:
    """Make `message` the conversation's last one if it is newer; the names of changed fields.

    Of two at one moment (WhatsApp's clock has seconds) the one with the later id is, as in threads.
    """
    last = conversation.last_message_at
    if last and (message.sent_at, message.pk) < (last, conversation.last_message_id or message.pk):
        return []
    conversation.last_message = message
    conversation.last_message_at = message.sent_at
    return ["last_message", "last_message_at"]


def find_last_message(conversation: Conversation) -> list[str]:
    """Look for the conversation's last message anew, one that was not undone; the names of changed
    fields."""
    undone = Q(status_reason=Reason.TAKEN_BACK, scheduled_at__lte=F("created_at") + BRIEFLY)
    rows = conversation.messages.exclude(type=MessageType.REACTION).exclude(undone)
    last = rows.order_by("-sent_at", "-id").first()
    conversation.last_message = last
    conversation.last_message_at = last.sent_at if last else None
    return ["last_message", "last_message_at"]
