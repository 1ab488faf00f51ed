"""What becomes of an accepted business message: sent, delivered, read, played, failed, or lost."""

from __future__ import annotations

import asyncio
import random

from simulator import payloads
from simulator.core import Core
from simulator.errors import status_error
from simulator.state import Customer, Json, SimMessage

FREE_MESSAGES_A_MONTH = 1000
RANK = {"accepted": 0, "sent": 1, "delivered": 2, "read": 3, "played": 4}
_chance = random.SystemRandom()


class Statuses:
    """Moves messages on and reports it by webhook."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._held: list[tuple[Json, str, str]] = []

    def begin(self, message: SimMessage) -> None:
        """Start the way of a message that was just accepted (or left over from the last run)."""
        self.core.spawn(self._progress(message))

    async def _progress(self, message: SimMessage) -> None:
        if message.status == "lost":
            return
        await asyncio.sleep(_chance.uniform(0.03, 0.12))
        customer = self.core.customer_of(message)
        code = self._reason_to_fail(message, customer)
        if code:
            self.fail(message, code)
            return
        if message.status == "accepted":
            self._move(message, "sent")
        await asyncio.sleep(_chance.uniform(0.05, 0.25))
        assert customer is not None
        looking = self.core.open_chats.get(customer.id, 0) > 0 and customer.read_receipts
        # WhatsApp skips `delivered` when both happen together; half the time we do as well.
        skipped = self.core.faults.skip_delivered or (looking and _chance.random() < 0.5)  # noqa: PLR2004
        if not skipped:
            self._move(message, "delivered")
        if looking:
            await asyncio.sleep(_chance.uniform(0.0, 0.15))
            self._move(message, "read")

    def _reason_to_fail(self, message: SimMessage, customer: Customer | None) -> int:
        if message.errors:
            return int(message.errors[0]["code"])
        if customer is None or customer.blocks_business:
            return 131026
        if message.outside_window and message.type != "template":
            return 131047
        if message.category == "marketing" and customer.marketing_stopped:
            return 131050
        return 0

    def fail(self, message: SimMessage, code: int, details: str | None = None) -> None:
        """Report `failed` with that error."""
        if not message.errors:
            message.errors = [status_error(code, details)]
        self.core.set_status(message, "failed")
        self.core.announce(message)
        self._report(message, "failed", None)

    def read(self, message: SimMessage) -> None:
        """The customer saw it."""
        customer = self.core.customer_of(message)
        if customer is not None and customer.read_receipts and message.status != "failed":
            self._move(message, "read")

    def played(self, message: SimMessage) -> None:
        """The customer listened to a voice message."""
        if message.type == "audio":
            self._move(message, "played")

    def _move(self, message: SimMessage, status: str) -> None:
        if RANK.get(message.status, 99) >= RANK[status]:
            return
        priced = status == "sent" or (status in ("delivered", "read") and not message.priced)
        pricing = self._pricing(message, status) if priced else None
        self.core.set_status(message, status)
        self._report(message, status, pricing)

    def _pricing(self, message: SimMessage, status: str) -> Json:
        """Per message, on `sent` and on the first of delivered and read; rules since 2026-10-01."""
        if status == "sent":
            message.pricing_type = "regular"
            if message.category == "service":
                month = f"{message.phone_number_id}|{self.core.clock.now():%Y-%m}"
                used = self.core.state.free_messages.get(month, 0)
                self.core.state.free_messages[month] = used + 1
                if used < FREE_MESSAGES_A_MONTH:
                    message.pricing_type = "free_customer_service"
        else:
            message.priced = True
        return {
            "billable": message.pricing_type == "regular",
            "pricing_model": "PMP",
            "type": message.pricing_type,
            "category": message.category,
        }

    def _report(self, message: SimMessage, status: str, pricing: Json | None) -> None:
        core = self.core
        if core.faults.no_statuses:
            return
        value = payloads.status(
            message,
            status,
            core.clock.now(),
            core.number(message.phone_number_id),
            core.customer_of(message),
            core.people,
            pricing,
        )
        if core.faults.hold_statuses:
            self._held.append((value, f"status {status}", message.customer_id))
        else:
            core.deliver(value, f"status {status}", message.customer_id)

    def release(self) -> None:
        """Deliver what was held back, in any order if that is switched on."""
        held, self._held = self._held, []
        for value, what, customer_id in held:
            self.core.deliver(value, what, customer_id)

    def forget(self) -> None:
        """Drop what is held back (a reset)."""
        self._held.clear()
