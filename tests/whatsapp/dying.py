"""Processes that kill themselves at a named step: `python -m tests.whatsapp.dying STEP` drains.

As an ASGI module (`tests.whatsapp.dying:application`) it is the webhook door that dies at the step
in `DIE_AT`. SIGKILL leaves no handler, no `finally` and no rollback of our own.
"""

import functools
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
django.setup()

from tests.whatsapp.door import django_stands_here  # noqa: E402
from whatsapp import ingest, items  # noqa: E402
from whatsapp.store import EventStore  # noqa: E402
from whatsapp.webhook import WebhookDoor  # noqa: E402

# step → module, function, whether before or after, at which call.
DRAIN_STEPS: dict[str, tuple[Any, str, str, int]] = {
    "before the claim": (ingest, "_claim", "before", 1),
    "after the claim": (ingest, "_claim", "after", 1),
    "before the first set": (ingest, "_do_set", "before", 1),
    "within a set": (items, "receive_messages", "after", 1),
    "after the first set": (ingest, "_do_set", "after", 1),
    "after the last set": (ingest, "_close", "before", 1),
    "before the commit": (ingest, "_close", "after", 1),
    "after the commit": (ingest, "_process", "after", 1),
}
WEB_STEPS = ("before the insert", "after the insert")


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


class DyingStore(EventStore):
    async def insert(self, body: bytes, *, is_bulk: bool = False) -> None:
        if os.environ.get("DIE_AT") == "before the insert":
            die()
        await super().insert(body, is_bulk=is_bulk)
        if os.environ.get("DIE_AT") == "after the insert":
            die()


application = WebhookDoor(django_stands_here)
application.store = DyingStore()

if __name__ == "__main__":
    module, name, when, call = DRAIN_STEPS[sys.argv[1]]
    setattr(module, name, dying(getattr(module, name), when, call))
    ingest.drain()
