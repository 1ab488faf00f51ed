"""From Meta's inbound message objects to what the core understands (reference, section 3).

A type or a shape nobody here knows becomes an `unsupported` message that keeps its payload: an
agent sees that something came, and nothing is lost.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contacts.services import Person
from conversations.gateway import (
    InboundEdit,
    InboundMedia,
    InboundMessage,
    InboundReaction,
    SecurityCodeChange,
)
from conversations.models import MediaKind, MessageType
from whatsapp.payload import (
    ButtonIn,
    Context,
    EditIn,
    Head,
    InteractiveIn,
    Json,
    MediaIn,
    OrderIn,
    ReactionIn,
    SystemIn,
    TextIn,
    bsuid,
    moment,
    person_of,
    phone_digits,
    read,
    text_of,
)

LONGEST_ID = 255
# Keys of a media object that become fields of `Media`; the rest stays in the payload.
_MEDIA_FIELDS = ("id", "url", "sha256", "mime_type", "caption", "filename", "link")
# Keys beside a message's own object that are worth keeping with it.
_BESIDE = ("referral", "errors", "unsupported", "identity")
# Keys that say who and when, which the row knows.
_HIDDEN = frozenset(
    {
        *("from", "from_user_id", "from_parent_user_id", "id", "timestamp", "context"),
        *("to", "to_user_id", "to_parent_user_id", "from_me", "history_context"),
    }
)


@dataclass(frozen=True)
class Frame:
    """What surrounds a message: our number, the people named beside it, when it came."""

    number_id: int
    contacts: list[Any]
    received_at: datetime
    errors: list[Any] = field(default_factory=list)
    our_digits: str = ""


@dataclass(frozen=True)
class IdentityChange:
    """Somebody changed phone number or BSUID."""

    old: Person
    new: Person


@dataclass(frozen=True)
class Ignored:
    """Nothing to do, and why: `usable` says whether it was at least of Meta's shape."""

    reason: str
    usable: bool = True


@dataclass(frozen=True)
class _Body:
    """The part of a message that depends on its type."""

    type: str
    text: str = ""
    payload: Json = field(default_factory=dict)
    media: tuple[InboundMedia, ...] = ()


Mapped = (
    InboundMessage | InboundReaction | InboundEdit | IdentityChange | SecurityCodeChange | Ignored
)


def map_message(item: object, frame: Frame) -> Mapped:
    """One of `messages[]`."""
    head = read(Head, item)
    if head is None or not isinstance(item, dict):
        return Ignored("not a message object", usable=False)
    kind = text_of(head.type)
    sent_at = moment(head.timestamp, frame.received_at)
    if kind == "system":
        return _system(item, head, frame)
    if kind in ("edit", "revoke"):
        return _edit(item, kind, sent_at, frame)
    person = person_of(frame.contacts, head.from_, head.from_user_id, head.from_parent_user_id)
    if not person.recognisable:
        return Ignored(f"{kind or 'message'} without a sender", usable=False)
    if kind == "reaction":
        return _reaction(item, person, sent_at, frame)
    wamid = text_of(head.id)
    if not wamid or len(wamid) > LONGEST_ID:
        return Ignored(f"{kind or 'message'} without an id", usable=False)
    in_group = bool(text_of(head.group_id))
    body = _unsupported(item) if in_group else _body(kind, item)
    context = read(Context, item.get("context")) or Context()
    return InboundMessage(
        business_number_id=frame.number_id,
        person=person,
        wamid=wamid,
        type=body.type,
        sent_at=sent_at,
        text=body.text,
        payload={**body.payload, **_beside(item, body, context, frame)},
        context_wamid=text_of(context.id) if len(text_of(context.id)) <= LONGEST_ID else "",
        media=body.media,
        # A group has no customer service window, least of all its members one with us.
        opens_window=not in_group,
    )


def _body(kind: str, item: Json) -> _Body:
    reader = _READERS.get(kind)
    found = reader(kind, item.get(kind)) if reader is not None else None
    return found or _unsupported(item)


def _text(kind: str, value: object) -> _Body | None:
    found = read(TextIn, value)
    return _Body(kind, found.body) if found else None


def _media(kind: str, value: object) -> _Body | None:
    found = read(MediaIn, value)
    if found is None or not isinstance(value, dict):
        return None
    external_id = text_of(found.id)
    if len(external_id) > LONGEST_ID or not (external_id or found.url):
        return None
    file = InboundMedia(
        kind=kind,
        external_id=external_id,
        url=found.url or "",
        mime_type=(found.mime_type or "")[:120],
        filename=(found.filename or "")[:255],
        sha256=hex_digest(found.sha256 or ""),
        is_voice=bool(found.voice),
    )
    rest = {key: part for key, part in value.items() if key not in _MEDIA_FIELDS}
    return _Body(kind, found.caption or "", {kind: rest} if rest else {}, (file,))


