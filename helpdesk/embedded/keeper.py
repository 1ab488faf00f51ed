"""Keeps the embedded servers for `manage.py` processes, as long as one of them lives.

`python -m helpdesk.embedded.keeper DATA_DIR KIND…` is started by `runtime`. It prints `ready`, or
`error SENTENCE`; then waits for the last user to go (killed ones included, the kernel releases
their lock) and prints `stopping`.
"""

import fcntl
import signal
import sys
from pathlib import Path
from types import FrameType

from helpdesk.embedded.errors import EmbeddedError
from helpdesk.embedded.runtime import KINDS, USERS_LOCK, open_lock
from helpdesk.embedded.server import prepare_data_dir, remove_socket_dir


def say(line: str) -> None:
    """Tell the starter, who may be gone."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        sys.stdout = sys.stderr


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Turn a signal into an orderly end."""
    raise SystemExit(0)


def keep(data_dir: Path, kinds: list[str]) -> None:
    """Run the servers of these kinds until nobody holds the users' lock."""
    candidates = [KINDS[kind](data_dir) for kind in kinds]
    # Another keeper may run what its starter needed, which was less than what ours needs.
    servers = [server for server in candidates if not server.answers()]
    logs = data_dir / "logs"
    logs.mkdir(exist_ok=True)
    with (
        open_lock(data_dir, USERS_LOCK) as users,
        (logs / "embedded.log").open("wb") as log,
    ):
        try:
            for server in servers:
                server.prepare()
                server.start(log)
            for server in servers:
                server.wait_until_ready()
            say("ready")
            # Blocks until the last user is gone; who comes now waits until we are gone, too.
            fcntl.flock(users, fcntl.LOCK_EX)
            say("stopping")
        finally:
            for server in reversed(servers):
                server.stop()
            remove_socket_dir(data_dir)


def main() -> None:
    """Run the keeper; whatever goes wrong is told to the starter in one sentence."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, interrupt)
    data_dir = Path(sys.argv[1])
    try:
        prepare_data_dir(data_dir)
        keep(data_dir, sys.argv[2:])
    except EmbeddedError as error:
        say(f"error {error}")
        sys.exit(1)
    except OSError as error:
        say(f"error The embedded servers cannot run in {data_dir}: {error.strerror}.")
        sys.exit(1)


if __name__ == "__main__":
    main()
