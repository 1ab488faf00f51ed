"""`make run`'s supervisor, as a real process, over a small project of its own."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpdesk.embedded import locations
from helpdesk.supervisor import procfile

pytestmark = pytest.mark.processes

WEB = """
import http.server, os, subprocess, sys
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", os.getcwd()])
print("pids", os.getpid(), grandchild.pid)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()
    def log_message(self, *args): pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""
PHONE = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *args): pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["SIMULATOR_PORT"])), Handler).serve_forever()
"""
MANAGE = """
import sys
if "--demo" in sys.argv:
    print("login  admin  admin@example.org  secret")
    print("login  agent  agent@example.org  secret")
print("done", sys.argv[1])
"""

# Says that it migrated, and on later starts ends only once the web process answers.
MANAGE_AFTER_WEB = """
import os, pathlib, sys, time, urllib.request
import psycopg
sys.path.insert(0, {helpdesk!r})
from helpdesk.embedded import locations
data_dir = pathlib.Path(os.environ["HELPDESK_DATA_DIR"])
if not (data_dir / "set_up.stamp").exists():
    with psycopg.connect(locations.database_url(data_dir)) as connection:
        connection.execute("CREATE TABLE django_migrations (app text, name text)")
        connection.execute("INSERT INTO django_migrations VALUES ('a', '0001')")
    sys.exit(0)
deadline = time.monotonic() + 20
while time.monotonic() < deadline:
    try:
        urllib.request.urlopen("http://127.0.0.1:" + os.environ["PORT"] + "/readyz")
    except OSError:
        time.sleep(0.05)
    else:
        print("web came first")
        break
else:
    print("web did not come")
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def running(marker: str | Path) -> list[str]:
    """Command lines of processes that mention `marker`, zombies and ourselves aside."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            text = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if str(marker) in text and int(entry.parent.name) != os.getpid():
                found.append(text)
    return found


def pid_of(marker: str, *words: str) -> int:
    """The one process whose command line holds `marker` and `words`."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            text = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if marker in text and all(word in text for word in words):
                return int(entry.parent.name)
    raise AssertionError(f"no process {words}")


class Run:
    """A started supervisor and what it printed."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.port = free_port()
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "REDIS_URL", "WHATSAPP_GRAPH_URL", "MAKELEVEL")
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "helpdesk.supervisor", str(folder)],
            cwd=locations.PROJECT_DIR,
            env={
                **inherited,
                "HELPDESK_DATA_DIR": str(folder / "var"),
                "PORT": str(self.port),
                "SIMULATOR_PORT": str(free_port()),
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def close(self) -> None:
        """Read the rest of the output and let go of the pipe."""
        self.reader.join(5)
        assert self.process.stdout is not None
        self.process.stdout.close()

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def wait_for(self, pattern: str, times: int = 1, timeout_s: float = 30) -> list[str]:
        """Wait until `pattern` was printed `times` times; all it matched."""

        def printed() -> list[str]:
            return re.findall(pattern, self.output)

        wait_until(lambda: len(printed()) >= times, timeout_s, lambda: self.output)
        return printed()

    def end(self, number: signal.Signals) -> float:
        """Send the signal; the seconds it took to end."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(15)
        took_s = time.monotonic() - began
        self.close()
        return took_s


def wait_until(
    true: Callable[[], bool], timeout_s: float = 15, why: Callable[[], str] = lambda: ""
) -> None:
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, why()
        time.sleep(0.05)


