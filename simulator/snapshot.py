"""The state on disk: one JSON file, replaced as a whole, so a crash leaves the one before."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from simulator.state import State

_REST_S = 0.5
_SHARE = 20  # writing takes at most a twentieth of the time, however large the state grows


def load(folder: Path) -> State | None:
    """The state kept in `folder`; None when there is none or it cannot be read any more."""
    try:
        return msgspec.json.decode((folder / "state.json").read_bytes(), type=State)
    except (OSError, msgspec.DecodeError):
        return None


def save(folder: Path, state: State) -> None:
    """Write `state` to `folder`, all or nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / "state.json.new"
    fresh.write_bytes(msgspec.json.encode(state))
    os.replace(fresh, folder / "state.json")


class Keeper:
    """Saves soon after `touch`, but not for every change."""

    def __init__(self, folder: Path, state: Callable[[], State]) -> None:
        self._folder = folder
        self._state = state
        self._dirty = False
        self._task: asyncio.Task[None] | None = None

    def touch(self) -> None:
        """Something changed; save it soon."""
        self._dirty = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        rest = _REST_S
        while self._dirty:
            await asyncio.sleep(rest)
            begun = time.perf_counter()
            self.flush()
            rest = max(_REST_S, _SHARE * (time.perf_counter() - begun))

    def flush(self) -> None:
        """Save now if anything changed."""
        if self._dirty:
            self._dirty = False
            save(self._folder, self._state())
