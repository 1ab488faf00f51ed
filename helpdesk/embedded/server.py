"""What PostgreSQL and Redis have in common as embedded servers."""

import abc
import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import IO

from helpdesk.embedded import locations
from helpdesk.embedded.errors import EmbeddedError

NEEDED_DISK_BYTES = 200 * 1024 * 1024
START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 8.0
# Who is not there refuses at once; a server on a busy machine must not be taken for dead.
ANSWER_TIMEOUT_S = 10


class Server(abc.ABC):
    """One embedded server of a data directory; listens on a UNIX socket only.

    `prepare()`, then `start()` (or `command()` for a supervisor that starts it itself), then
    `wait_until_ready()`. `durable=False` trades safety against power cuts for speed, for tests.
    """

    name: str
    stop_signal = signal.SIGTERM

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self.data_dir = data_dir.resolve()
        self.durable = durable
        self.process: subprocess.Popen[bytes] | None = None

    @abc.abstractmethod
    def program(self) -> Path:
        """The server's executable inside its wheel; EmbeddedError when there is none."""

    @abc.abstractmethod
    def command(self) -> list[str]:
        """The command line that runs the server in the foreground, dying with this process."""

    @abc.abstractmethod
    def answers(self) -> bool:
        """Whether the server accepts connections and can work."""

    @abc.abstractmethod
    def prepare(self) -> None:
        """Make what the first start needs and clear away what a crash left. Idempotent."""

    def after_start(self) -> None:  # noqa: B027 (most have nothing left to do)
        """What is left to do once the server answers."""

    def start(self, output: IO[bytes] | int = subprocess.DEVNULL) -> None:
        """Start the prepared server as a child of this process; does not wait."""
        self.process = subprocess.Popen(  # noqa: S603 (our own command line)
            self.command(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=self.environment(),
        )

    def environment(self) -> dict[str, str]:
        """The server's environment: ours without what would steer PostgreSQL by accident."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return {**kept, "LC_ALL": "C", "TZ": "UTC"}

    def wait_until_ready(self, timeout_s: float = START_TIMEOUT_S) -> None:
        """Return when the server answers; EmbeddedError when it ends or takes too long."""
        deadline = time.monotonic() + timeout_s
        while not self.answers():
            if self.process is not None and self.process.poll() is not None:
                raise EmbeddedError(
                    f"The embedded {self.name} ended right after its start "
                    f"(exit status {self.process.returncode}); its log says why."
                )
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"The embedded {self.name} did not answer in {timeout_s:.0f} s."
                )
            time.sleep(0.02)
        self.after_start()

    def stop(self) -> None:
        """Stop the child started by `start()`, by force when it does not listen."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None


def wheel_file(package: str, wheel: str, *parts: str) -> Path:
    """The file `parts` of an installed wheel; EmbeddedError with the way out when it is missing."""
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations if spec else None) or ():
        candidate = Path(folder).joinpath(*parts)
        if os.access(candidate, os.X_OK):
            return candidate
    raise EmbeddedError(
        f"The package {wheel} is not installed or has no program for this platform; "
        "install it or set DATABASE_URL and REDIS_URL to servers of your own."
    )


def prepare_data_dir(data_dir: Path) -> None:
    """Create the data and socket directories (mode 700) and see that there is room to work in."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedError(
            f"The data directory {data_dir} cannot be made: {error.strerror}."
        ) from error
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise EmbeddedError(
            f"The data directory {data_dir} belongs to another user; "
            "choose another with HELPDESK_DATA_DIR."
        )
    free = shutil.disk_usage(data_dir).free
    if free < NEEDED_DISK_BYTES:
        raise EmbeddedError(
            f"The disk of {data_dir} is full: {free // 2**20} MB are free, "
            f"{NEEDED_DISK_BYTES // 2**20} MB are needed."
        )
    sockets = locations.socket_dir(data_dir)
    sockets.mkdir(mode=0o700, exist_ok=True)
    status = sockets.lstat()
    # The short directory lies in a folder everyone may write to: do not trust a stranger's.
    if sockets.is_symlink() or status.st_uid != os.geteuid():
        raise EmbeddedError(f"The socket directory {sockets} belongs to another user; remove it.")
    sockets.chmod(0o700)


def remove_socket_dir(data_dir: Path) -> None:
    """Remove the socket directory after both servers stopped."""
    shutil.rmtree(locations.socket_dir(data_dir), ignore_errors=True)


def end_orphan(pid: int, marker: str, stop_signal: signal.Signals) -> None:
    """End a server that lost its parent, if `pid` is ours: `marker` is in its command line."""
    for number in (stop_signal, signal.SIGKILL):
        if marker not in command_line(pid):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while marker in command_line(pid) and time.monotonic() < deadline:
            time.sleep(0.05)


def command_line(pid: int) -> str:
    """The command line of a process, empty when it is gone (or a zombie)."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            return ""
    command = ["/bin/ps", "-o", "command=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603