def _interactive(kind: str, value: object) -> _Body | None:
    found = read(InteractiveIn, value)
    if found is None:
        return None
    reply = found.button_reply or found.list_reply
    text = (reply.title if reply else found.nfm_reply.body if found.nfm_reply else "") or ""
    return _Body(kind, text, {kind: value})


def _button(kind: str, value: object) -> _Body | None:
    found = read(ButtonIn, value)
    return _Body(kind, found.text or "", {kind: value}) if found else None


def _order(kind: str, value: object) -> _Body | None:
    found = read(OrderIn, value)
    return _Body(kind, found.text or "", {kind: value}) if found else None


def _location(kind: str, value: object) -> _Body | None:
    if not isinstance(value, dict):
        return None
    places = (value.get("latitude"), value.get("longitude"))
    if not all(isinstance(x, int | float) and not isinstance(x, bool) for x in places):
        return None
    return _Body(kind, "", {kind: value})


def _cards(kind: str, value: object) -> _Body | None:
    if not isinstance(value, list) or not all(isinstance(card, dict) for card in value):
        return None
    return _Body(kind, "", {kind: value})


def _request_welcome(kind: str, _value: object) -> _Body:
    return _Body(kind)


_READERS: dict[str, Callable[[str, object], _Body | None]] = {
    MessageType.TEXT: _text,
    **dict.fromkeys(MediaKind.values, _media),
    MessageType.LOCATION: _location,
    MessageType.CONTACTS: _cards,
    MessageType.INTERACTIVE: _interactive,
    MessageType.BUTTON: _button,
    MessageType.ORDER: _order,
    MessageType.REQUEST_WELCOME: _request_welcome,
}


def _unsupported(item: Json) -> _Body:
    """A placeholder that keeps everything, except who sent it (the contact knows that)."""
    kept = {key: part for key, part in item.items() if key not in _HIDDEN}
    return _Body(MessageType.UNSUPPORTED, "", kept)


def _beside(item: Json, body: _Body, context: Context, frame: Frame) -> Json:
    """What came along: an ad, a forward mark, the product asked about, errors."""
    found: Json = {key: item[key] for key in _BESIDE if item.get(key)}
    if body.type == MessageType.UNSUPPORTED and frame.errors and "errors" not in found:
        found["errors"] = frame.errors
    marks = {
        "forwarded": context.forwarded,
        "frequently_forwarded": context.frequently_forwarded,
        "referred_product": context.referred_product,
    }
    if any(marks.values()):
        found["context"] = {key: part for key, part in marks.items() if part}
    return found


def _reaction(item: Json, person: Person, sent_at: datetime, frame: Frame) -> Mapped:
    found = read(ReactionIn, item.get("reaction"))
    if found is None:
        return Ignored("reaction without its object", usable=False)
    return InboundReaction(
        business_number_id=frame.number_id,
        person=person,
        target_wamid=found.message_id,
        emoji=(found.emoji or "")[:32],
        reacted_at=sent_at,
    )


def _edit(item: Json, kind: str, sent_at: datetime, frame: Frame) -> Mapped:
    found = read(EditIn, item.get(kind))
    if found is None:
        return Ignored(f"{kind} without its object", usable=False)
    text = ""
    if kind == "edit":
        inner = found.message if isinstance(found.message, dict) else {}
        body = _body(str(inner.get("type")), inner)
        if body.type == MessageType.UNSUPPORTED:
            return Ignored("edit to something unknown")
        text = body.text
    return InboundEdit(
        business_number_id=frame.number_id,
        target_wamid=found.original_message_id,
        occurred_at=sent_at,
        text=text,
        revoked=kind == "revoke",
    )


def _system(item: Json, head: Head, frame: Frame) -> Mapped:
    found = read(SystemIn, item.get("system"))
    if found is None:
        return Ignored("system without its object", usable=False)
    if found.type == "customer_identity_changed":
        person = person_of(frame.contacts, head.from_, head.from_user_id, head.from_parent_user_id)
        return SecurityCodeChange(frame.number_id, person, text_of(head.id)[:LONGEST_ID])
    # Older deliveries name the old number `customer` and the new one `new_wa_id`.
    old = Person(
        wa_id=phone_digits(head.from_) or phone_digits(found.customer),
        bsuid=bsuid(found.previous_user_id),
        parent_bsuid=bsuid(found.previous_parent_user_id),
    )
    new = Person(
        wa_id=phone_digits(found.wa_id) or phone_digits(found.new_wa_id),
        bsuid=bsuid(found.user_id),
        parent_bsuid=bsuid(found.parent_user_id),
    )
    if not old.recognisable or not new.recognisable:
        return Ignored(f"system {found.type or ''}".strip())
    return IdentityChange(old, new)


def hex_digest(digest: str) -> str:
    """SHA-256 in hex; webhooks spell it in base64, `GET /{media}` in hex (reference, 3.1)."""
    if len(digest) != 44:
        return digest[:64]
    try:
        return base64.b64decode(digest, validate=True).hex()
    except (binascii.Error, ValueError):
        return ""
