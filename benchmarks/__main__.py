"""Run all benchmarks: two phases, each with servers of its own, under three minutes in all."""

from __future__ import annotations

import sys
import time
from typing import Any

from benchmarks import acks, live, memory, report, sends
from benchmarks.place import temporary_place

# The simulator's own limit would be measured otherwise.
UNLIMITED = {"SIMULATOR_THROUGHPUT_PER_S": "0"}


def whole_loop() -> dict[str, Any]:
    """Everything `make run` starts, as it starts it."""
    with (
        temporary_place(**UNLIMITED) as place,
        place.make_run() as supervisor,
    ):
        say("memory of all processes at rest")
        figures: dict[str, Any] = {"memory": memory.measure(supervisor)}
        say(f"{live.PER_SECOND} messages a second to {live.AGENTS} agents")
        figures["live"] = live.measure(place)
        say(f"sending {sends.COUNT} messages")
        figures["sends"] = sends.measure(place, supervisor)
    return figures


def say(words: str) -> None:
    print(f"bench: {words} …", file=sys.stderr, flush=True)


def main() -> None:
    """Measure, print, write."""
    started = time.monotonic()
    say("webhook acknowledgements, and draining them")
    figures = {**report.surroundings(), "acks": acks.measure()}
    say("starting everything")
    figures.update(whole_loop())
    figures["took_s"] = round(time.monotonic() - started)
    report.write(figures)
    print(report.table(figures))


if __name__ == "__main__":
    main()
