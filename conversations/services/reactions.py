"""Our reactions: sent like a message, shown as an annotation of the one they are on."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import Agent
from conversations.events import record
from conversations.models import (
    Conversation,
    Direction,
    EventName,
    Message,
    MessageType,
    Reaction,
)
from conversations.services.reply import Draft, Reply, send_reply


@transaction.atomic
def send_draft(conversation: Conversation, draft: Draft, by: Agent) -> Reply:
    """Queue whatever `draft` is; raises like `send_reply(…, refuse=True)`."""
    reply = send_reply(conversation, draft, by, refuse=True)
    if draft.type == MessageType.REACTION and not reply.replayed:
        _annotate(reply.message, by)
    return reply


def _annotate(sent: Message, by: Agent) -> None:
    """Show a queued reaction on its target; there is one of ours per message."""
    reaction = sent.payload["reaction"]
    target = Message.objects.filter(
        conversation_id=sent.conversation_id, wamid=reaction["message_id"]
    ).first()
    if target is None:
        return
    if reaction["emoji"]:
        Reaction.objects.update_or_create(
            message=target,
            direction=Direction.OUTBOUND,
            defaults={
                "emoji": reaction["emoji"],
                "agent": by,
                "reacted_at": timezone.now(),
            },
        )
    else:
        Reaction.objects.filter(message=target, direction=Direction.OUTBOUND).delete()
    record(EventName.MESSAGE_CHANGED, sent.conversation, message=target, by=by)
