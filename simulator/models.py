"""What the simulator remembers. Plain records; `store.py` keeps and finds them."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

WINDOW_S = 24 * 3600
ENTRY_POINT_S = 72 * 3600
PHONE_KNOWN_S = 30 * 24 * 3600
RANK = {"held": -1, "accepted": 0, "sent": 1, "delivered": 2, "read": 3, "played": 4}


@dataclass(slots=True)
class Customer:
    """A person with a phone. `wa_id` is None for one who is known by a username only."""

    id: str
    name: str
    user_id: str
    wa_id: str | None = None
    username: str | None = None
    language: str = "de"
    hide_phone: bool = False
    online: bool = True
    read_receipts: bool = True
    blocked: bool = False
    stopped_marketing: bool = False
    preset: bool = False
    # per phone_number_id: last message of the customer, end of the free entry point, and when the
    # phone number was last used between the two (all in simulated Unix seconds)
    last_inbound: dict[str, float] = field(default_factory=dict)
    entry_point_until: dict[str, float] = field(default_factory=dict)
    phone_used: dict[str, float] = field(default_factory=dict)
    entry_points_answered: list[str] = field(default_factory=list)  # numbers that did so in time

    @property
    def identity_hash(self) -> str:
        """`identity_key_hash`: another one after the customer has moved to another phone."""
        digest = hashlib.sha256(f"identity {self.user_id}".encode()).digest()
        return base64.b64encode(digest[:8]).decode()

    def shows_phone(self, phone_number_id: str, now: float) -> bool:
        """Whether webhooks to that business number carry the phone number."""
        if self.wa_id is None:
            return False
        if not self.hide_phone:
            return True
        return now - self.phone_used.get(phone_number_id, float("-inf")) < PHONE_KNOWN_S

    def window_until(self, phone_number_id: str) -> float | None:
        """When the customer service window closes (Unix seconds); None if they never wrote."""
        last = self.last_inbound.get(phone_number_id)
        return None if last is None else last + WINDOW_S


@dataclass(slots=True)
class Message:
    """One message of a chat, in either direction."""

    wamid: str
    direction: str  # "inbound" from the customer, "outbound" from the business
    phone_number_id: str
    customer_id: str | None
    type: str
    content: Json
    timestamp: float
    status: str = "accepted"
    context: Json | None = None
    reactions: dict[str, str] = field(default_factory=dict)  # "customer" | "business": emoji
    echo: bool = False  # written by the business in its app on a phone
    edited: bool = False
    revoked: bool = False
    view: Json | None = None  # a template, filled in
    # outbound only
    payload: Json = field(default_factory=dict)
    biz_opaque_callback_data: str | None = None
    to: str | None = None
    recipient: str | None = None
    recipient_identity_key_hash: str | None = None
    api_version: int = 23
    category: str = "service"
    outside_window: bool = False
    silent: bool = False  # the BSUID-in-`to` trap: accepted, and never heard of again
    error: Json | None = None
    priced: bool = False
    pricing_type: str = "regular"
    pricing_category: str = ""
    delivered_at: float = 0.0
    events: list[Json] = field(default_factory=list)  # for `message_history`
    held_for: str | None = None  # the template whose quality is being assessed
    key: str = ""  # for the dice of chaos: the same in every run, unlike the wamid
    ttl_s: float = 30 * 86400.0  # dropped in silence if not delivered until then

    @property
    def is_free_form(self) -> bool:
        """Whether it needs an open window."""
        return self.type != "template"


@dataclass(slots=True)
class Media:
    """An uploaded file or one that a customer sent; its bytes lie beside the state."""

    id: str
    mime_type: str
    sha256: str  # hex
    size: int
    created_at: float
    source: str  # "upload" lives 30 days, "webhook" 7
    filename: str | None = None
    phone_number_id: str | None = None

    def is_alive(self, now: float) -> bool:
        """Whether Meta would still know the id."""
        days = 30 if self.source == "upload" else 7
        return now < self.created_at + days * 86400


@dataclass(slots=True)
class Template:
    """A message template in one language."""

    id: str
    name: str
    language: str
    category: str
    status: str
    components: list[Json]
    parameter_format: str = "POSITIONAL"
    rejected_reason: str = "NONE"
    quality: str = "UNKNOWN"
    waba_id: str = ""
    created_at: float = 0.0
    quality_at: float = 0.0
    edits: list[float] = field(default_factory=list)  # when an approved one was edited
    previous_category: str = ""
    pauses: int = 0
    paused_until: float | None = None
    held: int = 0  # sends to hold for a quality assessment before it is decided

    def component(self, kind: str) -> Json | None:
        """The component of that type (`HEADER`, `BODY` …), if there is one."""
        return next((c for c in self.components if str(c.get("type")).upper() == kind), None)


@dataclass(slots=True)
class Number:
    """One of our business numbers. `status` as Graph spells it: CONNECTED, FLAGGED, BANNED …"""

    id: str
    display_phone_number: str
    verified_name: str
    profile: Json = field(default_factory=dict)
    waba_id: str = ""
    token: str | None = None  # None: its account's
    throughput_per_s: int | None = None  # None: what the faults say
    quality: str = "GREEN"
    status: str = "CONNECTED"
    refusal_code: int | None = None  # of sends, instead of the usual one for `status`
    name_status: str = "APPROVED"
    coexistence: bool = False  # also used with the WhatsApp Business app on a phone
    username: str | None = None
    verification: str = "VERIFIED"
    pin: str | None = None
    registrations: list[float] = field(default_factory=list)
    settings: Json = field(default_factory=dict)
    qr_codes: dict[str, Json] = field(default_factory=dict)
    blocked: list[str] = field(default_factory=list)  # ids of customers


@dataclass(slots=True)
class Account:
    """A WhatsApp Business Account."""

    id: str
    name: str
    business_id: str
    token: str | None = None  # None: the simulator's
    status: str = "ACTIVE"  # ACTIVE, RESTRICTED, DISABLED
    refusal_code: int | None = None
    restricted_until: float | None = None
    can_pay: bool = True


@dataclass(slots=True)
class Portfolio:
    """A business portfolio: its numbers share one messaging limit."""

    id: str
    tier: str = "TIER_10K"
    reached: dict[str, float] = field(default_factory=dict)  # customer id: when, outside windows
