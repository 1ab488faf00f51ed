"""Customers who change their number or their user id, and the numbers that hear of it."""

from __future__ import annotations

import secrets

from simulator import wire
from simulator.core import Simulator
from simulator.delivery import Attempt
from simulator.ids import country_of, digits_of, new_wamid, user_id_of
from simulator.models import Customer
from simulator.people import InboundError


async def change_number(simulator: Simulator, customer: Customer, wanted: str) -> bool:
    """`user_changed_number`: another phone number, and with it another user id."""
    new = digits_of(wanted)
    if new is None or simulator.store.find_customer(new) is not None:
        raise InboundError("`new_phone` must be a phone number nobody has")
    old, previous = customer.wa_id, customer.user_id
    customer.wa_id, customer.user_id = new, user_id_of(new)
    system = {
        "body": f"User {customer.name} changed from {old or previous} to {new}",
        "wa_id": new,
        "user_id": customer.user_id,
        "previous_user_id": previous,
        "type": "user_changed_number",
    }
    return await _tell(simulator, customer, old, previous, system)


async def rotate_user_id(simulator: Simulator, customer: Customer) -> bool:
    """`user_changed_user_id`: another user id, and no phone number is told."""
    previous = customer.user_id
    country = previous.partition(".")[0] or country_of(customer.wa_id or "")
    customer.user_id = f"{country}.{secrets.randbelow(9 * 10**16) + 10**16}"
    system = {
        "body": f"User {customer.name} changed from {previous} to {customer.user_id}",
        "user_id": customer.user_id,
        "previous_user_id": previous,
        "type": "user_changed_user_id",
    }
    return await _tell(simulator, customer, None, previous, system)


async def _tell(
    simulator: Simulator, customer: Customer, old: str | None, previous: str, system: dict[str, str]
) -> bool:
    """To every number they have written to; the simulator's own if none. No `contacts`."""
    store = simulator.store
    store.index(customer)
    attempts: list[Attempt] = []
    for number_id in list(customer.last_inbound) or [store.config.phone_number_id]:
        entry = {"from": old} if old else {}
        wamid = new_wamid(old or previous, from_business=False)
        message = entry | {
            "id": wamid, "timestamp": store.clock.stamp(), "type": "system", "system": system,
        }  # fmt: skip
        change = {"value": wire.value(store, number_id, messages=[message]), "field": "messages"}
        attempts.append(await simulator.deliverer.send_changes([change], "messages.system"))
    store.touch()
    return all(each.delivered for each in attempts)
