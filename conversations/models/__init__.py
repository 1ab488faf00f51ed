"""Threads with customers and what is in them."""

from conversations.models.chat_link import ChatLink, ChatLinkDay, ChatLinkOpening
from conversations.models.conversation import LABEL_COLORS, BusinessNumber, Conversation, Label
from conversations.models.event import THREAD_EVENTS, Event, EventName, EventNumbering
from conversations.models.media import Media, MediaKind, MediaStatus
from conversations.models.mention import ConversationSeen, Mention
from conversations.models.message import (
    BRIEFLY,
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
from conversations.models.reading import ConversationRead
from conversations.models.search_line import SearchLine
from conversations.models.template import MessageTemplate, TemplateCategory, TemplateStatus
from conversations.models.work import Priority, ResolveReason, ServiceSettings, SlaTarget

__all__ = [
    "BRIEFLY",
    "LABEL_COLORS",
    "THREAD_EVENTS",
    "BusinessNumber",
    "ChatLink",
    "ChatLinkDay",
    "ChatLinkOpening",
    "Conversation",
    "ConversationRead",
    "ConversationSeen",
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
    "Mention",
    "Message",
    "MessageTemplate",
    "MessageType",
    "Note",
    "Origin",
    "Priority",
    "Reaction",
    "Reason",
    "ResolveReason",
    "SearchLine",
    "ServiceSettings",
    "SlaTarget",
    "Status",
    "TemplateCategory",
    "TemplateStatus",
]
