"""The customer service window: 24 hours from the customer's last message, by WhatsApp's clock.

Source: reference section 10 ("starts and restarts on every user message").
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

WINDOW_LENGTH = timedelta(hours=24)
CLOSING_SOON = timedelta(hours=2)
CLOSING_NOW = timedelta(minutes=30)
# What could arrive after the window's end by WhatsApp's clock does not leave: clocks differ, and a
# request is on its way for a while. WhatsApp's times are whole seconds, rounded down, so our idea
# of the end is up to a second early as it is.
SAFETY_MARGIN = timedelta(seconds=3)


class WindowState(StrEnum):
    OPEN = "open"
    SOON = "soon"
    NOW = "now"
    CLOSED = "closed"


@dataclass(frozen=True)
class Window:
    """When free-form messages may leave. `expires_at` is None when the customer never wrote."""

    expires_at: datetime | None

    @classmethod
    def opened_by(cls, inbound_at: datetime) -> Window:
        """The window that a customer's message of `inbound_at` (aware) opens."""
        return cls(inbound_at + WINDOW_LENGTH)

    def extended_by(self, inbound_at: datetime) -> Window:
        """This window after one more inbound message; a late webhook never shortens it."""
        opened = Window.opened_by(inbound_at)
        if self.expires_at is None or opened.expires_at > self.expires_at:  # type: ignore[operator]
            return opened
        return self

    def is_open(self, now: datetime) -> bool:
        """Open up to, and not including, the second of expiry."""
        return self.expires_at is not None and now < self.expires_at

    def left(self, now: datetime) -> timedelta:
        """What is left; zero when closed."""
        if self.expires_at is None:
            return timedelta(0)
        return max(self.expires_at - now, timedelta(0))

    def state(self, now: datetime) -> WindowState:
        left = self.left(now)
        if left <= timedelta(0):
            return WindowState.CLOSED
        if left < CLOSING_NOW:
            return WindowState.NOW
        if left < CLOSING_SOON:
            return WindowState.SOON
        return WindowState.OPEN
