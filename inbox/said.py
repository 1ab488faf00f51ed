"""What a browser may say over `/ws/inbox/`: small, typed, and not too often.

What is too long, not understood or too frequent is passed over: nothing here is worth an error.
"""

from __future__ import annotations

from time import monotonic
from typing import Literal
from uuid import UUID

import msgspec

# The longest there is has some 90 characters.
LONGEST = 200
BURST = 20
PER_SECOND = 4.0


class Looking(msgspec.Struct, tag="looking", forbid_unknown_fields=True):
    """This conversation is on screen and the page is in front; None: no more."""

    conversation: UUID | None


class Typing(msgspec.Struct, tag="typing", forbid_unknown_fields=True):
    conversation: UUID
    mode: Literal["reply", "note"]


class Active(msgspec.Struct, tag="active", forbid_unknown_fields=True):
    """A hand has moved."""


class Status(msgspec.Struct, tag="status", forbid_unknown_fields=True):
    """What the agent says of themselves."""

    status: Literal["online", "away"]


Said = Looking | Typing | Active | Status
_decoder: msgspec.json.Decoder[Said] = msgspec.json.Decoder(Said)


def understand(text: str | None) -> Said | None:
    """What was said, or None for what nobody here understands."""
    if not text or len(text) > LONGEST:
        return None
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None


class Throttle:
    """Lets `BURST` through at once and `PER_SECOND` after that."""

    def __init__(self) -> None:
        self._left = float(BURST)
        self._at = monotonic()

    def allows(self) -> bool:
        now = monotonic()
        self._left = min(BURST, self._left + (now - self._at) * PER_SECOND)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
