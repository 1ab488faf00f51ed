"""A contact was edited by hand: whoever looks at one of the person's threads is told."""

from __future__ import annotations

from accounts.models import Agent
from contacts.models import Contact
from contacts.signals import contact_edited
from conversations.events import draft, record_all
from conversations.models import Conversation, EventName

# Nobody looks at the threads of years ago while the person is edited.
MOST = 20


def connect() -> None:
    """Called once, when Django is ready."""
    contact_edited.connect(_tell, dispatch_uid="conversations.contact_edits")


def _tell(contact: Contact, by: Agent | None, **_kwargs: object) -> None:
    rows = Conversation.objects.filter(contact=contact).order_by("-last_message_at", "-pk")[:MOST]
    told = EventName.CONVERSATION_CHANGED
    record_all([draft(told, row, by=by, data={"contact": True}) for row in rows])
