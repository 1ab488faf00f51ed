"""The simulator's heart: what the phone, the controls and the Graph API all call.

All methods run on the one event loop; nothing here is safe for other threads.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from simulator.clock import Clock
from simulator.faults import Faults
from simulator.settings import Settings
from simulator.state import Customer, Json, MediaFile, SimMessage, State, Template


class UnknownCustomer(LookupError):
    """No customer has that id, phone number, username or BSUID."""


class Engine:
    """One WhatsApp with its customers, chats, windows and webhooks."""

    settings: Settings
    state: State
    clock: Clock
    faults: Faults

    # -- Customers --

    def customers(self) -> list[Customer]:
        """All, in the order they were made."""
        raise NotImplementedError

    def customer(self, key: str) -> Customer:
        """By id, phone number (with or without +), username or BSUID; UnknownCustomer otherwise."""
        raise NotImplementedError

    def add_customer(
        self,
        name: str,
        phone: str = "",
        username: str = "",
        bsuid: str = "",
        language: str = "de",
        last_inbound_at: datetime | None = None,
    ) -> Customer:
        """Make a customer (or update the one with that phone, username or BSUID).

        ValueError with a sentence when there is neither phone nor username nor BSUID, or the
        phone number is none.
        """
        raise NotImplementedError

    # -- What a customer does --

    async def customer_sends(
        self,
        customer_id: str,
        kind: str,
        body: Json,
        *,
        context_wamid: str = "",
        at: datetime | None = None,
    ) -> SimMessage:
        """The customer sends a message; its webhook is queued.

        `kind` and `body` are Meta's inbound type and object: text {"body"}, image / video / audio
        / document / sticker {"id", "caption"?, "filename"?, "voice"?} (an uploaded file's id; mime
        type, checksum and URL are added), location, contacts, interactive {"type":
        "button_reply", …}, button {"payload", "text"}, reaction {"message_id", "emoji"}.
        """
        raise NotImplementedError

    async def upload(self, data: bytes, mime: str, filename: str = "") -> MediaFile:
        """Keep a customer's file; send it with `customer_sends(…, {"id": file.id})`."""
        raise NotImplementedError

    def media(self, media_id: str) -> tuple[MediaFile, bytes] | None:
        """A file of either side with its bytes (the phone shows it), or None."""
        raise NotImplementedError

    def chat(self, customer_id: str) -> list[SimMessage]:
        """All messages of both directions that the customer sees, oldest first."""
        raise NotImplementedError

    async def opened(self, customer_id: str) -> None:
        """The chat is on the screen: read what is there, and what comes until `closed`."""
        raise NotImplementedError

    async def closed(self, customer_id: str) -> None:
        """The chat left the screen (counts per `opened`)."""
        raise NotImplementedError

    async def played(self, customer_id: str, wamid: str) -> None:
        """The customer played a voice message of the business."""
        raise NotImplementedError

    async def react(self, customer_id: str, wamid: str, emoji: str) -> None:
        """React to a message; an empty emoji takes the reaction back."""
        raise NotImplementedError

    async def stop_marketing(self, customer_id: str, stop: bool) -> None:
        """Switch the business's marketing off or on, as WhatsApp's own menu does."""
        raise NotImplementedError

    # -- What there is to see --

    def window(self, customer_id: str, phone_number_id: str = "") -> datetime | None:
        """When the 24-hour window ends or ended; None when the customer never wrote."""
        raise NotImplementedError

    def templates(self) -> list[Template]:
        """The templates of the business account."""
        raise NotImplementedError

    def outbox(self) -> list[SimMessage]:
        """Every business message accepted, oldest first (the lost ones too)."""
        raise NotImplementedError

    def deliveries(self) -> list[Json]:
        """The last 200 webhook attempts, oldest first: {"id", "at", "what", "attempt", "status",
        "error", "customer_id", "took_ms", "bytes"}.
        """
        raise NotImplementedError

    def set_faults(self, changes: Json) -> Faults:
        """Apply `changes` (names as in Faults); an empty dict switches all off. ValueError."""
        raise NotImplementedError

    def subscribe(self, customer_id: str | None = None) -> asyncio.Queue[Json]:
        """Live events of one customer's chat (None: of all); always with "type":

        - message {"message": Json as `message_json`}: new, or changed by a reaction or an error
        - status {"wamid", "status", "customer_id"}
        - typing {"customer_id", "seconds"}: the business writes
        - window {"customer_id", "expires_at"}
        - customers {}: somebody was made or changed
        - delivery {"entry": as in `deliveries`}
        - clock {"now", "offset_s"}, faults {"faults"}, reset {}
        """
        raise NotImplementedError

    def unsubscribe(self, queue: asyncio.Queue[Json]) -> None:
        """End a subscription."""
        raise NotImplementedError


def message_json(message: SimMessage) -> Json:
    """A message as events, controls and the phone show it (`at` as ISO text)."""
    raise NotImplementedError
