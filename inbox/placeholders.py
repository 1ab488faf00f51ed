"""What stands for a message that WhatsApp does not hand on, or that is from a group."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from conversations.models import Message, MessageType
from conversations.services.mirror import is_placeholder
from inbox.card_parts import dict_of, dicts_of, text_of

_TOO_BIG, _UNAVAILABLE = "131052", "131060"


@dataclass(frozen=True)
class Placeholder:
    """`title` names the kind; `words` say what is known and what would help."""

    icon: str
    title: str
    words: str


def placeholder(message: Message) -> Placeholder | None:
    """What stands in the bubble of a message of an unsupported kind; None for all others."""
    if message.type != MessageType.UNSUPPORTED or message.text_removed_at:
        return None
    payload = message.payload
    if is_placeholder(message):
        return Placeholder(
            "photo-off",
            _("File from before"),
            _("Files of the last 14 days may still come; WhatsApp does not hand on older ones."),
        )
    if payload.get("group_id"):
        return Placeholder("users-group", _("In a group"), _group_words(message))
    codes = {text_of(row.get("code")) for row in dicts_of(payload.get("errors"))}
    if _TOO_BIG in codes:
        return Placeholder(
            "photo-off",
            _("File too large"),
            _("WhatsApp hands on files of up to 100 MB. Please ask for a smaller one."),
        )
    title = _kind(message)
    if _UNAVAILABLE in codes:
        words = _(
            "WhatsApp could not make this message available, often the first one after an "
            "advertisement. Please ask the customer to send it again."
        )
        return Placeholder("help-circle", title, words)
    words = _("WhatsApp does not hand on messages of this kind. The customer's phone shows it.")
    return Placeholder("help-circle", title, words)


def _kind(message: Message) -> str:
    """The kind in words, or Meta's own name for it."""
    payload = message.payload
    said = text_of(dict_of(payload.get("unsupported")).get("type"), 60)
    outer = text_of(payload.get("type"), 60)
    name = said or (outer if outer not in ("unsupported", "unknown") else "")
    known = _kinds().get(name)
    if known:
        return known
    return _("Kind “%(kind)s”") % {"kind": name} if name else _("Unknown kind of message")


def _kinds() -> dict[str, str]:
    return {
        "button": _("Button"),
        "edit": _("Changed a message"),
        "errors": _("Message that could not be read"),
        "gif": _("GIF"),
        "group_invite": _("Invitation to a group"),
        "hsm": _("Template"),
        "image": _("Photo"),
        "interactive": _("Message with buttons"),
        "keep_in_chat": _("Kept a message"),
        "link_preview": _("Link with preview"),
        "list": _("List"),
        "location": _("Location"),
        "media_placeholder": _("Photo, video or file"),
        "order": _("Order"),
        "pin": _("Pinned a message"),
        "poll_creation": _("Poll"),
        "poll_update": _("Vote in a poll"),
        "product": _("Product"),
        "reaction": _("Reaction"),
    }


def _group_words(message: Message) -> str:
    """What the message says; a file in a group has only its caption."""
    payload = message.payload
    kind = text_of(payload.get("type"), 40)
    own = dict_of(payload.get(kind))
    said = text_of(own.get("body"), 4096) or text_of(own.get("caption"), 1024)
    if said:
        return said
    known = {choice.value: str(choice.label) for choice in MessageType}
    return known.get(kind, _("Message of another kind"))
