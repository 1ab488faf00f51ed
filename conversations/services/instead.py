"""A message that missed its window goes as a template instead, once."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent
from conversations.errors import CannotSendAgain
from conversations.events import record
from conversations.models import EventName, Message, Status
from conversations.selectors import templates_instead_of
from conversations.services.locking import lock_message
from conversations.services.reply import Draft, Reply, send_reply

_NOT_MISSED = _("Only a message that missed its window can go as a template instead.")
_ALREADY = _("A template was already sent instead of this message.")


def require_missed(message: Message) -> None:
    """Raise `CannotSendAgain` for a message that needs no template, or has had one."""
    if not message.missed_window:
        raise CannotSendAgain(_NOT_MISSED)
    if templates_instead_of([message.pk]):
        raise CannotSendAgain(_ALREADY)


def send_instead(message: Message, draft: Draft, by: Agent, *, refuse: bool = False) -> Reply:
    """Queue `draft`, a template, which names `message` as the one it stands for.

    Raises `CannotSendAgain` as `require_missed` does, and what `send_reply` raises. Asked twice
    with one client UUID it is one message; of two agents who ask at once only one is heard.
    """
    with transaction.atomic():
        held = lock_message(Message.objects.filter(pk=message.pk))
        assert held is not None
        if not Message.objects.filter(client_uuid=draft.client_uuid).exists():
            require_missed(held)
        reply = send_reply(held.conversation, replace(draft, again_of=held.pk), by, refuse=refuse)
        if not reply.replayed and reply.message.status != Status.BLOCKED:
            # Whoever looks at the old bubble sees what became of it.
            held.save(update_fields=["updated_at"])
            record(EventName.MESSAGE_CHANGED, held.conversation, message=held, by=by)
    return reply
