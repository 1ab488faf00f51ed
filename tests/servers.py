"""Real PostgreSQL and Redis for a test run, its own ones, gone when it ends.

The controlling process makes one temporary directory and starts one PostgreSQL in it; pytest-django
gives each xdist worker its own database there. Every worker starts a Redis of its own, since Redis
databases share their publish/subscribe channels. `DATABASE_URL` or `REDIS_URL` in the environment
lead to other servers; then nothing is started instead of them.
"""

import atexit
import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO

from helpdesk.embedded import locations
from helpdesk.embedded.postgres import Postgres
from helpdesk.embedded.redis import Redis
from helpdesk.embedded.server import Server

TEMPORARY_PREFIX = "helpdesk-tests-"
RUN_DIR = "HELPDESK_TEST_RUN_DIR"
OWN_POSTGRES = "HELPDESK_TEST_OWN_POSTGRES"
OWN_REDIS = "HELPDESK_TEST_OWN_REDIS"

# Whatever the developer's shell says, tests see this. Nothing listens on port 9 of the last
# loopback address: a test that talks to Meta without saying so fails at once.
ENVIRONMENT = {
    "DEBUG": "true",
    "SECRET_KEY": "test-secret-key-that-is-long-enough-for-nobody-to-complain-0123456789",
    "ALLOWED_HOSTS": "*",
    "WHATSAPP_GRAPH_URL": "http://127.255.255.254:9",
    "WHATSAPP_APP_SECRET": "development-app-secret",
    "WHATSAPP_VERIFY_TOKEN": "development-verify-token",
    "WHATSAPP_ACCESS_TOKEN": "development-access-token",
    "WHATSAPP_PHONE_NUMBER_ID": "106853218861309",
    "WHATSAPP_BUSINESS_ACCOUNT_ID": "104996122399160",
}
UNSET = (
    *("CELERY_BROKER_URL", "CSRF_TRUSTED_ORIGINS", "PORT", "SENTRY_DSN", "SIMULATOR_PORT"),
    "WHATSAPP_API_VERSION",
)


def worker_number() -> int:
    """0 without xdist (or in its controlling process), 1, 2, … in its workers."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw")) + 1


def is_controller() -> bool:
    """Whether this process runs the session, not just a share of the tests."""
    return "PYTEST_XDIST_WORKER" not in os.environ


def run_dir() -> Path:
    """The temporary directory of this whole test run."""
    return Path(os.environ[RUN_DIR])


def worker_dir() -> Path:
    """The data directory of this worker: its Redis, its media."""
    return run_dir() / f"w{worker_number()}"


def set_up_environment() -> None:
    """Fill `os.environ` for the settings; starts nothing."""
    if is_controller() and RUN_DIR not in os.environ:
        os.environ[RUN_DIR] = tempfile.mkdtemp(prefix=TEMPORARY_PREFIX)
        # Also when pytest ends before it is configured: --version, a wrong option.
        atexit.register(shutil.rmtree, os.environ[RUN_DIR], ignore_errors=True)
        os.environ[OWN_POSTGRES] = "" if os.environ.get("DATABASE_URL") else "1"
        os.environ[OWN_REDIS] = "" if os.environ.get("REDIS_URL") else "1"
        for name in (*UNSET, *ENVIRONMENT):
            os.environ.pop(name, None)
            os.environ.pop(f"{name}_FILE", None)
        os.environ.update(ENVIRONMENT)
        # pytest's own temporary files go the same way.
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", os.environ[RUN_DIR])
    if os.environ[OWN_POSTGRES]:
        os.environ["DATABASE_URL"] = locations.database_url(run_dir())
    if os.environ[OWN_REDIS]:
        os.environ["REDIS_URL"] = locations.redis_url(worker_dir())
    else:
        base = os.environ["REDIS_URL"].rstrip("/").removesuffix("/0")
        os.environ["REDIS_URL"] = f"{base}/{worker_number()}"
    os.environ["HELPDESK_DATA_DIR"] = str(worker_dir())


class TestRun:
    """The servers this process started, and what it has to clear away."""

    __test__ = False

    def __init__(self) -> None:
        self.servers: list[Server] = []
        self.lock: IO[bytes] | None = None

    def start(self) -> None:
        """Start what this process owns; returns when it answers."""
        if is_controller():
            self.lock = (run_dir() / "lock").open("wb")
            fcntl.flock(self.lock, fcntl.LOCK_EX)
            clear_away_dead_runs()
        if is_controller() and os.environ[OWN_POSTGRES]:
            self.servers.append(Postgres(run_dir(), durable=False))
        if os.environ[OWN_REDIS]:
            self.servers.append(Redis(worker_dir(), durable=False))
        for server in self.servers:
            server.prepare()
            with (server.data_dir / f"{server.name}.log").open("ab") as log:
                server.start(log)
        for server in self.servers:
            server.wait_until_ready()

    def stop(self) -> None:
        """Stop what was started; the controlling process removes the directory of the run."""
        for server in reversed(self.servers):
            server.stop()
        self.servers.clear()
        if is_controller():
            remove_run_dir(run_dir())
        if self.lock is not None:
            self.lock.close()


def remove_run_dir(folder: Path) -> None:
    """Remove a run's directory and the socket directories that had to lie outside of it."""
    for data_dir in (folder, *folder.glob("*")):
        sockets = locations.socket_dir(data_dir)
        if folder not in sockets.parents:
            shutil.rmtree(sockets, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def clear_away_dead_runs() -> None:
    """Remove directories of runs that were killed: those whose lock nobody holds."""
    for lock_file in Path(tempfile.gettempdir()).glob(f"{TEMPORARY_PREFIX}*/lock"):
        with contextlib.suppress(OSError), lock_file.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove_run_dir(lock_file.parent)
