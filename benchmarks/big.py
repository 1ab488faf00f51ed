"""The inbox's pages beside many conversations, and beside a hundredth of them.

`python -m benchmarks.big --data-dir var/big` measures what `benchmarks.generate` made there, and
prints what docs/lists.md and docs/search.md show; `--plans` instead how PostgreSQL goes about what
takes longest of it.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks import generate
from benchmarks.place import Place, place_with_servers
from helpdesk.embedded.runtime import embedded_servers

SMALL = (generate.CONVERSATIONS // 100, generate.MESSAGES // 100)


def measure(conversations: int, messages: int) -> dict[str, Any]:
    """Pages of a place that is made for it and gone afterwards."""
    with place_with_servers() as place:
        filled = generate.fill(place, conversations, messages)
        figures: dict[str, Any] = json.loads(place.run("-m", "benchmarks.pages"))
    figures["conversations"], figures["messages"] = conversations, messages
    figures["filled_s"] = filled["seconds"]
    return figures


def measure_there(data_dir: Path) -> dict[str, Any]:
    """Pages of a place that was filled before."""
    place = Place(data_dir.resolve())
    with embedded_servers(place.data_dir):
        place.run("manage.py", "migrate", "-v0")
        with place.database() as database:
            counted = database.execute(
                "SELECT (SELECT count(*) FROM conversations_conversation),"
                " (SELECT count(*) FROM conversations_message)"
            ).fetchone()
        figures: dict[str, Any] = json.loads(place.run("-m", "benchmarks.pages"))
    assert counted is not None
    figures["conversations"], figures["messages"] = counted
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.big", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--only", default="", help="pages with this in their name")
    parser.add_argument("--plans", action="store_true", help="plans instead of times")
    options = parser.parse_args()
    place = Place(options.data_dir.resolve())
    with embedded_servers(place.data_dir):
        place.run("manage.py", "migrate", "-v0")
        how = "--plans" if options.plans else "--table"
        sys.stdout.write(place.run("-m", "benchmarks.pages", how, "--only", options.only))


if __name__ == "__main__":
    main()
