"""Where the embedded servers of a data directory listen. Pure: nothing is created or started."""

import hashlib
import os
from pathlib import Path
from urllib.parse import quote

PROJECT_DIR = Path(__file__).resolve().parents[2]

# A UNIX socket's path must fit into 107 bytes on Linux and 103 on macOS, its name included.
LONGEST_SOCKET_PATH = 100
POSTGRES_SOCKET_NAME = ".s.PGSQL.5432"
REDIS_SOCKET_NAME = "redis.sock"
DATABASE_NAME = "helpdesk"


def default_data_dir() -> Path:
    """The data directory this process works in: `HELPDESK_DATA_DIR`, or `var/` of the checkout."""
    return Path(os.environ.get("HELPDESK_DATA_DIR") or PROJECT_DIR / "var").resolve()


def socket_dir(data_dir: Path) -> Path:
    """The directory of both sockets: `DATA_DIR/run`, or a short one when that path is too long.

    The short one is named by a hash of the data directory, so every process of the same data
    directory finds it, and two checkouts never meet.
    """
    inside = data_dir.resolve() / "run"
    if len(os.fsencode(inside / POSTGRES_SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
        return inside
    digest = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:16]
    # Not the temp folder of the environment: that may be deep itself (macOS, CI runners).
    return Path("/tmp") / f"helpdesk-{digest}"  # noqa: S108 (mode 700 and owner are checked)


def postgres_socket(data_dir: Path) -> Path:
    """The socket PostgreSQL listens on."""
    return socket_dir(data_dir) / POSTGRES_SOCKET_NAME


def redis_socket(data_dir: Path) -> Path:
    """The socket Redis listens on."""
    return socket_dir(data_dir) / REDIS_SOCKET_NAME


def database_url(data_dir: Path, database: str = DATABASE_NAME) -> str:
    """A libpq URL, also understood by django-environ: `postgresql://postgres@/NAME?host=DIR`."""
    return f"postgresql://postgres@/{database}?host={quote(str(socket_dir(data_dir)), safe='/')}"


def redis_url(data_dir: Path, db: int = 0) -> str:
    """A redis-py URL: `unix:///DIR/redis.sock?db=N`."""
    return f"unix://{quote(str(redis_socket(data_dir)), safe='/')}?db={db}"
