"""Two hundred agents at fifty messages a second: what the fan-out costs the web process, and that a
browser that never reads costs the others nothing."""

from __future__ import annotations

from typing import Any

import psutil

from benchmarks import live
from benchmarks.place import Place

AGENTS = 200
MIB = 1024 * 1024


def measure(place: Place, supervisor: psutil.Process) -> dict[str, Any]:
    """Latencies without and with one deaf browser, and the CPU of the web process."""
    web = _web(supervisor)
    return {"all": _once(place, web, deaf=0), "deaf": _once(place, web, deaf=1)}


def _once(place: Place, web: psutil.Process, *, deaf: int) -> dict[str, float]:
    before, memory = web.cpu_times(), web.memory_info().rss
    found = live.measure(place, AGENTS, deaf=deaf)
    after = web.cpu_times()
    busy = after.user + after.system - before.user - before.system
    told = found["messages"] + live.WARM_UP
    return {
        **found,
        # Accepting the webhooks and opening the sockets are among it.
        "cpu_ms_per_message": round(busy * 1000 / told, 2),
        "cpu_us_per_message_and_agent": round(busy * 1e6 / told / AGENTS, 1),
        "grew_mib": round((web.memory_info().rss - memory) / MIB, 1),
    }


def _web(supervisor: psutil.Process) -> psutil.Process:
    for process in supervisor.children(recursive=True):
        if "daphne" in " ".join(process.cmdline()):
            return process
    raise RuntimeError("no web process")
