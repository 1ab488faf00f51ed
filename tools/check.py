"""`make check`: everything that can be told without running the tests.

Each check runs, also after one has failed; the exit status is 1 when any did. Names on the command
line choose some of them: `make check ARGS="types rooms"`.
"""

import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LONGEST_FILE = 400
SOURCE_SUFFIXES = {".css", ".html", ".js", ".md", ".mjs", ".py", ".sh", ".toml"}
# Not written by us, or written by a tool.
NOT_OURS = ("static/vendor/", "static/css/app.css", "node_modules/", "staticfiles/", "var/")

# Production-like: whatever `check --deploy` warns about here would be our own doing.
PRODUCTION = {
    "DEBUG": "false",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "ALLOWED_HOSTS": "helpdesk.example.org",
    "CSRF_TRUSTED_ORIGINS": "https://helpdesk.example.org",
    "DATABASE_URL": "postgresql://helpdesk@database.example.org/helpdesk",
    "REDIS_URL": "redis://redis.example.org/0",
    "WHATSAPP_GRAPH_URL": "https://graph.facebook.com",
    "WHATSAPP_APP_SECRET": secrets.token_hex(16),
    "WHATSAPP_VERIFY_TOKEN": secrets.token_hex(16),
    "WHATSAPP_ACCESS_TOKEN": secrets.token_hex(16),
}

MANAGE = [sys.executable, "manage.py"]
CHECKS: dict[str, tuple[list[str], dict[str, str]]] = {
    "style": ([sys.executable, "-m", "ruff", "check", "--quiet"], {}),
    "format": ([sys.executable, "-m", "ruff", "format", "--check", "--quiet"], {}),
    "types": ([sys.executable, "-m", "mypy"], {}),
    "rooms": ([str(Path(sys.executable).with_name("lint-imports"))], {}),
    "migrations": ([*MANAGE, "makemigrations", "--check", "--dry-run"], {}),
    "translations": ([sys.executable, "tools/translations.py", "check"], {}),
    "deployment": ([*MANAGE, "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
    "lengths": ([sys.executable, "tools/check.py", "--lengths"], {}),
}


def source_files() -> list[Path]:
    """Our source files: what git knows or would take, everything where there is no git."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        names = listed.stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        names = [path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*")]
    return [
        ROOT / name
        for name in names
        if Path(name).suffix in SOURCE_SUFFIXES
        and not name.startswith((".", *NOT_OURS))
        and (ROOT / name).is_file()
    ]


def check_lengths() -> int:
    """Print every source file of `LONGEST_FILE` lines or more; 1 when there is one."""
    status = 0
    for path in source_files():
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines >= LONGEST_FILE:
            print(f"{path.relative_to(ROOT)}: {lines} lines; split it before {LONGEST_FILE}")
            status = 1
    return status


def run(name: str) -> bool:
    """Run one check; whether it passed. Its output is shown when it did not."""
    command, environment = CHECKS[name]
    began = time.monotonic()
    result = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    passed = result.returncode == 0
    if not passed:
        print(result.stdout.rstrip())
    verdict = "ok" if passed else "FAILED"
    print(f"{name:<13} {verdict:<7} {time.monotonic() - began:5.1f} s", flush=True)
    return passed


def main() -> int:
    """The exit status."""
    if sys.argv[1:] == ["--lengths"]:
        return check_lengths()
    results = [run(name) for name in sys.argv[1:] or CHECKS]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
