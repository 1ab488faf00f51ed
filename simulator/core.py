"""What all parts of the simulator share: settings, state, clock, faults, people, webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path

from simulator import payloads
from simulator.bus import Bus
from simulator.clock import Clock
from simulator.faults import Faults
from simulator.people import People
from simulator.settings import Settings
from simulator.snapshot import Keeper
from simulator.state import BusinessNumber, Customer, Json, SimMessage, State
from simulator.webhooks import Delivery, Webhooks


@dataclass
class Core:
    """The parts, put together once by `Engine`."""

    settings: Settings
    state: State
    clock: Clock
    faults: Faults
    bus: Bus
    people: People
    webhooks: Webhooks
    keeper: Keeper
    chats: dict[str, list[SimMessage]] = field(default_factory=dict)
    open_chats: dict[str, int] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def media_dir(self) -> Path:
        """Where the bytes of files lie, each under its id."""
        return self.settings.data_dir / "media"

    def number(self, number_id: str = "") -> BusinessNumber:
        """A business number; the first one unless told which. KeyError."""
        return self.state.numbers[number_id or self.settings.phone_number_id]

    def customer_of(self, message: SimMessage) -> Customer | None:
        """The customer of that message, if there is one."""
        return self.state.customers.get(message.customer_id)

    def remember(self, message: SimMessage) -> None:
        """Put a new message into its chat."""
        self.state.messages[message.wamid] = message
        if message.customer_id:
            self.chats.setdefault(message.customer_id, []).append(message)
        self.keeper.touch()

    def announce(self, message: SimMessage) -> None:
        """Show a message on the phones, new or changed."""
        event = {"type": "message", "message": message_json(message)}
        self.bus.publish(event, message.customer_id)
        self.keeper.touch()

    def set_status(self, message: SimMessage, status: str) -> None:
        """Change what the ticks show."""
        message.status = status
        event = {
            "type": "status",
            "wamid": message.wamid,
            "status": status,
            "customer_id": message.customer_id,
        }
        self.bus.publish(event, message.customer_id)
        self.keeper.touch()

    def deliver(
        self, value: Json, what: str, customer_id: str = "", *, field: str = "messages"
    ) -> Delivery:
        """Queue a webhook with one change."""
        payload = payloads.envelope(self.settings.business_account_id, value, field)
        self.keeper.touch()
        return self.webhooks.submit(payload, what, customer_id)

    def spawn(self, work: Coroutine[object, object, None]) -> None:
        """Run `work` beside everything else until it ends or the simulator does."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def cancel_tasks(self) -> None:
        """End all that `spawn` started."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


def message_json(message: SimMessage) -> Json:
    """A message as events, controls and the phone show it (`at` as ISO text)."""
    return {
        "id": message.wamid,
        "wamid": message.wamid,
        "customer_id": message.customer_id,
        "direction": message.direction,
        "type": message.type,
        "payload": message.payload,
        "text": message.text,
        "at": message.at.isoformat(),
        "status": message.status,
        "phone_number_id": message.phone_number_id,
        "context_wamid": message.context_wamid,
        "reactions": message.reactions,
        "biz_opaque_callback_data": message.biz_opaque_callback_data,
        "rendered": message.rendered,
        "errors": message.errors,
    }
