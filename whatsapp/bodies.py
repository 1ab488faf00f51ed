"""From a message row to the body of `POST …/messages` (reference, section 7)."""

from __future__ import annotations

from contacts.models import Contact, IdentityKind
from conversations.models import MediaKind, Message, MessageType, Reason
from whatsapp.error_table import NO_FILE
from whatsapp.errors import words_of
from whatsapp.payload import Json

_WITHOUT_CAPTION = (MediaKind.AUDIO, MediaKind.STICKER)


class Unsendable(Exception):
    """This row cannot be written as a message of WhatsApp; `reason` is a code."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def body_of(message: Message, media_id: str = "") -> Json:
    """The whole body; `media_id` is Meta's id of the uploaded file. Raises `Unsendable`."""
    body: Json = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **address_of(message.conversation.contact),
        "type": message.type,
        message.type: _content(message, media_id),
        # Comes back in every status, so a status finds its row even when our answer got lost.
        "biz_opaque_callback_data": str(message.pk),
    }
    if message.context_wamid:
        body["context"] = {"message_id": message.context_wamid}
    return body


def address_of(contact: Contact) -> Json:
    """`to` with full E.164, or `recipient` with a BSUID; never a BSUID in `to`, which vanishes."""
    known = contact.identity_values
    wa_id = known.get(IdentityKind.WA_ID)
    phone = f"+{wa_id}" if wa_id else known.get(IdentityKind.PHONE)
    if phone:
        return {"to": phone}
    bsuid = known.get(IdentityKind.BSUID) or known.get(IdentityKind.PARENT_BSUID)
    if bsuid:
        return {"recipient": bsuid}
    raise Unsendable(Reason.NO_ADDRESS, str(Reason.NO_ADDRESS.label))


def _content(message: Message, media_id: str) -> object:
    """The object under the type's own name."""
    if message.type == MessageType.TEXT:
        return {"body": message.text, "preview_url": "http" in message.text}
    if message.type == MessageType.TEMPLATE:
        return _template(message)
    if message.type in MediaKind.values:
        return _file(message, media_id)
    if message.type in (
        MessageType.LOCATION,
        MessageType.CONTACTS,
        MessageType.INTERACTIVE,
        MessageType.REACTION,
    ):
        content = message.payload.get(message.type)
        if content:
            return content
    raise Unsendable("unsupported_type", f"cannot send a message of type {message.type}")


def _template(message: Message) -> Json:
    asked = message.payload.get("template")
    content: Json = asked if isinstance(asked, dict) else {}
    template = message.template
    name = template.name if template else content.get("name")
    language = template.language if template else content.get("language")
    if not name or not language:
        raise Unsendable(Reason.TEMPLATE_NOT_APPROVED, str(Reason.TEMPLATE_NOT_APPROVED.label))
    code = language if isinstance(language, dict) else {"code": language}
    found: Json = {"name": name, "language": code}
    if content.get("components"):
        found["components"] = content["components"]
    return found


def _file(message: Message, media_id: str) -> Json:
    if not media_id:
        raise Unsendable("no_file", words_of(NO_FILE))
    found: Json = {"id": media_id}
    if message.text and message.type not in _WITHOUT_CAPTION:
        found["caption"] = message.text
    media = message.media.first()
    if media is not None and message.type == MessageType.DOCUMENT and media.filename:
        found["filename"] = media.filename
    if media is not None and media.is_voice:
        found["voice"] = True
    return found
