"""Workers killed at random points: `python -m tests.rights.dying_worker REQUEST SEED KILLS`.

One process stands by and forks a worker for each try. A worker counts what it says to PostgreSQL,
Redis and the storage, and kills itself before or after one of these acts, by the seed; SIGKILL
leaves no handler, no `finally` and no rollback of our own. After so many kills they may live.
Prints how many died.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
django.setup()

from django.core.files.base import File  # noqa: E402
from django.core.files.storage import FileSystemStorage  # noqa: E402
from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402
from django.db.backends.utils import CursorWrapper  # noqa: E402
from redis import Redis  # noqa: E402

from consent import export, tasks  # noqa: E402
from consent.models.data_request import DataRequest, RequestState  # noqa: E402
from conversations.services import erase  # noqa: E402
from tests.processes_that_die import die  # noqa: E402

ACTS: tuple[tuple[type, str], ...] = (
    (CursorWrapper, "execute"),
    (CursorWrapper, "executemany"),
    (BaseDatabaseWrapper, "_commit"),
    (FileSystemStorage, "delete"),
    (FileSystemStorage, "_save"),
    (Redis, "execute_command"),
)
# On average a worker comes so far.
MEAN_ACTS = 25
DONE, NOT_YET = 0, 3
TRIES = 600


class Fate:
    """Counts acts; at the one that was drawn the process ends."""

    def __init__(self, dice: random.Random) -> None:
        self.at = 1 + int(dice.expovariate(1 / MEAN_ACTS))
        self.before = dice.random() < 0.5
        self.acts = 0

    def meets(self, act: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            self.acts += 1
            mine = self.acts == self.at
            if mine and self.before:
                die()
            result = act(*args, **kwargs)
            if mine:
                die()
            return result

        return wrapper

    def meets_parts(self, parts: Callable[..., Iterator[bytes]]) -> Callable[..., Iterator[bytes]]:
        """A file that is written part by part: some parts are there and the rest is not."""

        def wrapper(*args: Any, **kwargs: Any) -> Iterator[bytes]:
            for part in parts(*args, **kwargs):
                yield part
                self.acts += 1
                if self.acts == self.at:
                    die()

        return wrapper


def work(request_id: str, dice: random.Random | None) -> None:
    """In the fork: as the worker does it, armed when there are dice."""
    erase._ROWS, erase._FILES, export.CHUNK = 7, 2, 512
    File.DEFAULT_CHUNK_SIZE = 512
    if dice is not None:
        fate = Fate(dice)
        for owner, name in ACTS:
            setattr(owner, name, fate.meets(getattr(owner, name)))
        File.chunks = fate.meets_parts(File.chunks)  # type: ignore[assignment, method-assign]
    tasks.run_request(request_id)
    state = DataRequest.objects.values_list("state", flat=True).get(pk=request_id)
    os._exit(DONE if state == RequestState.DONE else NOT_YET)


def main(request_id: str, seed: int, kills: int) -> int:
    """How many died until it was done."""
    dice = random.Random(seed)
    died = 0
    for _try in range(TRIES):
        armed = random.Random(dice.random()) if died < kills else None
        child = os.fork()
        if child == 0:
            work(request_id, armed)
        _pid, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            died += 1
        elif os.WEXITSTATUS(status) == DONE:
            return died
        elif os.WEXITSTATUS(status) != NOT_YET:
            raise SystemExit(f"a worker ended with {os.WEXITSTATUS(status)}")
        else:  # PostgreSQL has not noticed yet that the last one is dead
            time.sleep(0.05)
    raise SystemExit("it never came to its end")


if __name__ == "__main__":
    print("died", main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
