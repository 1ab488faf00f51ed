"""Moves the threads of replaced numbers and kills itself: `python -m … STEP`, two to a chunk."""

import os
import signal
import sys
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
django.setup()

from conversations.services import replace_number  # noqa: E402

# step → function of `replace_number`, whether before or after, at which call.
STEPS: dict[str, tuple[str, str, int]] = {
    "before the first chunk": ("_move_chunk", "before", 1),
    "with the rows locked": ("_move", "before", 1),
    "within the first chunk": ("_block_queued", "after", 1),
    "before the first commit": ("_move", "after", 1),
    "after the first chunk": ("_move_chunk", "after", 1),
    "within the second chunk": ("_block_queued", "before", 2),
}


def dying(name: str, when: str, call: int) -> Any:
    real, calls = getattr(replace_number, name), 0

    def wrapper(*args: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*args)
        if calls == call and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return wrapper


if __name__ == "__main__":
    function, moment, which = STEPS[sys.argv[1]]
    setattr(replace_number, function, dying(function, moment, which))
    replace_number.CHUNK = 2
    replace_number.move_threads(100)
