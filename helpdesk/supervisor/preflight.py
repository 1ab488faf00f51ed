"""What is checked before anything starts; each failure is one sentence for a person to act on."""

import errno
import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from helpdesk.embedded import locations, runtime
from helpdesk.environment import Environment

OLDEST_PYTHON = (3, 11)


class CannotStart(Exception):
    """`str(error)` is the sentence."""


@dataclass(frozen=True)
class Plan:
    """What this start is to run, read from the environment once."""

    project_dir: Path
    data_dir: Path
    port: int
    simulator_port: int
    with_simulator: bool
    with_demo: bool
    embedded: frozenset[str]

    def environment(self) -> dict[str, str]:
        """The environment of every child."""
        programs = str(Path(sys.executable).parent)
        return {
            **os.environ,
            "PATH": os.pathsep.join([programs, os.environ.get("PATH", os.defpath)]),
            "PYTHONUNBUFFERED": "1",
            # On a laptop the superuser may run Celery; it would say otherwise at every start.
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
            # Five processes would each check the settings that `make check` checks.
            "CELERY_SKIP_CHECKS": "true",
            "HELPDESK_DATA_DIR": str(self.data_dir),
            "PORT": str(self.port),
            "SIMULATOR_PORT": str(self.simulator_port),
        }


def plan(project_dir: Path = locations.PROJECT_DIR) -> Plan:
    """Read the environment; `ImproperlyConfigured` names what is wrong in it."""
    env = Environment()
    return Plan(
        project_dir=project_dir,
        data_dir=Path(env.text("HELPDESK_DATA_DIR", str(locations.PROJECT_DIR / "var"))).resolve(),
        port=env.number("PORT", 8000, 1, 65535),
        simulator_port=env.number("SIMULATOR_PORT", 8001, 1, 65535),
        with_simulator=not env.text("WHATSAPP_GRAPH_URL", ""),
        with_demo=env.flag("DEBUG", default=True),
        embedded=runtime.unconfigured(),
    )


def check(what: Plan) -> None:
    """Raise CannotStart when the start is bound to fail."""
    if sys.version_info < OLDEST_PYTHON:
        raise CannotStart(
            f"Python {sys.version_info.major}.{sys.version_info.minor} is too old: "
            "the helpdesk needs Python 3.11 or newer."
        )
    check_port("PORT", what.port)
    if what.with_simulator:
        if what.simulator_port == what.port:
            raise CannotStart("PORT and SIMULATOR_PORT are the same; choose two.")
        check_port("SIMULATOR_PORT", what.simulator_port)


def check_port(name: str, port: int) -> None:
    """Raise CannotStart when nobody may listen on `port` of 127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError as error:
            why = (
                "is taken"
                if error.errno == errno.EADDRINUSE
                else f"cannot be used ({error.strerror})"
            )
            raise CannotStart(
                f"Port {port} {why}; end what uses it or choose another with {name}=…"
            ) from error
