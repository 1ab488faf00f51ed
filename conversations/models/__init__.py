"""Threads with customers and what is in them."""

from conversations.models.chat_link import ChatLink, ChatLinkDay, ChatLinkOpening
from conversations.models.conversation import BusinessNumber, Conversation, Label
from conversations.models.event import THREAD_EVENTS, Event, EventName, EventNumbering
from conversations.models.media import Media, MediaKind, MediaStatus
from conversations.models.message import (
    DeliveryAttempt,
    Direction,
    EarlyStatus,
    Lane,
    Message,
    MessageType,
    Origin,
    Reaction,
    Reason,
    Status,
)
from conversations.models.note import Note
from conversations.models.template import MessageTemplate, TemplateCategory, TemplateStatus

__all__ = [
    "THREAD_EVENTS",
    "BusinessNumber",
    "ChatLink",
    "ChatLinkDay",
    "ChatLinkOpening",
    "Conversation",
    "DeliveryAttempt",
    "Direction",
    "EarlyStatus",
    "Event",
    "EventName",
    "EventNumbering",
    "Label",
    "Lane",
    "Media",
    "MediaKind",
    "MediaStatus",
    "Message",
    "MessageTemplate",
    "MessageType",
    "Note",
    "Origin",
    "Reaction",
    "Reason",
    "Status",
    "TemplateCategory",
    "TemplateStatus",
]
