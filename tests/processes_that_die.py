"""Killing oneself at a chosen call: no handler, no `finally`, no rollback of our own."""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Callable
from typing import Any


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying(function: Callable[..., Any], when: str, call: int) -> Callable[..., Any]:
    """`function`, in which the process dies before or after its `call`-th call."""
    calls = 0

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call and when == "before":
            die()
        result = function(*args, **kwargs)
        if calls == call and when == "after":
            die()
        return result

    return wrapper
