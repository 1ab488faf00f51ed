"""Notes: for colleagues, never sent."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Agent
from conversations.errors import Malformed, NotAllowed
from conversations.events import record
from conversations.models import Conversation, EventName, Note
from conversations.services.mentions import meant_by, write_mentions

MAX_NOTE = 10_000


def write_note(
    conversation: Conversation, text: str, by: Agent, client_uuid: UUID | None = None
) -> Note:
    """Put a note on the thread; the same client UUID again is the same note."""
    if not by.may_write:
        raise NotAllowed
    text = text.strip().replace("\x00", "")
    if not text:
        raise Malformed({"text": [_("Please write something first.")]})
    if len(text) > MAX_NOTE:
        raise Malformed(
            {"text": [_("This is too long: at most %(limit)s characters.") % {"limit": MAX_NOTE}]}
        )
    meant = meant_by(text, conversation)
    try:
        with transaction.atomic():
            note = Note.objects.create(
                conversation=conversation,
                author=by,
                text=text,
                mentioned_names=meant.names,
                client_uuid=client_uuid,
                created_at=timezone.now(),
            )
            write_mentions(note, meant)
            record(EventName.NOTE_CREATED, conversation, note=note, by=by)
    except IntegrityError:
        return Note.objects.get(client_uuid=client_uuid, conversation=conversation)
    return note
