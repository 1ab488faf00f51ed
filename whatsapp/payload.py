"""Meta's webhook bodies as structs: every key optional, unknown keys ignored.

`read` never raises: what does not fit its struct is `None`, and the caller keeps the raw object.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec

from contacts.services import Person

Json = dict[str, Any]
# Ids are decimal strings on most paths and integers on some.
Scalar = str | int | float | bool | None

_Struct = TypeVar("_Struct", bound=msgspec.Struct)

BSUID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
# Our clock and Meta's may differ a little; a message from further ahead is not possible.
_SKEW = timedelta(minutes=5)
_BEFORE_WHATSAPP = datetime(2009, 1, 1, tzinfo=UTC)


class Base(msgspec.Struct):
    """A struct whose `from_` is spelled `from` on the wire."""


class Profile(Base):
    name: str | None = None
    username: str | None = None


class ContactIn(Base):
    profile: Any = None
    wa_id: Scalar = None
    user_id: Scalar = None
    parent_user_id: Scalar = None


class Head(Base, rename={"from_": "from"}):
    """What every inbound message has, whatever its type."""

    id: Scalar = None
    from_: Scalar = None
    from_user_id: Scalar = None
    from_parent_user_id: Scalar = None
    timestamp: Scalar = None
    type: Scalar = None
    group_id: Scalar = None


class Context(Base):
    id: Scalar = None
    forwarded: bool | None = None
    frequently_forwarded: bool | None = None
    referred_product: Any = None


class TextIn(Base):
    body: str


class MediaIn(Base):
    id: Scalar = None
    url: str | None = None
    mime_type: str | None = None
    sha256: str | None = None
    caption: str | None = None
    filename: str | None = None
    voice: bool | None = None


class ButtonIn(Base):
    text: str | None = None


class Reply(Base):
    title: str | None = None
    body: str | None = None


class InteractiveIn(Base):
    type: str
    button_reply: Reply | None = None
    list_reply: Reply | None = None
    nfm_reply: Reply | None = None


class OrderIn(Base):
    text: str | None = None


class ReactionIn(Base):
    message_id: str
    emoji: str | None = None


class EditIn(Base):
    original_message_id: str
    message: Any = None


class SystemIn(Base):
    type: str | None = None
    wa_id: Scalar = None
    new_wa_id: Scalar = None
    customer: Scalar = None
    user_id: Scalar = None
    parent_user_id: Scalar = None
    previous_user_id: Scalar = None
    previous_parent_user_id: Scalar = None


class ErrorIn(Base):
    code: Scalar = None
    title: str | None = None
    error_data: Any = None


class StatusIn(Base):
    id: Scalar = None
    status: Scalar = None
    type: Scalar = None
    timestamp: Scalar = None
    recipient_id: Scalar = None
    recipient_user_id: Scalar = None
    recipient_parent_user_id: Scalar = None
    recipient_type: Scalar = None
    biz_opaque_callback_data: Scalar = None
    conversation: Any = None
    pricing: Any = None
    errors: Any = None


class PreferenceIn(Base):
    wa_id: Scalar = None
    user_id: Scalar = None
    parent_user_id: Scalar = None
    detail: str | None = None
    category: str | None = None
    value: str | None = None
    timestamp: Scalar = None


class UserIdUpdateIn(Base):
    wa_id: Scalar = None
    user_id: Any = None
    previous_user_id: Scalar = None


class EchoIn(Base):
    to: Scalar = None
    to_user_id: Scalar = None
    to_parent_user_id: Scalar = None


class HistoryContext(Base):
    status: Any = None
    from_me: bool | None = None


class HistoryMessage(Base, rename={"from_": "from"}):
    from_: Scalar = None
    to: Scalar = None
    from_me: bool | None = None
    history_context: Any = None


class HistoryThread(Base):
    id: Scalar = None
    messages: Any = None


class HistoryIn(Base):
    threads: Any = None
    errors: Any = None


class AppContactIn(Base):
    full_name: str | None = None
    first_name: str | None = None
    phone_number: Scalar = None


class StateSyncIn(Base):
    action: str | None = None
    contact: Any = None


class CallIn(Base, rename={"from_": "from"}):
    id: Scalar = None
    from_: Scalar = None
    from_user_id: Scalar = None
    from_parent_user_id: Scalar = None
    event: str | None = None
    direction: str | None = None
    timestamp: Scalar = None
    status: Any = None
    start_time: Scalar = None
    duration: Scalar = None


class TemplateIn(Base):
    event: str | None = None
    message_template_id: Scalar = None
    message_template_name: str | None = None
    message_template_language: str | None = None
    reason: Any = None
    previous_category: str | None = None
    new_category: str | None = None
    correct_category: str | None = None
    new_quality_score: str | None = None
    other_info: Any = None
    rejection_info: Any = None


def read(kind: type[_Struct], value: object) -> _Struct | None:
    """`value` as a `kind`, or None when it is something else."""
    try:
        return msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError:
        return None


def text_of(value: Scalar) -> str:
    """An id or a word as text; "" for nothing and for what cannot be one."""
    if value is None or isinstance(value, bool | float):
        return ""
    return str(value).strip()


def list_of(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def moment(value: Scalar, received_at: datetime) -> datetime:
    """Unix seconds (string or number) as aware UTC; the receipt when missing or impossible."""
    try:
        when = datetime.fromtimestamp(int(text_of(value)), UTC)
    except (ValueError, OverflowError, OSError):
        return received_at
    if not _BEFORE_WHATSAPP < when < received_at + _SKEW:
        return received_at
    return when


def phone_digits(value: Scalar) -> str:
    """A wa_id (digits only), or "" for what is none."""
    digits = text_of(value).lstrip("+")
    return digits if digits.isascii() and digits.isdigit() and len(digits) <= 20 else ""


def bsuid(value: Scalar) -> str:
    text = text_of(value)
    return text if BSUID.fullmatch(text) else ""


def person_of(
    contacts: list[Any], wa_id: Scalar, user_id: Scalar, parent_user_id: Scalar = None
) -> Person:
    """The person with these ids, completed from `contacts[]`, where order means nothing."""
    known = Person(phone_digits(wa_id), bsuid(user_id), bsuid(parent_user_id))
    for item in contacts:
        found = read(ContactIn, item)
        if found is None:
            continue
        card = Person(phone_digits(found.wa_id), bsuid(found.user_id), bsuid(found.parent_user_id))
        if _same(known, card):
            profile = read(Profile, found.profile) or Profile()
            return Person(
                wa_id=known.wa_id or card.wa_id,
                bsuid=known.bsuid or card.bsuid,
                parent_bsuid=known.parent_bsuid or card.parent_bsuid,
                username=(profile.username or "").strip(),
                name=(profile.name or "").strip(),
            )
    return known


def _same(one: Person, other: Person) -> bool:
    if one.bsuid and other.bsuid:
        return one.bsuid == other.bsuid
    if one.wa_id and other.wa_id:
        return one.wa_id == other.wa_id
    return bool(one.parent_bsuid) and one.parent_bsuid == other.parent_bsuid
