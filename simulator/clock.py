"""The simulator's own time: the real one plus an offset that tests and the phone may shift."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Aware UTC times; `offset` is added to the real time."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """The simulated present."""
        return datetime.now(UTC) + self.offset

    def advance(self, by: timedelta) -> None:
        """Move on (or back, when negative)."""
        self.offset += by

    def set(self, now: datetime) -> None:
        """Make `now` (aware) the present; time goes on from there."""
        self.offset = now - datetime.now(UTC)

    def as_json(self) -> dict[str, float | str]:
        """What `/control/clock` shows."""
        return {"now": self.now().isoformat(), "offset_s": self.offset.total_seconds()}
