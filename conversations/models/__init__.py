"""Threads with customers and what is in them."""

from conversations.models.conversation import BusinessNumber, Conversation, Label
from conversations.models.event import THREAD_EVENTS, Event, EventName
from conversations.models.media import Media, MediaKind, MediaStatus
from conversations.models.message import (
    Direction,
    EarlyStatus,
    Message,
    MessageType,
    Reaction,
    Reason,
    Status,
)
from conversations.models.note import Note
from conversations.models.template import MessageTemplate, TemplateCategory, TemplateStatus

__all__ = [
    "THREAD_EVENTS",
    "BusinessNumber",
    "Conversation",
    "Direction",
    "EarlyStatus",
    "Event",
    "EventName",
    "Label",
    "Media",
    "MediaKind",
    "MediaStatus",
    "Message",
    "MessageTemplate",
    "MessageType",
    "Note",
    "Reaction",
    "Reason",
    "Status",
    "TemplateCategory",
    "TemplateStatus",
]
