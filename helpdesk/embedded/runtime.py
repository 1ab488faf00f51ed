"""Make sure the embedded servers run while this process needs them.

Whoever needs them holds a shared lock on one file for as long as it lives; the kernel is the
reference count, so a killed process cannot be forgotten. Who finds no servers starts a keeper,
which ends when it gets that lock for itself. A running `make run` (the supervisor) owns the
servers instead; it holds a lock of its own, and then nobody else starts any.
"""

import atexit
import fcntl
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from helpdesk.embedded import locations
from helpdesk.embedded.errors import EmbeddedError
from helpdesk.embedded.postgres import Postgres
from helpdesk.embedded.redis import Redis
from helpdesk.embedded.server import Server, prepare_data_dir

USERS_LOCK = "users.lock"
START_LOCK = "start.lock"
SUPERVISOR_LOCK = "supervisor.lock"

KINDS: dict[str, type[Server]] = {"postgres": Postgres, "redis": Redis}
URL_NAMES = {"postgres": "DATABASE_URL", "redis": "REDIS_URL"}

SUPERVISOR_PATIENCE_S = 40.0
# The keeper says at once that it stops when nobody else needs it.
GOODBYE_S = 0.5
STOP_PATIENCE_S = 20.0


@contextmanager
def open_lock(data_dir: Path, name: str) -> Iterator[IO[bytes]]:
    """The open lock file `name`, not locked yet; closing releases it."""
    folder = data_dir / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("ab") as file:
        yield file


def try_lock(file: IO[bytes], operation: int = fcntl.LOCK_EX) -> bool:
    """Lock without waiting; whether it worked."""
    try:
        fcntl.flock(file, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def unconfigured() -> frozenset[str]:
    """The kinds of server the environment names no URL for: those that have to be embedded."""
    return frozenset(
        kind
        for kind, name in URL_NAMES.items()
        if not os.environ.get(name) and not os.environ.get(f"{name}_FILE")
    )


def servers_answer(data_dir: Path, kinds: Collection[str] = tuple(KINDS)) -> bool:
    """Whether the embedded servers of `data_dir` can be used now."""
    return all(KINDS[kind](data_dir).answers() for kind in kinds)


def supervisor_runs(data_dir: Path) -> bool:
    """Whether a `make run` owns the servers of `data_dir`."""
    with open_lock(data_dir, SUPERVISOR_LOCK) as file:
        return not try_lock(file, fcntl.LOCK_SH)


@contextmanager
def embedded_servers(data_dir: Path, kinds: Collection[str] = tuple(KINDS)) -> Iterator[None]:
    """PostgreSQL and Redis of `data_dir`, or those of `KINDS` named, run inside the `with` block.

    Raises EmbeddedError, one sentence, when they cannot.
    """
    data_dir = data_dir.resolve()
    prepare_data_dir(data_dir)
    keeper: subprocess.Popen[str] | None = None
    with open_lock(data_dir, USERS_LOCK) as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        with open_lock(data_dir, START_LOCK) as start:
            fcntl.flock(start, fcntl.LOCK_EX)
            if not servers_answer(data_dir, kinds):
                if supervisor_runs(data_dir):
                    wait_for_supervisor(data_dir, kinds)
                else:
                    keeper = start_keeper(data_dir, kinds)
        try:
            yield
        finally:
            fcntl.flock(users, fcntl.LOCK_UN)
            if keeper is not None:
                see_off(keeper)


def wait_for_supervisor(data_dir: Path, kinds: Collection[str]) -> None:
    """Wait while a `make run` starts, or restarts, its servers."""
    deadline = time.monotonic() + SUPERVISOR_PATIENCE_S
    while not servers_answer(data_dir, kinds):
        if time.monotonic() > deadline:
            raise EmbeddedError("A running `make run` has no PostgreSQL or Redis that answers.")
        time.sleep(0.1)


def start_keeper(data_dir: Path, kinds: Collection[str]) -> subprocess.Popen[str]:
    """Start the keeper in its own session (Ctrl-C is not for it); return when servers answer."""
    keeper = subprocess.Popen(  # noqa: S603 (our own command line)
        [sys.executable, "-m", "helpdesk.embedded.keeper", str(data_dir), *sorted(kinds)],
        cwd=locations.PROJECT_DIR,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        text=True,
    )
    answer = keeper.stdout.readline().strip() if keeper.stdout else ""
    if answer != "ready":
        keeper.wait()
        raise EmbeddedError(
            answer.removeprefix("error ")
            or f"The embedded servers did not start; see {data_dir / 'logs' / 'embedded.log'}."
        )
    return keeper


def see_off(keeper: subprocess.Popen[str]) -> None:
    """Wait for the servers to stop when we were the last user, so that nothing is left behind."""
    if keeper.stdout is None:
        return
    with keeper.stdout, selectors.DefaultSelector() as selector:
        selector.register(keeper.stdout, selectors.EVENT_READ)
        if selector.select(GOODBYE_S):
            try:
                keeper.wait(STOP_PATIENCE_S)
            except subprocess.TimeoutExpired:
                keeper.terminate()


def ensure_running(data_dir: Path, kinds: Collection[str] = tuple(KINDS)) -> None:
    """Have the servers of `data_dir` run until this process exits."""
    stack = ExitStack()
    atexit.register(stack.close)
    stack.enter_context(embedded_servers(data_dir, kinds))
