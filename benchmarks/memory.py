"""What the processes of `make run` need: proportional set size, shared pages divided fairly."""

from __future__ import annotations

from contextlib import suppress

import psutil

MIB = 1024 * 1024
NAMES = (
    ("postgres", ("postgres",)),
    ("redis", ("redis-server",)),
    ("web (daphne)", ("daphne",)),
    ("worker-inbound", ("inbound@",)),
    ("worker-live", ("live@",)),
    ("worker-outbound", ("outbound@",)),
    ("worker-media", ("media@",)),
    ("beat", ("celery", "beat")),
    ("simulator", ("simulator",)),
    ("supervisor", ("helpdesk.supervisor",)),
)


def measure(supervisor: psutil.Process) -> dict[str, float]:
    """MiB by kind of process, and their sum; resident size where there is no PSS (macOS)."""
    sizes: dict[str, float] = {}
    for process in [supervisor, *supervisor.children(recursive=True)]:
        with suppress(psutil.Error):
            kind = _kind(" ".join(process.cmdline()))
            sizes[kind] = sizes.get(kind, 0.0) + _size(process)
    return {**dict(sorted(sizes.items())), "total": sum(sizes.values())}


def _kind(command: str) -> str:
    for name, words in NAMES:
        if all(word in command for word in words):
            return name
    return "other"


def _size(process: psutil.Process) -> float:
    info = process.memory_full_info()
    return float(getattr(info, "pss", info.rss)) / MIB
