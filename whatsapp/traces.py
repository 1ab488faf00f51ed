"""Where something failed: our own files, lines and functions, never what it was working on."""

from __future__ import annotations

import traceback
from pathlib import Path

_LONGEST = 4000
_HOUSE = Path(__file__).resolve().parent.parent


def trace_of(error: BaseException) -> str:
    """The chain of errors with the places in our code they went through.

    A traceback's own text would quote values: a database names the customer's words in its errors.
    """
    parts: list[str] = []
    current: BaseException | None = error
    while current is not None and len(parts) < 50:
        parts.append(f"{type(current).__module__}.{type(current).__qualname__}")
        parts += [
            f"  {_place(frame.filename)}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(current.__traceback__)
        ]
        current = current.__cause__
    return "\n".join(parts)[:_LONGEST]


def _place(filename: str) -> str:
    path = Path(filename)
    try:
        return str(path.resolve().relative_to(_HOUSE))
    except ValueError:
        return path.name
