"""Run all benchmarks: phases, each with servers of its own; some seven minutes in all.

`--million` measures everything that touches stored rows a second time, beside a million messages;
and the inbox's pages beside 100,000 conversations with 2,000,000 messages, and a hundredth of them.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import psutil

from benchmarks import (
    acks,
    big,
    browser,
    crowd,
    generate,
    ingest,
    live,
    memory,
    million,
    report,
    sends,
)
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


# What is measured with everything running, in this order: what to say, and how.
LOOP: dict[str, tuple[str, Callable[[Place, psutil.Process], Any]]] = {
    "memory": (
        "memory of all processes at rest",
        lambda _place, supervisor: memory.measure(supervisor),
    ),
    "live": (
        f"{live.PER_SECOND} messages a second to {live.AGENTS} agents",
        lambda place, _supervisor: live.measure(place),
    ),
    "crowd": (
        f"the same to {crowd.AGENTS} agents, then with one who never reads",
        crowd.measure,
    ),
    "presence": (
        "presence: pages that look, and some of them typing",
        lambda place, _supervisor: json.loads(
            place.run("-m", "benchmarks.presence").splitlines()[-1]
        ),
    ),
    "browser": (
        f"a browser: first load, bubbles, shifts, {browser.EVENTS:,} events",
        lambda place, _supervisor: browser.measure(place),
    ),
    "sends": (f"sending {sends.COUNT} messages, twice three times", sends.measure),
}
PARTS = (*LOOP, "pages")


def whole_loop(
    stored: int, parts: Collection[str] = tuple(LOOP)
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Everything `make run` starts, as it starts it; and the same again with rows in store."""
    with (
        temporary_place(**UNLIMITED) as place,
        place.make_run() as supervisor,
    ):
        figures: dict[str, Any] = {}
        for name, (words, measure) in LOOP.items():
            if name in parts:
                say(words)
                figures[name] = measure(place, supervisor)
        if not stored:
            return figures, {}
        fill(place, stored)
        say("sending again")
        return figures, {"sends": sends.measure(place, supervisor)}


def measure_again(parts: list[str], filled: Path | None) -> dict[str, Any]:
    """The last results with some parts of them new."""
    figures: dict[str, Any] = json.loads(report.RESULTS.read_text(encoding="utf-8"))
    now = report.surroundings()
    fresh: dict[str, Any] = {}
    if loop := [part for part in parts if part in LOOP]:
        say("starting everything")
        fresh, _ = whole_loop(0, loop)
    if "pages" in parts:
        fresh["pages"] = pages(filled, 1)
    return figures | fresh | {"again": {"parts": parts, **now}}


def pages(filled: Path | None, scale: int) -> dict[str, Any]:
    """The inbox's pages beside many conversations, and beside a hundredth of them."""
    conversations, messages = generate.CONVERSATIONS // scale, generate.MESSAGES // scale
    say(f"pages beside {conversations // 100:,} conversations, {messages // 100:,} messages")
    small = big.measure(conversations // 100, messages // 100)
    if filled:
        say(f"pages of {filled}")
        return {"small": small, "big": big.measure_there(filled)}
    say(f"pages beside {conversations:,} conversations, {messages:,} messages")
    return {"small": small, "big": big.measure(conversations, messages)}


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
    parser.add_argument("--filled", type=Path, help="pages of what benchmarks.generate made there")
    parser.add_argument("--dry", action="store_true", help="print only, write no files")
    parser.add_argument(
        "--again",
        metavar="PARTS",
        help=f"measure these alone and put them into the last results: {', '.join(PARTS)}",
    )
    options = parser.parse_args()
    if options.again:
        parts = options.again.split(",")
        if unknown := set(parts) - set(PARTS):
            parser.error(f"no such part: {', '.join(unknown)}")
        finish(measure_again(parts, options.filled), dry=options.dry)
        return
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
    if stored or options.filled:
        # With fewer messages stored, as many fewer conversations: to try it out.
        scale = max(1, million.MESSAGES // stored) if stored else 1
        figures["pages"] = pages(options.filled, scale)
    figures["took_s"] = round(time.monotonic() - started)
    finish(figures, dry=options.dry)


def finish(figures: dict[str, Any], *, dry: bool) -> None:
    if not dry:
        report.write(figures)
    print(report.table(figures))


if __name__ == "__main__":
    main()
