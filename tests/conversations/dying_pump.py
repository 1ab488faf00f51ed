"""A pump that kills itself at a named step: `python -m tests.conversations.dying_pump STEP`.

Its channel writes every message that reaches the wire into a file of its own first, as WhatsApp
would remember it; SIGKILL leaves no handler, no `finally` and no rollback of our own.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
django.setup()

from conversations.gateway import Accepted, SendOutcome  # noqa: E402
from conversations.models import Lane, Message  # noqa: E402
from conversations.services import claim, pump, settle  # noqa: E402
from tests.conversations.fakes import FakeGateway  # noqa: E402
from tests.processes_that_die import die, dying  # noqa: E402

# step → module, function, whether before or after, at which call.
STEPS = {
    "before the claim": (pump, "claim_due", "before", 1),
    "within the claim, rows locked": (claim, "_lock_heads", "after", 1),
    "within the claim, rows written": (claim, "_write_claimed", "after", 1),
    "after the claim's commit": (pump, "claim_due", "after", 1),
    "before the first settlement": (pump, "settle_all", "before", 1),
    "within a settlement, rows locked": (settle, "_lock", "after", 1),
    "within a settlement, rows written": (settle, "open_free_entries", "after", 1),
    "after a settlement's commit": (pump, "settle_all", "after", 1),
}
ON_THE_WIRE = ("before the request is written", "after the request is written")


class Wire(FakeGateway):
    def send(self, message: Message) -> SendOutcome:
        step = os.environ["DIE_AT"]
        if step == ON_THE_WIRE[0]:
            die()
        with Path(os.environ["WIRE"]).open("a", encoding="ascii") as wire:
            wire.write(f"{message.pk}\n")
        if step == ON_THE_WIRE[1]:
            die()
        return Accepted(f"wamid.{message.pk}")


if __name__ == "__main__":
    step = os.environ["DIE_AT"] = sys.argv[1]
    if step in STEPS:
        module, name, when, call = STEPS[step]
        setattr(module, name, dying(getattr(module, name), when, call))
    pump.Pump(Lane.REPLY, 3, Wire()).run()
