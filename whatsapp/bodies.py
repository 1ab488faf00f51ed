"""From a message row to the body of `POST …/messages` (reference, section 7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

from contacts.models import Contact, IdentityKind
from conversations.enclosures import enclosed, with_files
from conversations.models import Media, MediaKind, Message, MessageType, Reason, TemplateCategory
from whatsapp.content_checks import WITHOUT_CAPTION, check_content
from whatsapp.error_table import NO_FILE
from whatsapp.errors import words_of
from whatsapp.payload import Json

NO_FILES: Mapping[UUID, str] = {}
# What a body may be addressed to (reference, section 5). A user id in `to` is answered with 200 and
# vanishes: whatever is no phone number never gets there.
_PHONE = re.compile(r"\+[1-9][0-9]{4,18}")
_BSUID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}")
_PARENT_BSUID = re.compile(r"[A-Z]{2}\.ENT\.[A-Za-z0-9]{1,128}")


class Unsendable(Exception):
    """This row cannot be written as a message of WhatsApp; `reason` is a code."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def body_of(message: Message, files: Mapping[UUID, str] = NO_FILES) -> Json:
    """The whole body; `files` are Meta's ids of the uploaded files by ours. Raises `Unsendable`."""
    body: Json = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **address_of(message.conversation.contact, needs_phone=needs_phone(message)),
        "type": message.type,
        message.type: _content(message, files),
        # Comes back in every status, so a status finds its row even when our answer got lost.
        "biz_opaque_callback_data": str(message.pk),
    }
    if message.context_wamid:
        body["context"] = {"message_id": message.context_wamid}
    return body


def files_of(message: Message) -> list[Media]:
    """The files that must be at Meta before `message` can be sent."""
    if message.type in MediaKind.values:
        first = message.media.first()
        return [] if first is None else [first]
    wanted = enclosed(message.payload)
    return list(message.media.filter(pk__in=wanted)) if wanted else []


def needs_phone(message: Message) -> bool:
    """Whether WhatsApp takes it for a phone number only (131062): codes to sign in with."""
    template = message.template
    return template is not None and template.category == TemplateCategory.AUTHENTICATION


def address_of(contact: Contact, *, needs_phone: bool = False) -> Json:
    """`to` with full E.164, or `recipient` with a user id: the one place that decides it.

    The number WhatsApp itself names the customer by is certain, and everything can be sent to it.
    Next comes the user id, which is as certain but not taken for every kind; then a number that we
    only know from elsewhere; last the parent's user id, for businesses that are enrolled.
    """
    known = contact.identity_values
    wa_id = f"+{known.get(IdentityKind.WA_ID, '')}"
    phone = known.get(IdentityKind.PHONE, "")
    bsuid = known.get(IdentityKind.BSUID, "")
    parent = known.get(IdentityKind.PARENT_BSUID, "")
    if _PHONE.fullmatch(wa_id):
        return {"to": wa_id}
    if _BSUID.fullmatch(bsuid) and not needs_phone:
        return {"recipient": bsuid}
    if _PHONE.fullmatch(phone):
        return {"to": phone}
    if _PARENT_BSUID.fullmatch(parent) and not needs_phone:
        return {"recipient": parent}
    reason = Reason.NEEDS_PHONE if needs_phone and (bsuid or parent) else Reason.NO_ADDRESS
    raise Unsendable(reason, str(reason.label))


def _content(message: Message, files: Mapping[UUID, str]) -> object:
    """The object under the type's own name."""
    errors = check_content(message.type, message.text, message.payload, message.template)
    for path, sentences in errors.items():
        raise Unsendable("invalid_content", f"{path}: {sentences[0]}")
    if message.type == MessageType.TEXT:
        return {"body": message.text, "preview_url": _shows_preview(message)}
    if message.type in MediaKind.values:
        return _file(message, files)
    if message.type == MessageType.TEMPLATE:
        content: object = _template(message)
    else:
        content = message.payload[message.type]
    if not files:
        return content
    return with_files(content, {m.pk: _enclosure(m, files) for m in message.media.all()})


def _shows_preview(message: Message) -> bool:
    """WhatsApp shows what the first link leads to, unless the writer does not want it."""
    asked = message.payload.get("text")
    wanted = asked.get("preview_url") if isinstance(asked, dict) else None
    return "http" in message.text if wanted is None else bool(wanted)


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


def _enclosure(media: Media, files: Mapping[UUID, str]) -> Json:
    """A file in a header or on a card."""
    found: Json = {"id": files.get(media.pk, "")}
    if media.kind == MediaKind.DOCUMENT and media.filename:
        found["filename"] = media.filename
    return found


def _file(message: Message, files: Mapping[UUID, str]) -> Json:
    media = message.media.first()
    if media is None or not files.get(media.pk):
        raise Unsendable("no_file", words_of(NO_FILE))
    found: Json = {"id": files[media.pk]}
    if message.text and message.type not in WITHOUT_CAPTION:
        found["caption"] = message.text
    if message.type == MessageType.DOCUMENT and media.filename:
        found["filename"] = media.filename
    if message.type == MessageType.AUDIO and media.is_voice:
        found["voice"] = True
    return found
