"""Which message a conversation's row in the list shows."""

from __future__ import annotations

from conversations.models import Conversation, Message


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
