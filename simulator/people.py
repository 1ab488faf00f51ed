"""Finding and making customers, and their windows."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta

from simulator import ids
from simulator.clock import Clock
from simulator.state import Customer, State

WINDOW = timedelta(hours=24)
PHONE_STAYS_KNOWN = timedelta(days=30)
_USERNAME = re.compile(r"(?=.*[a-z])(?!.*\.\.)(?!www)[a-z0-9_][a-z0-9._]{1,33}[a-z0-9_]")


class People:
    """The customers of a state, by any of their names."""

    def __init__(self, state: State, clock: Clock) -> None:
        self.state = state
        self.clock = clock
        self._ids: dict[str, str] = {}
        for customer in state.customers.values():
            self._index(customer)

    def _index(self, customer: Customer) -> None:
        names = (customer.id, customer.phone, customer.username, customer.bsuid)
        self._ids.update({name: customer.id for name in names if name})

    def find(self, key: str) -> Customer | None:
        """By id, phone number in any spelling, username or BSUID."""
        customer_id = self._ids.get(key) or self._ids.get(key.lower())
        if customer_id is None:
            customer_id = self._ids.get(ids.digits_of(key) or "")
        return self.state.customers.get(customer_id) if customer_id else None

    def add(
        self, name: str, phone: str = "", username: str = "", bsuid: str = "", language: str = ""
    ) -> Customer:
        """Make a customer, or update the one who has that phone number, BSUID or username.

        ValueError with a sentence when nothing identifies them or a name has the wrong shape.
        """
        digits = ids.digits_of(phone) if phone else ""
        if digits is None or (digits and not 6 <= len(digits) <= 15):
            raise ValueError("The phone number must have 6 to 15 digits.")
        username = username.lower().removeprefix("@")
        if username and not _USERNAME.fullmatch(username):
            raise ValueError("A username has 3 to 35 of a–z, 0–9, dot and underscore.")
        if bsuid and not ids.BSUID.fullmatch(bsuid):
            raise ValueError("A BSUID looks like DE.1234567890123456.")
        if not (digits or username or bsuid):
            raise ValueError("A customer needs a phone number or a username.")
        known = next(
            (one for key in (digits, bsuid, username) if key and (one := self.find(key))), None
        )
        if known is None:
            known = Customer(id=digits or username or bsuid, name=name)
            self.state.customers[known.id] = known
        known.name = name or known.name
        known.phone = digits or known.phone
        known.username = username or known.username
        known.bsuid = bsuid or known.bsuid or made_bsuid(known.phone, known.phone or known.username)
        known.language = language or known.language
        if digits:
            known.phone_known_at = self.clock.now()
        self._index(known)
        return known

    def move(self, customer: Customer, phone: str) -> str:
        """Give the customer another number; Meta makes a new BSUID then. Returns the old one."""
        digits = ids.digits_of(phone)
        if not digits or self.find(digits) is not None:
            raise ValueError("The new number must be a phone number nobody has.")
        old = customer.bsuid
        for name in (customer.phone, old):
            self._ids.pop(name, None)
        customer.phone, customer.bsuid = digits, made_bsuid(digits, digits)
        customer.phone_known_at = self.clock.now()
        self._ids[customer.id] = customer.id
        self._index(customer)
        return old

    def shows_phone(self, customer: Customer) -> bool:
        """Whether webhooks carry the phone number: users with a username may hide it."""
        if not customer.phone:
            return False
        if not customer.username:
            return True
        known = customer.phone_known_at
        return known is not None and self.clock.now() - known < PHONE_STAYS_KNOWN

    def wrote(self, customer: Customer, number_id: str, at: datetime) -> None:
        """The customer wrote at `at`: the window starts again."""
        key = f"{number_id}|{customer.id}"
        self.state.windows[key] = max(at, self.state.windows.get(key, at))

    def window_ends(self, customer: Customer, number_id: str) -> datetime | None:
        """When the window ends or ended; None when the customer never wrote to that number."""
        last = self.state.windows.get(f"{number_id}|{customer.id}")
        return None if last is None else last + WINDOW

    def window_open(self, customer: Customer, number_id: str) -> bool:
        """Whether free-form messages reach the customer now."""
        end = self.window_ends(customer, number_id)
        return end is not None and self.clock.now() < end


def made_bsuid(phone: str, seed: str) -> str:
    """The same BSUID for the same number or username every time, as the preset needs it."""
    digits = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big") % 10**16
    return f"{ids.country_of(phone)}.{digits:016d}"
