"""What WhatsApp would refuse in a message's content, by field and in words, before it is sent.

Asked by the composer, the API (both through `conversations/services/reply.py`) and, last, by the
worker that writes the body.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from conversations.models import MediaKind, MessageTemplate, MessageType
from whatsapp.content_limits import LIMITS
from whatsapp.interactive_checks import check_interactive
from whatsapp.shapes import Errors, Object, Shape
from whatsapp.template_checks import check_components, check_filling

WITHOUT_CAPTION = (MediaKind.AUDIO, MediaKind.STICKER)
_LONG = 1000  # names and addresses, for which Meta names no limit


def check_content(
    kind: str, text: str, payload: Mapping[str, object], template: MessageTemplate | None
) -> Errors:
    """What is wrong, by dotted path; nothing when WhatsApp takes it."""
    shape = Shape()
    if kind == MessageType.TEXT:
        if not text.strip():
            shape.add("text", _("Please write something first."))
        shape.length(text, "text", LIMITS.text)
    elif kind in MediaKind.values:
        _check_caption(shape, kind, text)
    elif kind == MessageType.TEMPLATE:
        _check_template(shape, payload.get("template"), template)
    elif kind == MessageType.CONTACTS:
        _check_contacts(shape, payload.get(kind))
    elif kind in _CHECKS:
        content = shape.object(dict(payload), kind, "")
        if content is not None:
            _CHECKS[MessageType(kind)](shape, content)
    else:
        shape.add("type", _("Messages of this kind cannot be sent."))
    return shape.errors


def _check_caption(shape: Shape, kind: str, text: str) -> None:
    if text and kind in WITHOUT_CAPTION:
        shape.add("caption", _("WhatsApp shows no caption with this kind of file."))
    shape.length(text, "caption", LIMITS.caption)


def _check_template(shape: Shape, asked: object, template: MessageTemplate | None) -> None:
    components = asked.get("components") if isinstance(asked, dict) else None
    check_components(shape, [] if components is None else components)
    if template is not None and not shape.errors:
        check_filling(shape, template, components or [])


def _check_location(shape: Shape, place: Object) -> None:
    for key, most in (("latitude", 90), ("longitude", 180)):
        value = place.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            shape.add(f"location.{key}", _("This must be a number."))
        elif not abs(value) <= most:  # nor is NaN
            sentence = _("This must be between −%(limit)s and %(limit)s.") % {"limit": most}
            shape.add(f"location.{key}", sentence)
    for key in ("name", "address"):
        shape.text(place, key, "location", _LONG, required=False)


def _check_contacts(shape: Shape, cards: object) -> None:
    """Contact cards, each with `name.formatted_name`."""
    for place, card in shape.items(cards, "contacts", 1, LIMITS.contacts):
        name = shape.object(card, "name", place)
        if name is not None:
            shape.text(name, "formatted_name", f"{place}.name", _LONG)
        for key in ("phones", "emails", "addresses", "urls"):
            if card.get(key) is not None:
                shape.objects(card, key, place, 0, 100)


def _check_reaction(shape: Shape, reaction: Object) -> None:
    shape.text(reaction, "message_id", "reaction", 255)
    if not isinstance(reaction.get("emoji", ""), str) or len(reaction.get("emoji", "")) > 32:
        shape.add("reaction.emoji", _("This must be one emoji."))


_CHECKS = {
    MessageType.LOCATION: _check_location,
    MessageType.INTERACTIVE: check_interactive,
    MessageType.REACTION: _check_reaction,
}
