"""What becomes of an accepted message: sent, delivered, read, or failed, each told by webhook."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from simulator import wire
from simulator.delivery import Deliverer
from simulator.errors import status_error
from simulator.hub import Hub
from simulator.models import RANK, Customer, Message
from simulator.store import Store
from simulator.view import message_json, on_phone

log = logging.getLogger("simulator.lifecycle")
SKIP_DELIVERED_SHARE = 0.25
_random = random.SystemRandom()
FetchLink = Callable[[str], Awaitable[str | None]]


class Lifecycle:
    """Moves outbound messages on and reports it."""

    def __init__(self, store: Store, hub: Hub, deliverer: Deliverer) -> None:
        self.store = store
        self.hub = hub
        self.deliverer = deliverer
        self._tasks: set[asyncio.Task[None]] = set()
        self._held: list[tuple[Message, str]] = []

    def start(self, message: Message, fail_code: int | None = None) -> None:
        """The message was accepted; its fate takes its course in the background."""
        if not message.silent:
            task = asyncio.get_running_loop().create_task(self._run(message, fail_code))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def resume(self) -> None:
        """Go on with what an earlier run of the simulator had accepted."""
        for message in list(self.store.outbound()):
            if message.status == "accepted":
                self.start(message)

    async def stop(self) -> None:
        """End all background work."""
        self.forget()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def forget(self) -> None:
        """Drop all fates, and the statuses held back."""
        for task in list(self._tasks):
            task.cancel()
        self._held.clear()

    async def _run(self, message: Message, fail_code: int | None) -> None:
        delay_s = self.store.faults.status_delay_s
        await asyncio.sleep(delay_s)
        customer = self.store.customers.get(message.customer_id or "")
        code, details = (fail_code, None) if fail_code else self._refusal(message, customer)
        if code is not None:
            message.error = status_error(code, details)
            self.report(message, "failed")
            return
        self.report(message, "sent")
        if customer is None or message.type == "reaction":
            return  # only `sent` follows a reaction
        await asyncio.sleep(delay_s)
        if customer.online and message.status == "sent":
            await self._deliver(message, customer)

    def _refusal(
        self, message: Message, customer: Customer | None
    ) -> tuple[int | None, str | None]:
        """Why it will not arrive; (None, None) when it will."""
        if customer is None or customer.blocked:
            return 131026, None
        if message.outside_window:
            return 131047, None
        if message.category == "marketing" and customer.stopped_marketing:
            return 131050, None
        problem = message.content.get("_problem")
        return (131053, str(problem)) if problem else (None, None)

    async def _deliver(self, message: Message, customer: Customer) -> None:
        reads = customer.read_receipts and self.hub.chat_is_open(customer.id)
        skip = self.store.faults.skip_delivered
        if skip is None:
            skip = reads and _random.random() < SKIP_DELIVERED_SHARE
        if not (skip and reads):
            self.report(message, "delivered")
            if reads:
                await asyncio.sleep(self.store.faults.status_delay_s)
        if reads and message.status in {"sent", "delivered"}:
            self.report(message, "read")

    def came_online(self, customer: Customer) -> None:
        """The phone is switched on: what waited arrives."""
        for message in self._waiting(customer, {"sent"}):
            self.report(message, "delivered")

    def read_chat(self, customer: Customer, up_to: str | None = None, force: bool = False) -> int:
        """The customer looks at the chat: what arrived is read. How many messages that were.

        `force` reads also what was not delivered yet: then `delivered` never comes.
        """
        if not customer.read_receipts:
            return 0
        states = {"delivered", "sent"} if force else {"delivered"}
        count = 0
        for message in self._waiting(customer, states):
            self.report(message, "read")
            count += 1
            if message.wamid == up_to:
                break
        return count

    def _waiting(self, customer: Customer, states: set[str]) -> list[Message]:
        return [
            message
            for message in self.store.chat(customer.id)
            if message.direction == "outbound"
            and message.status in states
            and message.type != "reaction"
        ]

    def report(self, message: Message, status: str) -> None:
        """Take `status` over and send it, or hold it back."""
        if status == "failed" or RANK[status] > RANK.get(message.status, -1):
            message.status = status
        self.store.touch()
        if message.customer_id and on_phone(message):
            self.hub.publish(
                {"type": "message", "message": message_json(self.store, message)},
                message.customer_id,
            )
        if self.store.faults.hold_statuses:
            self._held.append((message, status))
        else:
            self._send(message, status)

    def release_held(self) -> int:
        """Send the statuses held back; how many."""
        held, self._held = self._held, []
        if self.store.faults.shuffle:
            _random.shuffle(held)
        for message, status in held:
            self._send(message, status)
        return len(held)

    @property
    def held(self) -> int:
        """How many statuses are held back."""
        return len(self._held)

    def _send(self, message: Message, status: str) -> None:
        if self.store.faults.no_statuses:
            return
        customer = self.store.customers.get(message.customer_id or "")
        errors = [message.error] if status == "failed" and message.error else []
        change = wire.status_change(self.store, message, customer, status, errors)
        note = f"…{message.wamid[-10:-4]}"
        if errors:
            note += f" · {errors[0]['code']}"
        self.deliverer.send_changes([change], f"statuses.{status}", note)
