"""What the chain is made of, byte for byte. `docs/consent-ledger.md` says it for other programs.

Changing anything here makes every ledger that exists look broken: add a version instead.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

VERSION = 1
# What the first record follows.
BEGINNING = "0" * 64


def canonical(values: Mapping[str, object]) -> str:
    """JSON with sorted keys, no blanks, and characters as they are."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def moment(at: datetime) -> str:
    """UTC with microseconds: "2026-11-22T10:14:00.000000Z"."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def digest(text: str) -> str:
    """SHA-256 of the text's UTF-8, as 64 lower-case hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def link_hash(previous_hash: str, sequence: int, content: str) -> str:
    """A record's hash; the trigger of migration 0003 computes the same."""
    return digest(f"{previous_hash}\n{sequence}\n{content}")
