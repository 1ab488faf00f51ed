"""Everything the simulator knows, in memory, and its snapshot on disk.

The snapshot is written whole, to a temporary file that then takes the old one's place, a moment
after the last change: a restart loses at most that moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from simulator import presets
from simulator.clock import Clock
from simulator.config import Config
from simulator.faults import Faults
from simulator.ids import BSUID, digits_of, new_number_id, user_id_of
from simulator.models import ENTRY_POINT_S, Customer, Media, Message, Number, Template

Json = dict[str, Any]
log = logging.getLogger("simulator.store")
KEPT_MESSAGES = 4000  # in the snapshot; memory keeps all of this run
SAVE_AFTER_S = 1.0


class Store:
    """The state of one simulator. Not thread-safe: everything runs in one event loop."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.clock = Clock()
        self.path = config.data_dir / "state.json"
        self.media_dir = config.data_dir / "media"
        self.faults = Faults(throughput_per_s=config.throughput_per_s)
        self.collect_pending: Callable[[], list[Json]] | None = None
        self._changed = asyncio.Event()
        self.clear()

    def clear(self) -> None:
        """Back to the presets: what `POST /control/reset` does."""
        self.clock.offset_s = 0.0
        self.faults = Faults(throughput_per_s=self.config.throughput_per_s)
        self.customers: dict[str, Customer] = {c.id: c for c in presets.customers()}
        self.messages: dict[str, Message] = {}
        self.chats: dict[str, list[str]] = {}
        self.media: dict[str, Media] = {}
        self.templates: dict[str, Template] = {t.id: t for t in presets.templates()}
        self.numbers: dict[str, Number] = {}
        self.free_tier_used: dict[str, int] = {}
        self.pending: list[Json] = []  # webhooks not yet accepted, from an earlier run
        self.refused: list[Json] = []  # sends refused at once, newest last
        self.reads: deque[Json] = deque(maxlen=2000)  # "mark as read" and typing by the business
        self.outside_window = 0
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
        for customer in self.customers.values():
            # Not a set: thousands of customers are looked through for every message.
            if wanted in (customer.wa_id, customer.user_id, customer.username):
                return customer
        return None

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
            )
        return self.numbers[number_id]

    def find_recipient(self, to: str | None, recipient: str | None) -> Customer | None:
        """Who a send is for. `to` (digits) wins over `recipient` (a user id)."""
        for customer in self.customers.values():
            if to is not None:
                if customer.wa_id == to:
                    return customer
            elif customer.user_id == recipient and BSUID.match(recipient or ""):
                return customer
        return None

    def find_template(self, name: str, language: str) -> Template | None:
        """By name and language code."""
        return next(
            (t for t in self.templates.values() if (t.name, t.language) == (name, language)), None
        )

    def note_inbound(self, customer: Customer, number_id: str, at: float, referral: bool) -> None:
        """The customer wrote at `at`: the window moves on, never back."""
        moment = min(at, self.clock.now())
        last = customer.last_inbound.get(number_id, float("-inf"))
        customer.last_inbound[number_id] = max(last, moment)
        if referral:
            customer.entry_point_until[number_id] = moment + ENTRY_POINT_S
        self.touch()

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
        return (m for m in self.messages.values() if m.direction == "outbound")

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

    # --- the snapshot ----------------------------------------------------------------------------

    def touch(self) -> None:
        """Something changed: a snapshot is due."""
        self._changed.set()

    def snapshot(self) -> Json:
        """The state as JSON."""
        kept = list(self.messages.values())[-KEPT_MESSAGES:]
        return {
            "version": 1,
            "clock_offset_s": self.clock.offset_s,
            "customers": [_shallow(each) for each in self.customers.values()],
            "messages": [_shallow(each) for each in kept],
            "media": [_shallow(each) for each in self.media.values()],
            "templates": [_shallow(each) for each in self.templates.values()],
            "numbers": [_shallow(each) for each in self.numbers.values()],
            "free_tier_used": self.free_tier_used,
            "outside_window": self.outside_window,
            "pending": self.collect_pending() if self.collect_pending else self.pending,
        }

    def load(self) -> None:
        """Take over the snapshot of an earlier run; a broken one is set aside, never fatal."""
        try:
            state = json.loads(self.path.read_text(encoding="utf-8"))
            customers = [Customer(**each) for each in state["customers"]]
            messages = [Message(**each) for each in state["messages"]]
            media = [Media(**each) for each in state["media"]]
            templates = [Template(**each) for each in state["templates"]]
            numbers = [Number(**each) for each in state["numbers"]]
            self.clock.offset_s = float(state["clock_offset_s"])
            self.outside_window = int(state["outside_window"])
            self.free_tier_used = dict(state["free_tier_used"])
            self.pending = list(state["pending"])
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("snapshot.unreadable error=%s", type(error).__name__)
            with contextlib.suppress(OSError):
                self.path.replace(self.path.with_suffix(".broken.json"))
            return
        self.customers = {each.id: each for each in customers}
        self.media = {each.id: each for each in media}
        self.templates = {each.id: each for each in templates}
        self.numbers |= {each.id: each for each in numbers}
        for message in messages:
            self.add_message(message)
        log.info("snapshot.loaded messages=%d customers=%d", len(messages), len(customers))

    def save(self) -> None:
        """Write the snapshot now."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(".tmp")
        text = json.dumps(self.snapshot(), ensure_ascii=False, separators=(",", ":"))
        with temporary.open("w", encoding="utf-8", errors="replace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path)

    async def keep_saved(self) -> None:
        """Save a moment after each change, and rarer when saving takes long. Runs for ever."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            began = time.monotonic()
            try:
                self.save()
            except OSError as error:
                log.error("snapshot.failed errno=%s", error.errno)
            # at most five per cent of the time, however large the state grows
            await asyncio.sleep(max(SAVE_AFTER_S, 20 * (time.monotonic() - began)))


def _shallow(record: Customer | Message | Media | Template | Number) -> Json:
    """Like `dataclasses.asdict`, without copying what lies in the fields: ten times as fast.

    The snapshot is turned into text at once, and the event loop waits for it.
    """
    return {field.name: getattr(record, field.name) for field in fields(record)}
