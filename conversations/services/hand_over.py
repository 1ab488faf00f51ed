"""Handing over: to a colleague, a team or nobody, with a note that is there before they are."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from accounts.models import Agent, Team
from conversations.models import Conversation
from conversations.services.lifecycle import assign_conversation, hand_to_team
from conversations.services.notes import write_note
from conversations.services.standing import require_writer


def hand_over(
    conversation: Conversation,
    to: Agent | Team | None,
    by: Agent,
    note: str = "",
    note_uuid: UUID | None = None,
) -> None:
    """Assign with a note: both or neither; the note comes first.

    The same `note_uuid` again is the same note. Raises what `write_note` does.
    """
    require_writer(by)
    with transaction.atomic():
        if note.strip():
            write_note(conversation, note, by, note_uuid)
        if isinstance(to, Team):
            hand_to_team(conversation, to, by)
        else:
            assign_conversation(conversation, to, by)
