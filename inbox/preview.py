"""The last line of a conversation, as a list row shows it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from conversations.models import Message, MessageType
from inbox.card_parts import dict_of, dicts_of, text_of
from inbox.inbound_cards import name_of
from inbox.placeholders import placeholder

ICONS = {
    MessageType.IMAGE: "photo",
    MessageType.VIDEO: "video",
    MessageType.AUDIO: "microphone",
    MessageType.DOCUMENT: "file-text",
    MessageType.STICKER: "mood-smile",
    MessageType.LOCATION: "map-pin",
    MessageType.CONTACTS: "user",
    MessageType.ORDER: "file-text",
    MessageType.TEMPLATE: "template",
    MessageType.UNSUPPORTED: "help-circle",
}
LENGTH = 120


@dataclass(frozen=True)
class Preview:
    """An icon of the sprite (or none) and one line of text."""

    icon: str
    text: str


def preview(message: Message | None) -> Preview:
    """What a row, a quote and a notification say of `message`."""
    if message is None:
        return Preview("", _("No messages yet"))
    if message.revoked_at:
        return Preview("ban", _("Message taken back"))
    if message.text_removed_at:
        return Preview("hourglass", _("Deleted after its time"))
    if gap := placeholder(message):
        in_group = bool(message.payload.get("group_id"))
        return Preview(gap.icon, " ".join((gap.words if in_group else gap.title).split())[:LENGTH])
    icon = ICONS.get(MessageType(message.type), "")
    words = " ".join(message.text[: LENGTH * 2].split())[:LENGTH]
    return Preview(icon, words or _named(message) or str(message.get_type_display()))


def _named(message: Message) -> str:
    """What a place or a contact card is called."""
    if message.type == MessageType.LOCATION:
        return text_of(dict_of(message.payload.get("location")).get("name"), LENGTH)
    if message.type == MessageType.CONTACTS:
        people = dicts_of(message.payload.get("contacts"))
        return name_of(people[0])[:LENGTH] if people else ""
    return ""
