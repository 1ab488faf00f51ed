"""Run all benchmarks: two phases, each with servers of its own, under four minutes in all.

`--million` measures everything that touches stored rows a second time, beside a million messages.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from benchmarks import acks, ingest, live, memory, million, report, sends
from benchmarks.place import Place, place_with_servers, temporary_place

# Verified in the consent ledger, and beside a million messages.
LEDGER_ENTRIES, LEDGER_MANY = 20_000, 1_000_000
# The simulator's own limit would be measured otherwise.
UNLIMITED = {"SIMULATOR_THROUGHPUT_PER_S": "0"}


def way_in(place: Place) -> dict[str, Any]:
    """Acknowledging webhooks, and turning them into messages."""
    say("webhook acknowledgements")
    figures: dict[str, Any] = {"acks": acks.measure(place)}
    say("webhooks to rows: backlogs, and a stream")
    with acks.serve(place, "uvicorn", acks.HELPDESK, place.port):
        place.wait_for(f"{place.url}/healthz")
        figures["ingest"] = ingest.measure(place)
    return figures


def ledger(entries: int) -> dict[str, Any]:
    """Appending to the consent ledger, and verifying it, in a database of its own."""
    say(f"a consent ledger of {entries:,} entries")
    with place_with_servers() as place:
        said = place.run("-m", "benchmarks.ledger", str(entries), DATABASE_POOL_SIZE="60")
    figures: dict[str, Any] = json.loads(said)
    return figures


def whole_loop(stored: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Everything `make run` starts, as it starts it; and the same again with rows in store."""
    with (
        temporary_place(**UNLIMITED) as place,
        place.make_run() as supervisor,
    ):
        say("memory of all processes at rest")
        figures: dict[str, Any] = {"memory": memory.measure(supervisor)}
        say(f"{live.PER_SECOND} messages a second to {live.AGENTS} agents")
        figures["live"] = live.measure(place)
        say(f"sending {sends.COUNT} messages, twice three times")
        figures["sends"] = sends.measure(place, supervisor)
        if not stored:
            return figures, {}
        fill(place, stored)
        say("sending again")
        return figures, {"sends": sends.measure(place, supervisor)}


def fill(place: Place, stored: int) -> dict[str, float]:
    say(f"storing {stored:,} messages")
    return million.fill(place, stored)


def say(words: str) -> None:
    print(f"bench: {words} …", file=sys.stderr, flush=True)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--million", action="store_true", help="again with a million messages")
    parser.add_argument("--stored", type=int, default=0, help="again with so many messages")
    parser.add_argument("--dry", action="store_true", help="print only, write no files")
    options = parser.parse_args()
    stored = options.stored or (million.MESSAGES if options.million else 0)
    started = time.monotonic()
    figures = report.surroundings()
    with place_with_servers() as place:
        figures.update(way_in(place))
        again: dict[str, Any] = {}
        if stored:
            again = {"filled": fill(place, stored), **way_in(place)}
    figures["ledger"] = ledger(LEDGER_MANY if options.million else LEDGER_ENTRIES)
    say("starting everything")
    loop, loop_again = whole_loop(stored)
    figures.update(loop)
    if stored:
        figures["million"] = {**again, **loop_again}
        figures["million"]["slower"] = report.slower(figures, figures["million"])
    figures["took_s"] = round(time.monotonic() - started)
    if not options.dry:
        report.write(figures)
    print(report.table(figures))


if __name__ == "__main__":
    main()
