"""The parts of one simulator, put together."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging

from starlette.requests import HTTPConnection

from simulator import people
from simulator.config import Config
from simulator.courier import Courier
from simulator.delivery import Deliverer
from simulator.hub import Hub
from simulator.lifecycle import Lifecycle
from simulator.limits import Limits
from simulator.snapshot import Snapshot
from simulator.store import Store

log = logging.getLogger("simulator.core")
CUSTOMERS_FILE = "customers.json"


class Simulator:
    """State, watchers, deliveries and limits of one simulated WhatsApp."""

    def __init__(self, config: Config, courier: Courier | None = None) -> None:
        self.config = config
        self.store = Store(config)
        self.snapshot = Snapshot(self.store)
        self.hub = Hub(self.store.clock)
        self.deliverer = Deliverer(self.store, self.hub, courier)
        self.lifecycle = Lifecycle(self.store, self.hub, self.deliverer)
        self.limits = Limits()
        self._saver: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take up the state of an earlier run and begin."""
        self.snapshot.load()
        self._invite()
        self._saver = asyncio.create_task(self.snapshot.keep_saved())
        await self.deliverer.start()
        self.lifecycle.resume()

    async def stop(self) -> None:
        """End all work and save."""
        await self.lifecycle.stop()
        await self.deliverer.stop()
        if self._saver is not None:
            self._saver.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._saver
        self.snapshot.save()

    def _invite(self) -> None:
        """The customers of the helpdesk's demo data, if it left them beside the snapshot."""
        try:
            text = (self.config.data_dir / CUSTOMERS_FILE).read_text(encoding="utf-8")
            people.introduce(self.store, json.loads(text)["customers"])
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError) as error:
            # A courtesy: the simulator works without them.
            log.warning("customers.unreadable error=%s", type(error).__name__)

    def reset(self) -> None:
        """Back to the presets; open phones reload."""
        self.lifecycle.forget()
        self.deliverer.forget()
        self.limits.clear()
        self.store.clear()
        self._invite()
        self.hub.entries.clear()
        self.hub.publish({"type": "reset"})


def simulator_of(connection: HTTPConnection) -> Simulator:
    """The simulator that serves this request."""
    found = connection.app.state.simulator
    assert isinstance(found, Simulator)
    return found
