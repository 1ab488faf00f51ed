"""How urgent a conversation is."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent
from conversations.errors import Malformed
from conversations.events import record
from conversations.models import Conversation, EventName, Priority
from conversations.services.locking import lock_conversation
from conversations.services.standing import require_writer

_UNKNOWN = _("There is no such priority.")


def set_priority(
    conversation: Conversation, priority: int, by: Agent | None, *, rule: str = ""
) -> None:
    """Give it another priority; `by` is None where a rule of the house does it (by its name)."""
    if by is not None:
        require_writer(by)
    if priority not in Priority.values:
        raise Malformed({"priority": [_UNKNOWN]})
    with transaction.atomic():
        conversation = lock_conversation(conversation.pk)
        before = conversation.priority
        if before == priority:
            return
        conversation.priority = priority
        conversation.save(update_fields=["priority", "updated_at"])
        data: dict[str, object] = {"from": before, "to": int(priority)}
        if rule:
            data["rule"] = rule
        record(EventName.CONVERSATION_PRIORITISED, conversation, by=by, data=data)
