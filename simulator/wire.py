"""Parts of webhook bodies, as WhatsApp Cloud API puts them on the wire."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from simulator.models import Customer, Message
from simulator.store import Store

Json = dict[str, Any]


PRICES_CHANGED = datetime(2026, 10, 1, tzinfo=UTC).timestamp()
MESSAGING_FIELDS = frozenset(
    {"messages", "user_preferences", "calls", "history", "smb_message_echoes", "smb_app_state_sync"}
)


def envelope(changes: list[tuple[str, Json]], now: float) -> Json:
    """One whole webhook body with these changes, each with the id of its business account.

    `time` stands on the entries of account and template fields only.
    """
    entries: dict[tuple[str, bool], Json] = {}
    for waba_id, change in changes:
        timeless = change.get("field") in MESSAGING_FIELDS
        entry = entries.get((waba_id, timeless))
        if entry is None:
            entry = {"id": waba_id} if timeless else {"id": waba_id, "time": int(now)}
            entries[waba_id, timeless] = entry | {"changes": [change]}
        else:
            entry["changes"].append(change)
    return {"object": "whatsapp_business_account", "entry": list(entries.values())}


def encode(body: Json, *, escape_slashes: bool) -> bytes:
    r"""The bytes of a delivery: non-ASCII as \uXXXX, and sometimes `/` as `\/`, like Meta's."""
    text = json.dumps(body, ensure_ascii=True, separators=(",", ":"))
    return (text.replace("/", "\\/") if escape_slashes else text).encode()


def sign(secret: str, body: bytes) -> str:
    """`X-Hub-Signature-256` over exactly these bytes."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def value(store: Store, number_id: str, **parts: Any) -> Json:
    """The `value` of a `messages` change."""
    number = store.learn_number(number_id)
    return {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": number.display_phone_number,
            "phone_number_id": number.id,
        },
        **{name: part for name, part in parts.items() if part is not None},
    }


def contact(
    customer: Customer, *, show_phone: bool, show_username: bool = True, show_identity: bool = False
) -> Json:
    """An entry of `contacts`; without `wa_id` for who hides the phone number.

    `show_identity`: with `identity_key_hash`, for numbers that have switched the check on.
    """
    profile: Json = {"name": customer.name}
    if customer.username and show_username:
        profile["username"] = customer.username
    entry: Json = {"profile": profile}
    if show_phone:
        entry["wa_id"] = customer.wa_id
    entry["user_id"] = customer.user_id
    if show_identity:
        entry["identity_key_hash"] = customer.identity_hash
    return entry


def status_change(
    store: Store, message: Message, customer: Customer | None, status: str, errors: list[Json]
) -> Json:
    """The change that reports `status` of an outbound message.

    `failed` carries no contacts, and no user id when a phone number was addressed.
    """
    now = store.clock.now()
    entry: Json = {"id": message.wamid, "status": status, "timestamp": str(int(now))}
    shows_phone = message.to is not None or (
        customer is not None and customer.shows_phone(message.phone_number_id, now)
    )
    wa_id = customer.wa_id if customer and customer.wa_id else message.to
    if shows_phone and wa_id:
        entry["recipient_id"] = wa_id
    user_id = customer.user_id if customer else message.recipient
    if user_id and (status != "failed" or message.to is None):
        entry["recipient_user_id"] = user_id
    if message.biz_opaque_callback_data is not None:
        entry["biz_opaque_callback_data"] = message.biz_opaque_callback_data
    if errors:
        entry["errors"] = errors
    else:
        entry |= _pricing(store, message, customer, status)
    contacts = None
    if customer is not None and status in {"sent", "delivered", "read", "played"}:
        contacts = [contact(customer, show_phone=shows_phone, show_username=status != "sent")]
    return {
        "value": value(store, message.phone_number_id, contacts=contacts, statuses=[entry]),
        "field": "messages",
    }


def _pricing(store: Store, message: Message, customer: Customer | None, status: str) -> Json:
    """`pricing` on `sent` and on the first of delivered and read; `conversation` up to v23."""
    parts: Json = {}
    number_id, now = message.phone_number_id, store.clock.now()
    if not message.pricing_category:
        free = customer is not None and store.in_entry_point(customer, number_id)
        message.pricing_type = _pricing_type(store, message, customer, free)
        message.pricing_category = "referral_conversion" if free else message.category
    in_entry_point = message.pricing_type == "free_entry_point"
    if message.type != "reaction" and (in_entry_point or message.api_version <= 23):
        conversation: Json = {"id": hashlib.md5(message.wamid.encode(), usedforsecurity=False)
                              .hexdigest()}  # fmt: skip
        if status == "sent":
            until = customer.entry_point_until.get(number_id, now) if customer else now
            conversation["expiration_timestamp"] = str(
                int(until if in_entry_point else now + 86400)
            )
        conversation["origin"] = {"type": message.pricing_category}
        if status in {"sent", "delivered"}:
            parts["conversation"] = conversation
    told = status == "sent" and store.faults.pricing_on_sent
    if told or (status in {"delivered", "read"} and not message.priced):
        message.priced = status != "sent"
        parts["pricing"] = {
            "billable": message.pricing_type == "regular",
            "pricing_model": "PMP",
            "type": message.pricing_type,
            "category": message.pricing_category,
        }
    return parts


def _pricing_type(
    store: Store, message: Message, customer: Customer | None, in_entry_point: bool
) -> str:
    """By the rules since October 2026, or those before when the clock stands there.

    Since then service messages are free up to a monthly tier per number, and utility templates
    inside the window cost what they cost outside.
    """
    if in_entry_point:
        return "free_entry_point"
    number_id = message.phone_number_id
    if store.clock.now() < PRICES_CHANGED:
        inside = customer is not None and store.window_is_open(customer, number_id)
        free = message.category == "service" or (message.category == "utility" and inside)
        return "free_customer_service" if free else "regular"
    if message.category != "service":
        return "regular"
    key = store.free_tier_key(number_id)
    used = store.free_tier_used.get(key, 0)
    store.free_tier_used[key] = used + 1
    return "free_customer_service" if used < store.faults.free_tier else "regular"
