"""The whole helpdesk as real processes, started by the same supervisor as `make run`.

The fixture `stack` (see `tests/conftest.py`) gives one to all tests that ask for it. They lie in
`tests/browser/` and `tests/processes/` and run in one xdist worker, one after the other. It has its
own PostgreSQL, Redis, data directory and ports.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg
import requests
from psycopg import sql

from helpdesk.embedded import launch, locations
from tests import servers

READY_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 15.0
Something = TypeVar("Something")


def free_port() -> int:
    """A TCP port of 127.0.0.1 nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(
    look: Callable[[], Something], timeout_s: float = 10.0, message: str = "it did not happen"
) -> Something:
    """What `look` returns once it is true; AssertionError with the last answer otherwise."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer = look()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"{message} within {timeout_s:g} s: {answer!r}"
        time.sleep(0.05)


@dataclass(frozen=True)
class Login:
    """A demo login as the supervisor prints it."""

    role: str
    email: str
    password: str


class SimulatorControl:
    """The `/control/` endpoints of the simulator."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.session = requests.Session()

    def post(self, name: str, /, **body: Any) -> Any:
        """`POST /control/NAME` with a JSON body; its JSON answer."""
        response = self.session.post(f"{self.base_url}/control/{name}", json=body, timeout=30)
        response.raise_for_status()
        return response.json()

    def get(self, name: str) -> Any:
        """`GET /control/NAME`; its JSON answer."""
        response = self.session.get(f"{self.base_url}/control/{name}", timeout=30)
        response.raise_for_status()
        return response.json()

    def inbound(self, sender: str, text: str, **more: Any) -> Any:
        """The customer with the phone number `sender` writes `text`."""
        return self.post("inbound", **{"from": sender, "type": "text", "text": text, **more})

    def outbox(self) -> list[dict[str, Any]]:
        """Every message the simulator accepted."""
        return list(self.get("outbox")["messages"])


class Stack:
    """A running helpdesk with its simulator."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.simulator_port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.simulator_url = f"http://127.0.0.1:{self.simulator_port}"
        self.simulator = SimulatorControl(self.simulator_url)
        self.log_path = folder / "supervisor.log"
        self.logins: list[Login] = []
        self.environment = {**self._environment(), **environment}
        self.process: subprocess.Popen[bytes] | None = None

    def _environment(self) -> dict[str, str]:
        unwanted = {"WHATSAPP_GRAPH_URL", "DJANGO_SETTINGS_MODULE", "MAKELEVEL", "ALLOWED_HOSTS"}
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in unwanted and not name.startswith("PYTEST_")
        }
        for name, own in (("DATABASE_URL", servers.OWN_POSTGRES), ("REDIS_URL", servers.OWN_REDIS)):
            if os.environ[own]:
                kept.pop(name, None)  # the supervisor starts its own
        if "DATABASE_URL" in kept:
            kept["DATABASE_URL"] = own_database(kept["DATABASE_URL"])
        return {
            **kept,
            "HELPDESK_DATA_DIR": str(self.folder / "var"),
            "PORT": str(self.port),
            "SIMULATOR_PORT": str(self.simulator_port),
        }

    def start(self) -> None:
        """Start the supervisor; returns when it says that all is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                launch.wrap(
                    [sys.executable, "-m", "helpdesk.supervisor"], death_signal=signal.SIGTERM
                ),
                cwd=locations.PROJECT_DIR,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + READY_TIMEOUT_S
        while "Ctrl-C ends everything" not in self.log():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"The helpdesk did not start:\n{self.log()[-6000:]}")
            time.sleep(0.1)
        self.logins = [
            Login(*words) for words in re.findall(r"^login +(\S+) +(\S+) +(\S+)", self.log(), re.M)
        ]
        ready = requests.get(f"{self.url}/readyz", timeout=10)
        if ready.status_code != requests.codes.ok:
            self.stop()
            raise RuntimeError(f"/readyz: {ready.status_code} {ready.text}\n{self.log()[-6000:]}")
        self.let_take_back(0)

    def let_take_back(self, seconds: int) -> None:
        """How long agents may take back what they send: no time, unless a test is about that."""
        code = (
            "from accounts.models import Agent, Preferences\n"
            "for agent in Agent.objects.all():\n"
            "    Preferences.objects.update_or_create(\n"
            f"        agent=agent, defaults={{'undo_send_s': {seconds}}})\n"
        )
        self.manage("shell", "-v", "0", "-c", code)

    def stop(self) -> None:
        """End everything."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def log(self) -> str:
        """What everything printed so far."""
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def manage(self, *arguments: str, stdin: str | None = None) -> str:
        """`manage.py ARGUMENTS` in this stack's environment; what it printed."""
        result = subprocess.run(
            [sys.executable, str(locations.PROJECT_DIR / "manage.py"), *arguments],
            cwd=locations.PROJECT_DIR,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def login(self, role: str = "admin") -> Login:
        """The first demo login of that role."""
        return next(login for login in self.logins if login.role == role)

    def api_token(self, email: str | None = None) -> str:
        """A REST token of that agent (the admin unless told otherwise)."""
        return self.manage("create_api_token", email or self.logins[0].email).strip()

    def pids(self, *words: str) -> list[int]:
        """The processes of this stack whose command line holds all `words`, oldest first.

        E.g. `pids("daphne")`, `pids("celery", "worker", "inbound")`, `pids("/postgres", "-D")`.
        """
        assert self.process is not None
        found = []
        for process in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                line = " ".join(process.cmdline())
                if all(word in line for word in words):
                    found.append((process.create_time(), process.pid))
        return [pid for _, pid in sorted(found)]

    def kill(self, *words: str, number: signal.Signals = signal.SIGKILL) -> list[int]:
        """Signal every process of `pids(*words)`; the supervisor starts killed ones again."""
        pids = self.pids(*words)
        assert pids, f"no process with {words}"
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        return pids

    def wait_until_ready(self, timeout_s: float = 30.0) -> None:
        """Wait until `/readyz` answers 200 (again)."""

        def ready() -> bool:
            with suppress(requests.RequestException):
                return requests.get(f"{self.url}/readyz", timeout=5).status_code == 200
            return False

        eventually(ready, timeout_s, "/readyz was not 200")


def own_database(url: str) -> str:
    """A database of this worker on the server somebody named by `DATABASE_URL`; its URL."""
    name = f"helpdesk_stack_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
