"""What the simulator knows: customers, chats, files, templates, numbers. Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Json = dict[str, Any]
Direction = Literal["in", "out"]  # "in" = written by the customer, "out" = by the business


@dataclass
class Customer:
    """Somebody with WhatsApp. `phone` is digits only, or "" for who has only a username."""

    id: str  # the phone number's digits, else the username, else the BSUID; stands in URLs
    name: str
    phone: str = ""
    username: str = ""
    bsuid: str = ""
    language: str = "de"
    # Users with a username hide their number unless the two wrote by number within 30 days.
    phone_known_at: datetime | None = None
    marketing_stopped: bool = False
    blocks_business: bool = False
    read_receipts: bool = True


@dataclass
class SimMessage:
    """One message of a chat, of either direction.

    `payload` is Meta's object of that `type` (e.g. `{"body": …}` for text). `status` of a business
    message: accepted, sent, delivered, read, played, failed, lost; of a customer's message: sent
    (webhook not accepted yet), delivered, read. `reactions` maps "customer" / "business" to an
    emoji. `rendered` is a template as people see it: header, body, footer, buttons.
    """

    wamid: str
    customer_id: str
    direction: Direction
    type: str
    payload: Json
    text: str
    at: datetime
    status: str
    phone_number_id: str = ""
    context_wamid: str = ""
    reactions: dict[str, str] = field(default_factory=dict)
    biz_opaque_callback_data: str = ""
    to: str = ""
    recipient: str = ""
    category: str = "service"
    rendered: Json = field(default_factory=dict)
    request: Json = field(default_factory=dict)
    version: str = ""
    errors: list[Json] = field(default_factory=list)
    outside_window: bool = False
    priced: bool = False  # pricing stood on delivered or read already
    pricing_type: str = "regular"

    @property
    def id(self) -> str:
        """The same as `wamid`."""
        return self.wamid


@dataclass
class MediaFile:
    """A file; its bytes lie beside the snapshot under its id."""

    id: str
    mime: str
    filename: str
    sha256: str  # hex
    size: int
    uploaded_at: datetime
    from_customer: bool = False
    deleted: bool = False


@dataclass
class Template:
    """A message template as `GET /{waba}/message_templates` shows it."""

    id: str
    name: str
    language: str
    category: str
    status: str
    components: list[Json]
    parameter_format: str = "POSITIONAL"
    rejected_reason: str = "NONE"
    quality: str = "GREEN"


@dataclass
class BusinessNumber:
    """A number of the business; `display` has digits only."""

    id: str
    display: str
    name: str
    token: str = ""  # a token of its own beside the one of the settings
    profile: Json = field(default_factory=dict)


@dataclass
class State:
    """Everything that survives a restart."""

    customers: dict[str, Customer] = field(default_factory=dict)
    messages: dict[str, SimMessage] = field(default_factory=dict)  # by wamid, oldest first
    media: dict[str, MediaFile] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)  # by id
    numbers: dict[str, BusinessNumber] = field(default_factory=dict)
    windows: dict[str, datetime] = field(default_factory=dict)  # "NUMBER|CUSTOMER" -> last inbound
    free_messages: dict[str, int] = field(default_factory=dict)  # "NUMBER|YYYY-MM" -> delivered
    undelivered: dict[str, str] = field(default_factory=dict)  # delivery id -> webhook body
    clock_offset_s: float = 0.0
