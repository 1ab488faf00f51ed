"""The words in which a demo conversation is told.

Times are ages, "HH:MM" before the moment of seeding, so that windows stand as the story wants
them: what was said "23:37" ago leaves 23 minutes of the window.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from conversations.models import EventName, MessageType, Status


@dataclass(frozen=True)
class File:
    """A file of `helpdesk/demo/files/`; `shown_as` is its name for people."""

    name: str
    mime_type: str
    shown_as: str = ""
    is_voice: bool = False
    # As `conversations.services.decoder.look` finds them.
    seconds: float | None = None
    waveform: tuple[int, ...] = ()


def _bars(words: str) -> tuple[int, ...]:
    return tuple(int(bar) for bar in words.split())


BACKPACK = File("backpack.jpg", "image/jpeg")
SUITCASE = File("suitcase.jpg", "image/jpeg")
TICKET = File("ticket.jpg", "image/jpeg")
PLATFORM = File("platform.jpg", "image/jpeg")
COAST = File("coast.jpg", "image/jpeg")
TRAIN = File("train.webp", "image/webp")
VOICE_QUEUE = File(
    "voice-queue.ogg",
    "audio/ogg",
    is_voice=True,
    seconds=16.78,
    waveform=_bars(
        "80 45 30 84 5 43 100 19 0 29 80 68 45 68 34 53 63 26 45 44 48 63 "
        "87 44 55 34 51 1 20 45 63 39 27 78 15 85 44 59 31 0 30 58 65 51 "
        "67 52 32 3 56 20 44 62 22 34 1 30 26 70 50 4 30 69 7 0"
    ),
)
VOICE_SUBSCRIPTION = File(
    "voice-subscription.ogg",
    "audio/ogg",
    is_voice=True,
    seconds=21.36,
    waveform=_bars(
        "55 30 86 45 65 15 32 61 100 76 27 77 42 48 42 46 72 57 46 63 55 21 "
        "26 70 44 2 30 67 62 67 63 67 29 20 0 50 77 57 50 40 26 75 70 86 "
        "23 47 76 3 31 57 60 56 72 50 46 34 84 53 51 2 42 75 27 0"
    ),
)
PLAN = File("plan-kiel.pdf", "application/pdf", "Lageplan-Kiel-Gleis-1.pdf")
INVOICE = File("invoice.pdf", "application/pdf", "Abrechnung-November.pdf")


@dataclass(frozen=True)
class Bubble:
    """A message. `by` is a colleague's key, or "" for the customer. `key` lets others quote it."""

    ago: str
    by: str
    text: str = ""
    type: MessageType = MessageType.TEXT
    status: Status = Status.RECEIVED
    reason: str = ""
    detail: str = ""
    file: File | None = None
    payload: dict[str, object] = field(default_factory=dict)
    key: str = ""
    quotes: str = ""
    # The other side's reaction to it.
    reaction: str = ""
    revoked_ago: str = ""


@dataclass(frozen=True)
class Remark:
    """An internal note."""

    ago: str
    by: str
    text: str


@dataclass(frozen=True)
class Step:
    """A line between the messages. `to` is a colleague's key or a team's name."""

    ago: str
    by: str
    name: EventName
    to: str = ""


Item = Bubble | Remark | Step


@dataclass(frozen=True)
class Story:
    """One customer and their conversation, oldest item first. `wa_id` and `bsuid` as Meta sends."""

    name: str
    items: tuple[Item, ...]
    wa_id: str = ""
    bsuid: str = ""
    username: str = ""
    language: str = "de"
    team: str = ""
    assignee: str = ""
    labels: tuple[str, ...] = ()
    unread: int = 0


def said(
    ago: str,
    text: str = "",
    *,
    file: File | None = None,
    type: MessageType = MessageType.TEXT,  # noqa: A002 (the field's name)
    payload: dict[str, object] | None = None,
    key: str = "",
    quotes: str = "",
    reaction: str = "",
    revoked_ago: str = "",
) -> Bubble:
    """The customer said or showed something."""
    return Bubble(
        ago=ago,
        by="",
        text=text,
        type=kind_of(file) if file else type,
        file=file,
        payload=payload or {},
        key=key,
        quotes=quotes,
        reaction=reaction,
        revoked_ago=revoked_ago,
    )


def wrote(
    ago: str,
    by: str,
    text: str = "",
    status: Status = Status.READ,
    *,
    file: File | None = None,
    type: MessageType = MessageType.TEXT,  # noqa: A002 (the field's name)
    payload: dict[str, object] | None = None,
    reason: str = "",
    detail: str = "",
    key: str = "",
    quotes: str = "",
    reaction: str = "",
) -> Bubble:
    """A colleague answered."""
    return Bubble(
        ago=ago,
        by=by,
        text=text,
        type=kind_of(file) if file else type,
        status=status,
        reason=reason,
        detail=detail,
        file=file,
        payload=payload or {},
        key=key,
        quotes=quotes,
        reaction=reaction,
    )


def assigned(ago: str, by: str, to: str) -> Step:
    return Step(ago, by, EventName.CONVERSATION_ASSIGNED, to)


def resolved(ago: str, by: str) -> Step:
    return Step(ago, by, EventName.CONVERSATION_RESOLVED)


def reopened(ago: str) -> Step:
    return Step(ago, "", EventName.CONVERSATION_REOPENED)


def kind_of(file: File) -> MessageType:
    """The message type that carries `file`."""
    if file.mime_type == "image/webp":
        return MessageType.STICKER
    if file.mime_type.startswith("image/"):
        return MessageType.IMAGE
    if file.mime_type.startswith("audio/"):
        return MessageType.AUDIO
    return MessageType.DOCUMENT


def age(words: str) -> timedelta:
    """ "23:37" is 23 hours and 37 minutes."""
    hours, minutes = words.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))
