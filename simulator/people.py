"""Who a control speaks of: customers by any of their names, made when new."""

from __future__ import annotations

from typing import Any

from simulator.clock import moment_of
from simulator.ids import BSUID, digits_of
from simulator.models import Customer
from simulator.store import Store

Json = dict[str, Any]
SWITCHES = ("online", "read_receipts", "hide_phone", "blocked", "stopped_marketing")


class InboundError(ValueError):
    """A control that cannot be understood; the text says why."""


def customer_from(store: Store, body: Json) -> Customer:
    """Whom `body` speaks of: customer, from, user_id or username; made when new."""
    profile: Json = body["profile"] if isinstance(body.get("profile"), dict) else {}
    name = body.get("name") or profile.get("name")
    username = body.get("username") or profile.get("username")
    known = store.find_customer(str(body["customer"])) if body.get("customer") else None
    if known is not None:
        known.name = str(name or known.name)
        return known
    sender = str(body.get("from") or body.get("phone") or body.get("wa_id") or "")
    user_id = body.get("user_id") or body.get("from_user_id") or body.get("bsuid") or None
    if sender and BSUID.match(sender):
        sender, user_id = "", sender
    wa_id = digits_of(sender) if sender else None
    if sender and wa_id is None:
        raise InboundError("`from` must be a phone number or a user id")
    if user_id is not None and not BSUID.match(str(user_id)):
        raise InboundError("`user_id` must look like DE.123456789")
    if not (wa_id or user_id or username):
        raise InboundError("say who writes: `from`, `user_id`, `username` or `customer`")
    return store.learn_customer(
        wa_id=wa_id,
        user_id=user_id,
        name=str(name) if name else None,
        username=str(username) if username else None,
    )


def introduce(store: Store, rows: Any) -> list[Customer]:
    """Make or update customers without any webhook; `last_inbound_at` opens their window."""
    found: list[Customer] = []
    for row in rows:
        if not isinstance(row, dict):
            raise InboundError("a customer must be a JSON object")
        customer = customer_from(store, row)
        if row.get("last_inbound_at"):
            number_id = str(row.get("phone_number_id") or store.config.phone_number_id)
            store.note_inbound(customer, number_id, moment_of(row["last_inbound_at"]), False)
        if row.get("language"):
            customer.language = str(row["language"])
        found.append(customer)
    return found
