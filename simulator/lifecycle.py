"""What becomes of an accepted message: sent, delivered, read, or failed, each told by webhook."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Coroutine
from typing import Any

from simulator import wire
from simulator.delivery import Attempt, Deliverer
from simulator.errors import status_error
from simulator.hub import Hub
from simulator.models import RANK, Customer, Message
from simulator.store import Store
from simulator.view import message_json, on_phone

log = logging.getLogger("simulator.lifecycle")
SKIP_DELIVERED_SHARE = 0.25
_random = random.SystemRandom()
Json = dict[str, Any]
EARLY_S = 2.0
REORDER_S = 3.0
DAY_S = 86400.0


class Lifecycle:
    """Moves outbound messages on and reports it."""

    def __init__(self, store: Store, hub: Hub, deliverer: Deliverer) -> None:
        self.store = store
        self.hub = hub
        self.deliverer = deliverer
        self._tasks: set[asyncio.Task[None]] = set()
        self._held: list[tuple[Message, str]] = []

    def start(
        self, message: Message, fail_code: int | None = None, fail_after: str = "accepted"
    ) -> None:
        """The message was accepted; its fate takes its course in the background."""
        if not message.silent:
            self._spawn(self._run(message, fail_code, fail_after))

    async def start_early(
        self, message: Message, fail_code: int | None = None, fail_after: str = "accepted"
    ) -> None:
        """Like `start`; returns after the first status was taken by the helpdesk, or two seconds.

        Statuses that come before the answer to the send are nothing unusual.
        """
        if message.silent:
            return
        first: asyncio.Future[Attempt] = asyncio.get_running_loop().create_future()
        self._spawn(self._run(message, fail_code, fail_after, first))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EARLY_S):
                await first

    def tell_errors(self, message: Message, code: int) -> None:
        """A webhook with `value.errors` and nothing else, as some failures come."""
        error = status_error(code)
        parts = {"errors": [error]}
        change = {
            "value": wire.value(self.store, message.phone_number_id, **parts),
            "field": "messages",
        }
        self.deliverer.send_changes([change], "errors", str(code))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
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

    async def _run(
        self,
        message: Message,
        fail_code: int | None,
        fail_after: str,
        first: asyncio.Future[Attempt] | None = None,
    ) -> None:
        delay_s = self.store.faults.status_delay_s
        if first is None:
            await asyncio.sleep(delay_s)
        customer = self.store.customers.get(message.customer_id or "")
        code, details = self._refusal(message, customer)
        if fail_code is not None:
            code, details = fail_code, None
        else:
            fail_after = "accepted"
        if code is not None and fail_after == "accepted":
            message.error = status_error(code, details)
            self.report(message, "failed", first)
            return
        self.report(message, "sent", first)
        if customer is None or message.type == "reaction":
            return  # only `sent` follows a reaction
        await asyncio.sleep(delay_s)
        if code is None:
            if customer.online and message.status == "sent":
                await self._deliver(message, customer)
            return
        if fail_after == "delivered":
            self.report(message, "delivered")
            await asyncio.sleep(delay_s)
        message.error = status_error(code, details)
        self.report(message, "failed")

    def _refusal(
        self, message: Message, customer: Customer | None
    ) -> tuple[int | None, str | None]:
        """Why it will not arrive; (None, None) when it will."""
        if customer is None or customer.blocked:
            return 131026, None
        number = self.store.numbers.get(message.phone_number_id)
        if number is not None and customer.id in number.blocked:
            return 130403, None
        if number is not None and not self.store.account(number.waba_id).can_pay:
            return 131042, None
        if message.outside_window:
            return 131047, None
        if message.recipient_identity_key_hash not in (None, customer.identity_hash):
            return 137000, None
        if message.category == "marketing" and customer.stopped_marketing:
            return 131050, None
        if message.category == "marketing" and self._had_enough(message, customer):
            return 131049, None
        problem = message.content.get("_problem")
        return (131053, str(problem)) if problem else (None, None)

    def _had_enough(self, message: Message, customer: Customer) -> bool:
        """Whether the customer got as much marketing today as they may; Meta names no number."""
        limit = self.store.faults.marketing_per_day
        if limit is None:
            return False
        got = 0
        for each in self.store.chat(customer.id):
            if each.wamid == message.wamid:
                break  # what came after it does not count against it
            is_marketing = each.direction == "outbound" and each.category == "marketing"
            recent = each.timestamp > message.timestamp - DAY_S
            got += is_marketing and recent and each.status != "failed"
        return got >= limit

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
        """The phone is switched on: what waited arrives, unless it waited longer than its TTL."""
        now = self.store.clock.now()
        for message in self._waiting(customer, {"sent"}):
            if now - message.timestamp <= message.ttl_s:
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

    def report(
        self, message: Message, status: str, first: asyncio.Future[Attempt] | None = None
    ) -> None:
        """Take `status` over and send it, or hold it back. `first` is told of the delivery."""
        now = self.store.clock.now()
        message.events.append({"status": status, "at": now})
        if status in {"delivered", "read"} and not message.delivered_at:
            message.delivered_at = now
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
            self._send(message, status, first)

    def release_held(self) -> int:
        """Send the statuses held back; how many."""
        held, self._held = self._held, []
        if self.store.faults.shuffle:
            _random.shuffle(held)
        for message, status in held:
            self._send(message, status)
        return len(held)

    @property
    def open(self) -> int:
        """How many messages are between two statuses right now."""
        return len(self._tasks)

    @property
    def held(self) -> int:
        """How many statuses are held back."""
        return len(self._held)

    def _send(
        self, message: Message, status: str, first: asyncio.Future[Attempt] | None = None
    ) -> None:
        if self.store.faults.no_statuses or self._swallowed(message, status):
            if first is not None and not first.done():
                first.set_result(Attempt(None, 0, "swallowed"))
            return
        customer = self.store.customers.get(message.customer_id or "")
        errors = [message.error] if status == "failed" and message.error else []
        change = wire.status_change(self.store, message, customer, status, errors)
        note = f"…{message.wamid[-10:-4]}"
        if errors:
            note += f" · {errors[0]['code']}"
        key = f"{message.key} {status}" if message.key else ""
        chaos = self.store.chaos
        if chaos.on and key and first is None and chaos.strikes("status_reorder", key):
            self._spawn(self._send_late(change, f"statuses.{status}", note, key))
            return
        told = self.deliverer.send_changes([change], f"statuses.{status}", note, key=key)
        if first is not None:
            told.add_done_callback(lambda done: _pass_on(done, first))
        if chaos.on and key and chaos.strikes("status_duplicate", key):
            self._spawn(self._send_late(change, f"statuses.{status}", note, f"{key} again"))

    def _swallowed(self, message: Message, status: str) -> bool:
        """Whether chaos keeps this status to itself: never the last one of a message."""
        chaos = self.store.chaos
        if not chaos.on or not message.key:
            return False
        if chaos.strikes("status_silence", message.key):
            return True
        customer = self.store.customers.get(message.customer_id or "")
        if customer is None or not customer.online or message.type == "reaction":
            return False  # `sent` is all that comes
        which = "sent" if chaos.dice("which status", message.key) < 0.5 else "delivered"
        return status == which and chaos.strikes("status_drop", message.key)

    async def _send_late(self, change: Json, label: str, note: str, key: str) -> None:
        await asyncio.sleep(REORDER_S * self.store.chaos.dice("how late", key))
        self.deliverer.send_changes([change], label, note, key=key)


def _pass_on(done: asyncio.Future[Attempt], first: asyncio.Future[Attempt]) -> None:
    if not first.done():
        first.set_result(Attempt(None, 0, "forgotten") if done.cancelled() else done.result())
