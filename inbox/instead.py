"""A template in place of a message that missed its window: which message, and its words."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import Agent
from conversations.access import visible_messages
from conversations.models import Conversation, Message
from conversations.services.instead import require_missed


def asked_instead(agent: Agent, shown: Conversation, given: str) -> Message | None:
    """The message that `?instead=` or the form's `instead` names; None when it names none.

    404 for one that is not of this conversation; raises `CannotSendAgain` for one that needs no
    template, or has had one.
    """
    if not given:
        return None
    try:
        pk = UUID(given)
    except ValueError:
        raise Http404 from None
    message = get_object_or_404(visible_messages(agent), pk=pk, conversation=shown)
    require_missed(message)
    return message


def one_line(message: Message | None) -> str:
    """What `message` says, as the value of a template may hold it: without line breaks."""
    return " ".join(message.text.split()) if message else ""