@pytest.fixture
def project() -> Iterator[Path]:
    """A folder with a Procfile, in a `mkdtemp` folder (mode 700)."""
    folder = Path(tempfile.mkdtemp(prefix="helpdesk-supervisor-"))
    (folder / "web.py").write_text(WEB)
    (folder / "phone.py").write_text(PHONE)
    (folder / "manage.py").write_text(MANAGE)
    (folder / "Procfile").write_text("web: python web.py ${MISSING:-marker}\n")
    (folder / "Procfile.local").write_text("simulator: python phone.py\n")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def start(project: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def starter(**environment: str) -> Run:
        runs.append(Run(project, **environment))
        return runs[-1]

    yield starter
    for run in runs:
        if run.process.poll() is None:
            run.end(signal.SIGTERM)
        run.close()
    wait_until(lambda: not running(project), why=lambda: str(running(project)))


def test_it_starts_everything_and_prints_each_login_once_with_the_admin_first(start, project):
    run = start()
    run.wait_for("Ctrl-C ends everything")

    assert [line for line in run.lines if line.startswith("login")] == [
        "login  admin  admin@example.org  secret",
        "login  agent  agent@example.org  secret",
    ]
    assert f"http://127.0.0.1:{run.port}/" in run.output
    assert "\033" not in run.output
    assert any("redis-server" in line for line in running(project))
    assert any("/postgres -D" in line for line in running(project))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_within_ten_seconds_grandchildren_too(start, project, number):
    run = start()
    run.wait_for("Ctrl-C ends everything")

    assert run.end(number) < 10
    assert run.process.returncode == 0
    wait_until(lambda: not running(project), why=lambda: str(running(project)))


def test_even_a_killed_supervisor_leaves_nothing_running(start, project):
    run = start()
    run.wait_for("Ctrl-C ends everything")

    run.end(signal.SIGKILL)

    wait_until(
        lambda: not [line for line in running(project) if "time.sleep" not in line],
        why=lambda: str(running(project)),
    )
    os.kill(int(run.wait_for(r"pids \d+ (\d+)")[0]), signal.SIGKILL)


def test_a_process_that_dies_is_back_within_two_seconds_and_it_says_so(start):
    run = start()
    run.wait_for("Ctrl-C ends everything")

    os.kill(int(run.wait_for(r"pids (\d+) ")[0]), signal.SIGKILL)

    began = time.monotonic()
    run.wait_for(r"pids (\d+) ", times=2)
    assert time.monotonic() - began < 2
    assert "web was killed (SIGKILL); restarting" in run.output


@pytest.mark.parametrize("program", ["/postgres -D", "redis-server"])
def test_an_embedded_server_that_is_killed_is_back_at_once(start, project, program):
    run = start()
    run.wait_for("Ctrl-C ends everything")
    before = pid_of(str(project), program)

    os.kill(before, signal.SIGKILL)

    run.wait_for(r"(postgresql|redis) was killed \(SIGKILL\); restarting")
    probe = [sys.executable, "-c", PROBE, str(project / "var")]
    wait_until(
        lambda: subprocess.run(probe, check=False, cwd=locations.PROJECT_DIR).returncode == 0
    )
    assert pid_of(str(project), program) != before


PROBE = """
import sys, pathlib
from helpdesk.embedded import runtime
sys.exit(0 if runtime.servers_answer(pathlib.Path(sys.argv[1])) else 1)
"""


def test_manage_py_beside_it_uses_its_servers_and_leaves_them_running(start, project):
    run = start()
    run.wait_for("Ctrl-C ends everything")
    code = PROBE.replace(
        "sys.exit(", "with runtime.embedded_servers(pathlib.Path(sys.argv[1])): pass\nsys.exit("
    )
    before = pid_of(str(project), "/postgres -D")

    command = [sys.executable, "-c", code, str(project / "var")]

    assert subprocess.run(command, check=False, cwd=locations.PROJECT_DIR).returncode == 0
    assert pid_of(str(project), "/postgres -D") == before


def test_a_taken_port_is_one_sentence_and_exit_status_1(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = start(PORT=str(port))
        assert run.process.wait(15) == 1
    run.reader.join(5)
    assert run.lines == [
        f"make run: Port {port} is taken; end what uses it or choose another with PORT=…"
    ]


def test_a_bad_setting_is_one_sentence_and_exit_status_1(start):
    run = start(PORT="eighty")
    assert run.process.wait(15) == 1
    run.reader.join(5)
    assert run.lines == ["make run: PORT must be a whole number, not 'eighty'."]


def test_a_second_one_in_the_same_data_directory_refuses(start):
    first = start()
    first.wait_for("Ctrl-C ends everything")

    second = start()

    assert second.process.wait(15) == 1
    second.reader.join(5)
    assert "Another `make run` already works in" in second.output
    assert first.process.poll() is None


def test_with_a_graph_url_the_simulator_does_not_start_and_without_debug_no_demo(start, project):
    run = start(WHATSAPP_GRAPH_URL="https://graph.example.org", DEBUG="false")
    run.wait_for("Ctrl-C ends everything")

    assert "login" not in run.output
    assert "Simulator" not in run.output
    assert not any("phone.py" in line for line in running(project))


def test_a_failing_migration_stops_the_start_and_everything_started(start, project):
    (project / "manage.py").write_text("raise SystemExit('no such table')")
    run = start()

    assert run.process.wait(30) == 1
    run.reader.join(5)
    assert "no such table" in run.output
    assert run.lines[-1].startswith("make run: set_up ended (exit status 1)")
    wait_until(lambda: not running(project), why=lambda: str(running(project)))


def test_what_is_set_up_already_keeps_no_process_waiting(start, project):
    source = MANAGE_AFTER_WEB.format(helpdesk=str(locations.PROJECT_DIR))
    (project / "manage.py").write_text(source)
    for _ in range(2):
        run = start()
        run.wait_for("Ctrl-C ends everything")
        run.end(signal.SIGTERM)
    assert "web came first" in run.output

    (project / "app" / "migrations").mkdir(parents=True)
    (project / "app" / "migrations" / "0002_new.py").touch()
    (project / "manage.py").write_text(MANAGE)
    run = start()
    run.wait_for("Ctrl-C ends everything")
    assert run.output.index("done set_up") < run.output.index("pids ")


def test_procfile_variables_are_replaced_as_a_shell_would():
    line = procfile.ProcessType("web", "daphne -b ${HOST:-127.0.0.1} -p ${PORT:-8000} a:$NAME")

    assert line.arguments({"PORT": "9", "NAME": "b c"}) == [
        *("daphne", "-b", "127.0.0.1", "-p", "9", "a:b", "c"),
    ]


def test_a_line_that_is_no_process_type_is_named(tmp_path):
    (tmp_path / "Procfile").write_text("# fine\n\nweb: x\nnonsense\n")

    with pytest.raises(ValueError, match="Procfile line 4"):
        procfile.read(tmp_path / "Procfile")
