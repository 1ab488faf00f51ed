"""The snapshot of the state on disk.

It is written whole, to a temporary file that then takes the old one's place, a moment after the
last change: a restart loses at most that moment. It is put together piece by piece between the
requests, because nobody waits for it: a record may be newer than its neighbour, never torn.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from simulator.models import Account, Customer, Media, Message, Number, Portfolio, Template
from simulator.store import Store

Json = dict[str, Any]
Record = Customer | Message | Media | Template | Number | Account | Portfolio
_FIELDS: dict[type, tuple[str, ...]] = {
    kind: tuple(each.name for each in fields(kind))
    for kind in (Customer, Message, Media, Template, Number, Account, Portfolio)
}
log = logging.getLogger("simulator.snapshot")
KEPT_MESSAGES = 4000  # in the snapshot; memory keeps all of this run
SAVE_AFTER_S = 1.0
PIECE = 100  # records written out before the event loop gets its turn


class Snapshot:
    """Reads and writes `state.json` of one store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.path = store.config.data_dir / "state.json"
        self._writing = threading.Lock()
        self._numbers = itertools.count(1)
        self._newest = 0

    def _sections(self) -> dict[str, Sequence[Record]]:
        """The records of the snapshot."""
        newest = list(itertools.islice(reversed(self.store.messages.values()), KEPT_MESSAGES))
        return {
            "customers": list(self.store.customers.values()),
            "messages": newest[::-1],
            "media": list(self.store.media.values()),
            "templates": list(self.store.templates.values()),
            "numbers": list(self.store.numbers.values()),
            "accounts": list(self.store.accounts.values()),
            "portfolios": list(self.store.portfolios.values()),
        }

    def _head(self) -> Json:
        """The rest of the snapshot."""
        collect = self.store.collect_pending
        return {
            "version": 1,
            "clock_offset_s": self.store.clock.offset_s,
            "free_tier_used": self.store.free_tier_used,
            "outside_window": self.store.outside_window,
            "pending": collect() if collect else self.store.pending,
        }

    def _pieces(self) -> Iterator[str]:
        """The snapshot as text, in pieces of `PIECE` records."""
        for name, records in self._sections().items():
            yield f'"{name}":['
            for start in range(0, len(records), PIECE):
                rows = [_dumps(_shallow(each)) for each in records[start : start + PIECE]]
                yield ("," if start else "") + ",".join(rows)
            yield "],"
        yield _dumps(self._head())[1:]

    def load(self) -> None:
        """Take over the snapshot of an earlier run; a broken one is set aside, never fatal."""
        try:
            state = json.loads(self.path.read_text(encoding="utf-8"))
            customers = [Customer(**each) for each in state["customers"]]
            messages = [Message(**each) for each in state["messages"]]
            media = [Media(**each) for each in state["media"]]
            templates = [Template(**each) for each in state["templates"]]
            numbers = [Number(**each) for each in state["numbers"]]
            accounts = [Account(**each) for each in state.get("accounts", [])]
            portfolios = [Portfolio(**each) for each in state.get("portfolios", [])]
            self.store.clock.offset_s = float(state["clock_offset_s"])
            self.store.outside_window = int(state["outside_window"])
            self.store.free_tier_used = dict(state["free_tier_used"])
            self.store.pending = list(state["pending"])
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("snapshot.unreadable error=%s", type(error).__name__)
            with contextlib.suppress(OSError):
                self.path.replace(self.path.with_suffix(".broken.json"))
            return
        self.store.customers = {each.id: each for each in customers}
        for customer in customers:
            self.store.index(customer)
        self.store.media = {each.id: each for each in media}
        self.store.templates = {each.id: each for each in templates}
        self.store.numbers |= {each.id: each for each in numbers}
        for number in self.store.numbers.values():
            number.waba_id = number.waba_id or self.store.config.waba_id
        self.store.accounts |= {each.id: each for each in accounts}
        self.store.portfolios |= {each.id: each for each in portfolios}
        for message in messages:
            self.store.add_message(message)
        log.info("snapshot.loaded messages=%d customers=%d", len(messages), len(customers))

    def save(self) -> None:
        """Write the snapshot now."""
        self._write("{" + "".join(self._pieces()), next(self._numbers))

    async def _save_in_pieces(self) -> float:
        """Write the snapshot while others work; the seconds it took of the event loop."""
        parts, busy, number = ["{"], 0.0, next(self._numbers)
        pieces = self._pieces()
        while True:
            began = time.perf_counter()
            piece = next(pieces, None)
            busy += time.perf_counter() - began
            if piece is None:
                break
            parts.append(piece)
            await asyncio.sleep(0)
        await asyncio.to_thread(self._write, "".join(parts), number)
        return busy

    def _write(self, text: str, number: int) -> None:
        with self._writing:
            if number < self._newest:
                return  # a later snapshot was faster
            self._newest = number
            self.path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self.path.with_suffix(".tmp")
            with temporary.open("w", encoding="utf-8", errors="replace") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path)

    async def keep_saved(self) -> None:
        """Save a moment after each change, and rarer when saving takes long. Runs for ever."""
        while True:
            await self.store.changed.wait()
            self.store.changed.clear()
            busy = 0.0
            try:
                busy = await self._save_in_pieces()
            except OSError as error:
                log.error("snapshot.failed errno=%s", error.errno)
            # at most five per cent of the time, however large the state grows
            await asyncio.sleep(max(SAVE_AFTER_S, 20 * busy))


def _dumps(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _shallow(record: Record) -> Json:
    """Like `dataclasses.asdict`, without copying what lies in the fields: ten times as fast.

    What comes out is turned into text at once.
    """
    return {name: getattr(record, name) for name in _FIELDS[type(record)]}
