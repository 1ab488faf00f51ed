"""A temporary data directory with its own PostgreSQL and Redis, and the processes started in it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import requests

from helpdesk.embedded import launch, locations
from helpdesk.embedded.runtime import embedded_servers

PROJECT_DIR = locations.PROJECT_DIR
APP_SECRET = "development-app-secret"
PHONE_NUMBER_ID = "106853218861309"
WABA_ID = "104996122399160"
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")


def free_port() -> int:
    """A TCP port of 127.0.0.1 nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Place:
    """Where a benchmark happens: data directory, environment, processes."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.simulator_port = free_port()
        programs = str(Path(sys.executable).parent)
        kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        self.environment = {
            **kept,
            "PATH": os.pathsep.join([programs, kept.get("PATH", os.defpath)]),
            "HELPDESK_DATA_DIR": str(data_dir),
            "PORT": str(self.port),
            "SIMULATOR_PORT": str(self.simulator_port),
            "LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
            **environment,
        }
        self.log_path = data_dir / "benchmark.log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def simulator_url(self) -> str:
        return f"http://127.0.0.1:{self.simulator_port}"

    def database(self) -> psycopg.Connection:
        """A connection of our own, each statement its own transaction."""
        return psycopg.connect(locations.database_url(self.data_dir), autocommit=True)

    def run(self, *command: str, **environment: str) -> str:
        """Run `python COMMAND…` to its end; what it printed."""
        result = subprocess.run(
            [sys.executable, *command],
            cwd=PROJECT_DIR,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise RuntimeError(f"{command}: {result.stdout}{result.stderr}")
        return result.stdout

    def prepare(self, *arguments: str) -> Any:
        """What `benchmarks.prepare ARGUMENTS…` answers, as JSON."""
        return json.loads(self.run("-m", "benchmarks.prepare", *arguments).splitlines()[-1])

    @contextmanager
    def process(self, *command: str) -> Iterator[psutil.Process]:
        """A process for the length of the `with` block; it dies with us, whatever happens."""
        with self.log_path.open("ab") as log:
            child = subprocess.Popen(
                launch.wrap(list(command), death_signal=signal.SIGTERM),
                cwd=PROJECT_DIR,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield psutil.Process(child.pid)
        finally:
            child.terminate()
            try:
                child.wait(12)
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                child.wait()

    @contextmanager
    def make_run(self) -> Iterator[psutil.Process]:
        """All that `make run` starts, ready; the supervisor's process."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with self.process(sys.executable, "-m", "helpdesk.supervisor") as supervisor:
            self.wait_for(f"{self.url}/readyz", timeout_s=240)
            # The supervisor says so, with the demo logins, a moment later than we know.
            while "Ctrl-C ends everything." not in self.log_path.read_text(errors="replace"):
                time.sleep(0.1)
            yield supervisor

    def wait_for(self, url: str, timeout_s: float = 60.0) -> None:
        """Wait until `url` answers with something below 500."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            with suppress(requests.RequestException):
                if requests.get(url, timeout=2).status_code < 500:
                    return
            time.sleep(0.1)
        raise RuntimeError(f"{url} did not answer:\n{self.log_tail()}")

    def log_tail(self) -> str:
        return self.log_path.read_text(errors="replace")[-3000:] if self.log_path.exists() else ""


@contextmanager
def temporary_place(**environment: str) -> Iterator[Place]:
    """A place that is gone afterwards."""
    with tempfile.TemporaryDirectory(
        prefix="helpdesk-bench-", ignore_cleanup_errors=True
    ) as folder:
        yield Place(Path(folder) / "var", **environment)


@contextmanager
def place_with_servers() -> Iterator[Place]:
    """A place whose PostgreSQL (fsync on) and Redis run, migrated, with the business number."""
    with temporary_place() as place, embedded_servers(place.data_dir):
        place.run("manage.py", "migrate", "-v0")
        place.run("manage.py", "ensure_business_number")
        yield place


# How often rows are counted; closely when few are left, since what is measured ends with the last.
LOOK_EVERY_S, SOON_S, FEW = 0.05, 0.005, 100


class TookTooLong(RuntimeError):
    """What was waited for did not happen in time."""


def wait_until_zero(connection: psycopg.Connection, query: str, timeout_s: float) -> None:
    """Poll a `SELECT count(…)` until it is 0, closely when it soon is; TookTooLong."""
    _wait(connection, query, timeout_s, zero=True)


def wait_until_nonzero(connection: psycopg.Connection, query: str, timeout_s: float) -> None:
    """Poll a `SELECT count(…)` until it is more than 0; TookTooLong."""
    _wait(connection, query, timeout_s, zero=False)


def _wait(connection: psycopg.Connection, query: str, timeout_s: float, *, zero: bool) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        row = connection.execute(query.encode()).fetchone()
        assert row is not None
        if (row[0] == 0) == zero:
            return
        if time.monotonic() > deadline:
            raise TookTooLong(f"still {row[0]} after {timeout_s:g} s: {query}")
        time.sleep(SOON_S if zero and row[0] < FEW else LOOK_EVERY_S)
