"""Make `.venv` with the locked packages, once: `python3 tools/environment.py local|dev`.

Runs before any package is installed, so it uses the standard library only. A stamp file remembers
what was installed for which lock; while it fits nothing is done, and no network is needed.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
# Each set holds all packages of the set before it, in the same versions.
SETS = ("local", "dev")


def fingerprint(name: str) -> str:
    """What an installed set depends on: its lock, and where `.venv` lies (scripts know it)."""
    lock = (ROOT / f"requirements-{name}.txt").read_bytes()
    return hashlib.sha256(lock + str(VENV).encode()).hexdigest()


def stamp(name: str) -> Path:
    """The file that says a set is installed."""
    return VENV / f".installed-{name}"


def installed(name: str) -> bool:
    """Whether the set, or a larger one, is installed as locked."""
    if not PYTHON.exists():
        return False
    return any(
        stamp(larger).exists() and stamp(larger).read_text() == fingerprint(larger)
        for larger in SETS[SETS.index(name) :]
    )


def run(command: list[str], complaint: str) -> None:
    """Run a command; end with its last words and one sentence when it fails."""
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if result.returncode != 0:
        last_words = (result.stdout + result.stderr).strip().splitlines()[-6:]
        sys.exit("\n".join([*last_words, f"make: {complaint}"]))


def make_venv() -> None:
    """Create `.venv` unless it is there and was made in this very place."""
    pip = VENV / "bin" / "pip"
    # Scripts hold the full path of their Python: a folder that was moved needs them made anew.
    if PYTHON.exists() and pip.exists() and str(VENV) in pip.read_text()[:1000]:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    run(
        [sys.executable, "-m", "venv", str(VENV)],
        "Python's venv does not work; on Debian and Ubuntu install the package python3-venv.",
    )


def install(name: str) -> None:
    """Install the locked set and stamp it."""
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"Installing requirements-{name}.txt for Python {version}, once …", flush=True)
    make_venv()
    run(
        [
            *(str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--require-hashes", "-r", f"requirements-{name}.txt"),
        ],
        "the packages could not be installed; is this machine online, and does its platform have "
        "wheels for them?",
    )
    stamp(name).write_text(fingerprint(name))


def main() -> None:
    """Make sure the set named on the command line is installed."""
    name = sys.argv[1]
    if installed(name):
        return
    # `make run` and `make test` of a fresh checkout may come at the same time.
    folder = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    if not installed(name):
        install(name)


if __name__ == "__main__":
    main()
