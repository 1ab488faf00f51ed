"""The answer to an accepted request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to a request that was accepted; `dropped` says that it never arrives."""

    body: dict[str, Any]
    note: str
    dropped: str = ""  # "close" or "hang"
    status: int = 200
