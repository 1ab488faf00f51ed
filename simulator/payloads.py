"""Webhook bodies in Meta's shapes."""

from __future__ import annotations

from datetime import datetime

from simulator.people import People
from simulator.state import BusinessNumber, Customer, Json, SimMessage

LAST_VERSION_WITH_CONVERSATION = 23


def stamp(at: datetime) -> str:
    """Meta's time stamps: Unix seconds as text."""
    return str(int(at.timestamp()))


def envelope(account_id: str, value: Json, field: str = "messages") -> Json:
    """A whole body with one change."""
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": account_id, "changes": [{"value": value, "field": field}]}],
    }


def number_value(number: BusinessNumber) -> Json:
    """The head of every `messages` value."""
    return {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": number.display, "phone_number_id": number.id},
    }


def contact(customer: Customer, people: People, *, with_username: bool = True) -> Json:
    """One entry of `contacts[]`: the phone number only where WhatsApp shows it."""
    profile: Json = {"name": customer.name}
    if customer.username and with_username:
        profile["username"] = customer.username
    entry: Json = {"profile": profile}
    if people.shows_phone(customer):
        entry["wa_id"] = customer.phone
    if customer.bsuid:
        entry["user_id"] = customer.bsuid
    return entry


def inbound(
    message: SimMessage, number: BusinessNumber, customer: Customer, people: People, context: Json
) -> Json:
    """The `value` for a message of the customer; `context` may be empty."""
    entry: Json = {}
    if context:
        entry["context"] = context
    if people.shows_phone(customer):
        entry["from"] = customer.phone
    if customer.bsuid:
        entry["from_user_id"] = customer.bsuid
    entry |= {"id": message.wamid, "timestamp": stamp(message.at), "type": message.type}
    if message.type != "request_welcome":
        entry[message.type] = message.payload
    return {
        **number_value(number),
        "contacts": [contact(customer, people)],
        "messages": [entry],
    }


def status(
    message: SimMessage,
    name: str,
    at: datetime,
    number: BusinessNumber,
    customer: Customer | None,
    people: People,
    pricing: Json | None = None,
) -> Json:
    """The `value` for a status of a business message."""
    failed = name == "failed"
    entry: Json = {"id": message.wamid, "status": name, "timestamp": stamp(at)}
    if message.to:
        entry["recipient_id"] = message.to
    elif customer is not None and people.shows_phone(customer):
        entry["recipient_id"] = customer.phone
    # A failure names the user only as the business did.
    if message.recipient and not message.to:
        entry["recipient_user_id"] = message.recipient
    elif customer is not None and customer.bsuid and not failed:
        entry["recipient_user_id"] = customer.bsuid
    if message.biz_opaque_callback_data:
        entry["biz_opaque_callback_data"] = message.biz_opaque_callback_data
    if pricing and has_conversation(message.version):
        entry["conversation"] = conversation(message, name, at)
    if pricing:
        entry["pricing"] = pricing
    value = number_value(number)
    if failed:
        entry["errors"] = message.errors
    elif customer is not None:
        value["contacts"] = [contact(customer, people, with_username=name != "sent")]
    return {**value, "statuses": [entry]}


def has_conversation(version: str) -> bool:
    """Up to v23.0 statuses carry `conversation`."""
    major = version.removeprefix("v").split(".")[0]
    return major.isdecimal() and int(major) <= LAST_VERSION_WITH_CONVERSATION


def conversation(message: SimMessage, name: str, at: datetime) -> Json:
    """A unique id per message, as per-message pricing made it."""
    entry: Json = {"id": message.wamid[-32:].lower().rstrip("=").replace("/", "0")}
    if name == "sent":
        entry["expiration_timestamp"] = str(int(at.timestamp()) + 24 * 3600)
    entry["origin"] = {"type": message.category}
    return entry
