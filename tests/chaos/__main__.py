"""The command line of the chaos suite; the exit status is 0 when every truth holds."""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields
from pathlib import Path

from tests.chaos.plan import Options
from tests.chaos.run import run


def main() -> int:
    """Run once and print the table."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    for each in fields(Options):
        kind = type(each.default)
        parser.add_argument(f"--{each.name.replace('_', '-')}", type=kind, default=each.default)
    parser.add_argument("--log", type=Path, help="keep here what everything printed")
    chosen = vars(parser.parse_args())
    log: Path | None = chosen.pop("log")
    verdict = run(Options(**chosen))
    if log is not None:
        log.write_text(verdict.log)
    print(verdict.table)
    return 0 if verdict.holds else 1


if __name__ == "__main__":
    sys.exit(main())
