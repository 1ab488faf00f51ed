"""Whether a number may send at all, and the rules of reactions."""

from __future__ import annotations

from typing import Any

from simulator.errors import GraphError
from simulator.models import Customer, Number
from simulator.store import Store

Json = dict[str, Any]
REACTABLE_S = 30 * 86400.0
# how sends of a number in this state are refused
UNUSABLE: dict[str, int] = {
    "BANNED": 131031,
    "DELETED": 33,
    "DISCONNECTED": 133010,
    "PENDING": 133010,
    "UNVERIFIED": 133006,
    "MIGRATED": 133010,
    "RATE_LIMITED": 131048,
    "MAINTENANCE": 131057,
}


def check_number(store: Store, number: Number) -> None:
    """Refuse what a banned, deleted or unregistered number sends, or one of a disabled account."""
    account = store.account(number.waba_id)
    if account.status == "DISABLED":
        raise GraphError(account.refusal_code or 131031)
    code = UNUSABLE.get(number.status)
    if code is not None:
        raise GraphError(number.refusal_code or code)


def check_business_initiated(store: Store, number: Number) -> None:
    """A restricted number or account may answer, but not begin."""
    account = store.account(number.waba_id)
    until = account.restricted_until
    if account.status == "RESTRICTED" and (until is None or store.clock.now() < until):
        raise GraphError(account.refusal_code or 368)
    if number.status == "RESTRICTED":
        raise GraphError(number.refusal_code or 368)


def check_reaction_target(store: Store, content: Json, customer: Customer, now: float) -> None:
    """Refuse a reaction to what is older than 30 days, a reaction itself, or taken back."""
    target = store.messages.get(str(content.get("message_id")))
    if target is None:
        return  # forgotten: only the newest messages survive a restart of the simulator
    if target.customer_id != customer.id:
        raise GraphError(131009, "Param reaction['message_id'] is not a message of this chat.")
    if target.type == "reaction" or target.revoked:
        raise GraphError(131009, "This message cannot be reacted to.")
    if now - target.timestamp > REACTABLE_S:
        raise GraphError(131009, "The message is older than 30 days.")
