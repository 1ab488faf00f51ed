"""Everything the simulator knows, in memory. `snapshot.py` keeps it over restarts."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from simulator import presets
from simulator.chaos import Chaos
from simulator.clock import Clock
from simulator.config import Config
from simulator.faults import Faults
from simulator.ids import BSUID, digits_of, new_number_id, user_id_of, variants
from simulator.models import (
    ENTRY_POINT_S,
    WINDOW_S,
    Account,
    Customer,
    Media,
    Message,
    Number,
    Portfolio,
    Template,
)

Json = dict[str, Any]
PORTFOLIO_ID = "506914307656634"


class Store:
    """The state of one simulator. Not thread-safe: everything runs in one event loop."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.clock = Clock()
        self.media_dir = config.data_dir / "media"
        self.faults = Faults(throughput_per_s=config.throughput_per_s)
        self.collect_pending: Callable[[], list[Json]] | None = None
        self.changed = asyncio.Event()
        self.clear()

    def clear(self) -> None:
        """Back to the presets: what `POST /control/reset` does."""
        self.clock.offset_s = 0.0
        self.faults = Faults(throughput_per_s=self.config.throughput_per_s)
        self.chaos = Chaos()
        self.customers: dict[str, Customer] = {c.id: c for c in presets.customers()}
        self._names: dict[str, Customer] = {}
        for customer in self.customers.values():
            self.index(customer)
        self.messages: dict[str, Message] = {}
        self.chats: dict[str, list[str]] = {}
        self.media: dict[str, Media] = {}
        self.templates: dict[str, Template] = {t.id: t for t in presets.templates()}
        self.numbers: dict[str, Number] = {}
        self.accounts: dict[str, Account] = {}
        self.portfolios: dict[str, Portfolio] = {}
        self.free_tier_used: dict[str, int] = {}
        self.pending: list[Json] = []  # webhooks not yet accepted, from an earlier run
        self.refused: list[Json] = []  # sends refused at once, newest last
        self.reads: deque[Json] = deque(maxlen=2000)  # "mark as read" and typing by the business
        self.outside_window = 0
        self.account(self.config.waba_id)
        self.learn_number(self.config.phone_number_id, self.config.display_phone_number)
        self.touch()

    # --- finding and learning ---------------------------------------------------------------

    def find_customer(self, key: str | None) -> Customer | None:
        """By our id, phone number, user id or username (with or without @)."""
        if not key:
            return None
        if key in self.customers:
            return self.customers[key]
        wanted = digits_of(key) or key.removeprefix("@")
        customer = self._names.get(wanted)
        if customer is None or customer.id not in self.customers:
            return None
        known = wanted in (customer.wa_id, customer.user_id, customer.username)
        return customer if known else None

    def index(self, customer: Customer) -> None:
        """Make the customer found by the ids they have now. Old ones stop leading to them."""
        for name in (customer.wa_id, customer.user_id, customer.username):
            if name:
                self._names[name] = customer

    def learn_customer(
        self,
        *,
        wa_id: str | None = None,
        user_id: str | None = None,
        name: str | None = None,
        username: str | None = None,
    ) -> Customer:
        """The customer with one of these ids, made or completed as needed."""
        customer = (
            self.find_customer(user_id) or self.find_customer(wa_id) or self.find_customer(username)
        )
        if customer is None:
            number = wa_id or user_id or username or new_number_id()
            customer = Customer(
                id=number, name=name or username or f"+{number}", user_id="", wa_id=wa_id
            )
            customer.user_id = user_id or user_id_of(wa_id, username)
            self.customers[customer.id] = customer
        customer.name = name or customer.name
        customer.user_id = user_id or customer.user_id
        customer.wa_id = wa_id or customer.wa_id
        customer.username = username or customer.username
        self.index(customer)
        self.touch()
        return customer

    def learn_number(self, number_id: str, display: str | None = None) -> Number:
        """The business number with that id; made when new."""
        if number_id not in self.numbers:
            self.numbers[number_id] = Number(
                number_id,
                display or self.config.display_phone_number,
                self.config.verified_name,
                {
                    "messaging_product": "whatsapp",
                    "about": "Wir sind täglich von 6 bis 22 Uhr für Sie da.",
                    "address": "Sophienblatt 31, 24114 Kiel",
                    "description": "Kundendienst der Nordlicht Bahn",
                    "email": "service@nordlicht-bahn.example",
                    "websites": ["https://nordlicht-bahn.example/"],
                    "vertical": "TRAVEL",
                },
                waba_id=self.config.waba_id,
            )
        return self.numbers[number_id]

    def account(self, waba_id: str) -> Account:
        """The business account with that id; made when new."""
        if waba_id not in self.accounts:
            self.accounts[waba_id] = Account(waba_id, self.config.verified_name, PORTFOLIO_ID)
        return self.accounts[waba_id]

    def portfolio(self, number: Number) -> Portfolio:
        """The business portfolio a number belongs to."""
        business_id = self.account(number.waba_id).business_id
        return self.portfolios.setdefault(business_id, Portfolio(business_id))

    def token_of(self, number: Number) -> str:
        """The access token that works for a number."""
        return number.token or self.account_token(number.waba_id)

    def account_token(self, waba_id: str) -> str:
        """The access token that works for a business account."""
        return self.account(waba_id).token or self.config.access_token

    def all_tokens(self) -> set[str]:
        """Every token that works for something."""
        own = [each.token for each in self.numbers.values()]
        own += [each.token for each in self.accounts.values()]
        return {token for token in own if token} | {self.config.access_token}

    def find_recipient(self, to: str | None, recipient: str | None) -> Customer | None:
        """Who a send is for. `to` (digits) wins over `recipient` (a user id)."""
        if to is not None:
            for name in variants(to):
                customer = self._names.get(name)
                if customer is not None and customer.wa_id == name:
                    return customer
            return None
        if not BSUID.match(recipient or ""):
            return None
        customer = self._names.get(recipient or "")
        return customer if customer and customer.user_id == recipient else None

    def find_template(
        self, name: str, language: str, waba_id: str | None = None
    ) -> Template | None:
        """By name and language code, in one business account (the simulator's own by default)."""
        wanted = (name, language, waba_id or self.config.waba_id)
        return next(
            (
                each
                for each in self.templates.values()
                if (each.name, each.language, each.waba_id or self.config.waba_id) == wanted
            ),
            None,
        )

    def note_inbound(self, customer: Customer, number_id: str, at: float, referral: bool) -> None:
        """The customer wrote at `at`: the window moves on, never back."""
        moment = min(at, self.clock.now())
        last = customer.last_inbound.get(number_id, float("-inf"))
        customer.last_inbound[number_id] = max(last, moment)
        if referral:
            customer.entry_point_until[number_id] = moment + ENTRY_POINT_S
            if number_id in customer.entry_points_answered:
                customer.entry_points_answered.remove(number_id)
        self.touch()

    def note_answer(self, customer: Customer, number_id: str) -> None:
        """The business wrote: within a day of the ad's message it opens the free entry point."""
        until = customer.entry_point_until.get(number_id)
        if until is None or number_id in customer.entry_points_answered:
            return
        if self.clock.now() <= until - ENTRY_POINT_S + WINDOW_S:
            customer.entry_points_answered.append(number_id)
        else:
            del customer.entry_point_until[number_id]

    def in_entry_point(self, customer: Customer, number_id: str) -> bool:
        """Whether all messages of that number to the customer are free now."""
        until = customer.entry_point_until.get(number_id, 0.0)
        return self.clock.now() < until and number_id in customer.entry_points_answered

    def free_tier_key(self, number_id: str) -> str:
        """The free tier begins anew each month (of UTC here; Meta's is the account's zone)."""
        return f"{number_id} {time.strftime('%Y-%m', time.gmtime(self.clock.now()))}"

    def window_is_open(self, customer: Customer, number_id: str) -> bool:
        """Whether free-form messages of that number reach the customer now."""
        until = customer.window_until(number_id)
        return until is not None and self.clock.now() < until

    # --- messages and media --------------------------------------------------------------------

    def add_message(self, message: Message) -> None:
        """Keep it and put it into its chat."""
        self.messages[message.wamid] = message
        if message.customer_id is not None:
            self.chats.setdefault(message.customer_id, []).append(message.wamid)
        self.touch()

    def chat(self, customer_id: str, limit: int | None = None) -> list[Message]:
        """The messages with that customer, oldest first; the newest `limit` of them."""
        wamids = self.chats.get(customer_id, [])
        return [self.messages[wamid] for wamid in (wamids[-limit:] if limit else wamids)]

    def outbound(self) -> Iterator[Message]:
        """What the business sent, in the order of acceptance."""
        return (m for m in self.messages.values() if m.direction == "outbound" and not m.echo)

    def add_media(
        self,
        content: bytes,
        mime_type: str,
        source: str,
        *,
        media_id: str | None = None,
        filename: str | None = None,
    ) -> Media:
        """Keep a file; its bytes go to disk."""
        media = Media(
            id=media_id or new_number_id(),
            mime_type=mime_type,
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            created_at=self.clock.now(),
            source=source,
            filename=filename,
        )
        self.media_dir.mkdir(parents=True, exist_ok=True)
        self.media_path(media).write_bytes(content)
        self.media[media.id] = media
        self.touch()
        return media

    def media_path(self, media: Media) -> Path:
        """Where its bytes lie. Named by a digest, so that no id can lead out of the folder."""
        return self.media_dir / hashlib.sha256(media.id.encode()).hexdigest()[:32]

    def find_media(self, media_id: str) -> Media | None:
        """The file, unless its id has expired."""
        media = self.media.get(media_id)
        return media if media and media.is_alive(self.clock.now()) else None

    def touch(self) -> None:
        """Something changed: a snapshot is due."""
        self.changed.set()
