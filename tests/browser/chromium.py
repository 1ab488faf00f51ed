"""Finding a Chromium, or installing one where that is possible."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DEBIAN_PACKAGES = ("chromium", "fonts-noto-color-emoji")
OWN_BROWSERS = "chromium-*/chrome-linux*/chrome"
INSTALL_TIMEOUT_S = 600
FLAGS = [
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # A voice note is recorded from a tone, and nobody is asked for the microphone.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


def flags() -> list[str]:
    """Command-line flags: nothing phones home; as root Chromium has no sandbox."""
    return [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS


def find() -> str | None:
    """The path of an installed Chromium."""
    for program in PROGRAMS:
        if path := shutil.which(program):
            return path
    default = Path.home() / ".cache" / "ms-playwright"
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or default)
    return next((str(path) for path in sorted(folder.glob(OWN_BROWSERS), reverse=True)), None)


def find_or_install() -> tuple[str | None, str]:
    """(path, "") of a Chromium, or (None, why there is none)."""
    if path := find():
        return path, ""
    # Two test runs at once must not both install. A folder can be locked, and leaves no file.
    folder = os.open(tempfile.gettempdir(), os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        why = "" if find() else install()
        return find(), why
    finally:
        os.close(folder)


def install() -> str:
    """Install a Chromium: Debian's as root, Playwright's own elsewhere. Why it failed, or ""."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        commands = [
            ["apt-get", "update", "-q"],
            ["apt-get", "install", "-q", "-y", "--no-install-recommends", *DEBIAN_PACKAGES],
        ]
    else:
        commands = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in commands:
        try:
            result = subprocess.run(
                command,
                env=environment,
                capture_output=True,
                text=True,
                timeout=INSTALL_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"{' '.join(command)}: {error}"
        if result.returncode != 0:
            return f"{' '.join(command)}: {(result.stderr or result.stdout).strip()[-500:]}"
    return ""
