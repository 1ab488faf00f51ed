"""What a channel must do for us, and the words in which it answers.

The core never imports a channel: `settings.CONVERSATIONS_GATEWAY` names one by import string.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from contacts.services import Person
from conversations.models import Direction, Media, Message, MessageTemplate

# -- In: what a channel hands to the core --------------------------------------------------------


@dataclass(frozen=True)
class InboundMedia:
    """A file the customer sent; fetched later by `Gateway.open_media`."""

    kind: str
    external_id: str
    url: str = ""
    mime_type: str = ""
    filename: str = ""
    sha256: str = ""
    is_voice: bool = False


@dataclass(frozen=True)
class InboundMessage:
    """One message of a customer. `sent_at` is the platform's clock (aware, UTC).

    `payload` is the platform's own object for what has no field; `text` is what a person reads
    (body or caption). `opens_window` is False for what the platform does not count.
    """

    business_number_id: int
    person: Person
    wamid: str
    type: str
    sent_at: datetime
    text: str = ""
    payload: dict[str, object] = field(default_factory=dict)
    context_wamid: str = ""
    media: tuple[InboundMedia, ...] = ()
    opens_window: bool = True


@dataclass(frozen=True)
class InboundReaction:
    business_number_id: int
    person: Person
    target_wamid: str
    emoji: str  # empty: taken back
    reacted_at: datetime
    direction: str = Direction.INBOUND  # outbound: from the business's own phone


@dataclass(frozen=True)
class InboundEdit:
    """An edit (`text`) or, with `revoked`, a deletion, by whoever wrote the message."""

    business_number_id: int
    target_wamid: str
    occurred_at: datetime
    text: str = ""
    revoked: bool = False
    direction: str = Direction.INBOUND  # outbound: from the business's own phone


@dataclass(frozen=True)
class MirroredMessage:
    """A message that did not pass through us: written on the business's own phone, or before us.

    `message.person` is the customer, whoever wrote it. Its `opens_window` does not matter: none of
    these does. `status` is one of `conversations.models.Status`.
    """

    message: InboundMessage
    direction: str
    status: str
    origin: str


@dataclass(frozen=True)
class InboundCall:
    """A customer called. `began_at` opens the window where it is told; `ended` calls stand in the
    thread. `told_at` is the platform's clock, too."""

    business_number_id: int
    person: Person
    call_id: str
    told_at: datetime
    began_at: datetime | None = None
    ended: bool = False
    answered: bool = False
    duration_s: int = 0


@dataclass(frozen=True)
class SecurityCodeChange:
    """The customer's security code changed: a new phone, or WhatsApp installed anew."""

    business_number_id: int
    person: Person
    wamid: str


@dataclass(frozen=True)
class StatusUpdate:
    """What the platform says became of an outbound message.

    `message_id` is our row's id when the platform echoed it, else "". `status` is one of sent,
    delivered, read, played, failed. `reason` is a code such as "131047", `detail` a sentence.
    `free_until`: when the free entry ends that the message belongs to.
    """

    business_number_id: int
    wamid: str
    status: str
    occurred_at: datetime
    message_id: str = ""
    reason: str = ""
    detail: str = ""
    pricing: dict[str, object] = field(default_factory=dict)
    free_until: datetime | None = None


# -- Out: what may be written --------------------------------------------------------------------

Errors = dict[str, list[str | Promise]]


@dataclass(frozen=True)
class ContentLimits:
    """What the channel takes: lengths in characters, counts, and the age of what one reacts to.

    `rows` are of all sections together; `products`, too.
    """

    text: int
    caption: int
    body: int
    list_body: int
    header: int
    footer: int
    buttons: int
    button_title: int
    button_id: int
    list_button: int
    sections: int
    rows: int
    section_title: int
    row_id: int
    row_title: int
    row_description: int
    link_text: int
    url: int
    flow_button: int
    products: int
    contacts: int
    card_body: int
    cards: int
    template_value: int
    template_body: int
    coupon_code: int
    payload: int
    reaction_days: int


# -- Out: whose turn it is, and what became of a send ----------------------------------------------


@dataclass(frozen=True)
class Turn:
    """When a message may leave by the channel's limits: now, or in `wait_s` seconds.

    `of_number`: the whole number waits, not this message only. `reason` is a code, `detail` an
    English sentence, for waits that are worth telling.
    """

    wait_s: float = 0.0
    of_number: bool = False
    reason: str = ""
    detail: str = ""


GO = Turn()


@dataclass(frozen=True)
class Accepted:
    """The platform took it and named it. Nothing is said of delivery yet."""

    wamid: str


@dataclass(frozen=True)
class Refused:
    """A clear no: sending the same again would be refused again."""

    reason: str
    detail: str


@dataclass(frozen=True)
class TryLater:
    """Certainly not sent; may be tried again after `wait_s` seconds (None: usual back-off).

    `tries`: how often in all before it counts as refused (None: until it would be too late), and
    `given_up` what is said then instead of `detail`. `is_parked`: it waits so long that nothing
    else stands behind it; the channel then says itself when it was often enough.
    """

    reason: str
    detail: str = ""
    wait_s: float | None = None
    tries: int | None = None
    given_up: str = ""
    is_parked: bool = False

    @property
    def last_words(self) -> str:
        return self.given_up or self.detail


@dataclass(frozen=True)
class NoAnswer:
    """Written to the wire, nothing heard: may or may not have been sent. Never retried blindly."""

    detail: str = ""


SendOutcome = Accepted | Refused | TryLater | NoAnswer


class MediaUnavailable(Exception):
    """The channel has no such file (any more). `permanent` says whether asking again helps."""

    def __init__(self, detail: str, *, permanent: bool) -> None:
        super().__init__(detail)
        self.permanent = permanent


@dataclass(frozen=True)
class MediaStream:
    """An open download: bytes in chunks, and what the channel says of them."""

    chunks: Iterator[bytes]
    mime_type: str
    size: int | None


class Gateway(Protocol):
    """One channel. Calls block and have time-outs; those that reach the platform are never made
    inside a transaction. `limits` says what `check` will let pass, for those who write."""

    limits: ContentLimits

    def check(
        self,
        kind: str,
        text: str,
        payload: Mapping[str, object],
        template: MessageTemplate | None,
    ) -> Errors:
        """What the channel would refuse in a message's content, by dotted path and in words:
        `{"interactive.action.buttons.0.reply.title": ["…"]}`. Pure; nothing is sent."""

    def take_turns(self, messages: Sequence[Message]) -> list[Turn]:
        """For each message whether the channel's limits let it leave now; whoever may go is
        counted. Asked under lock, so it must be quick; never raises.

        It may also read what `send` will need of all of them at once.
        """

    def send(self, message: Message) -> SendOutcome:
        """Send one row; never raises for what the network or the platform does."""

    def put_off(self, message: Message, reason: str) -> TryLater | None:
        """Of a message that the platform had taken and then, with the code `reason`, withheld from
        the customer altogether: when a new attempt may be made of it; None: it stays failed.
        Asked under lock; nothing is sent."""

    def open_media(self, media: Media) -> AbstractContextManager[MediaStream]:
        """Open a customer's file; raises `MediaUnavailable`."""

    def mark_read(self, message: Message) -> None:
        """Tell the customer that `message` (inbound) was read; failures are logged."""

    def show_typing(self, message: Message) -> None:
        """Show the customer that somebody types an answer to `message` (inbound)."""


@lru_cache(maxsize=1)
def gateway() -> Gateway:
    """The configured channel."""
    found: Gateway = import_string(settings.CONVERSATIONS_GATEWAY)()
    return found
