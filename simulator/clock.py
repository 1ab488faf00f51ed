"""The simulator's own clock: real time plus a shift, so that a day passes at a click."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(slots=True)
class Clock:
    """Seconds since 1970 as the simulated WhatsApp sees them."""

    offset_s: float = 0.0

    def now(self) -> float:
        """Simulated time in Unix seconds."""
        return time.time() + self.offset_s

    def stamp(self) -> str:
        """Simulated time as webhooks write it: a string of whole Unix seconds."""
        return str(int(self.now()))

    def set_offset(self, seconds: float) -> None:
        """Make the present the real one plus `seconds`."""
        self.offset_s = seconds

    def advance(self, seconds: float) -> None:
        """Move on (or back, when negative) by `seconds`."""
        self.offset_s += seconds

    def set_now(self, moment: float) -> None:
        """Make `moment` (Unix seconds) the present; time goes on from there."""
        self.offset_s = moment - time.time()

    def as_json(self) -> dict[str, object]:
        """What `GET /control/clock` answers."""
        now = self.now()
        iso = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
        return {"now": iso, "timestamp": int(now), "offset_s": round(self.offset_s, 3)}


def moment_of(value: object) -> float:
    """Unix seconds of an ISO time (UTC unless it says otherwise) or of a number. ValueError."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    text = str(value)
    if text.isascii() and text.isdecimal():
        return float(text)
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
