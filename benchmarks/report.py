"""The table, and the same figures as JSON."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import report_inbox

RESULTS = Path(__file__).parent / "results" / "latest.json"
README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- bench -->\n", "<!-- /bench -->"
Figures = dict[str, Any]


def surroundings() -> Figures:
    """Where and when; ratios travel between machines, absolute figures do not."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return {
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        # Figures of a busy machine say little.
        "load_before": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "system": platform.system(),
    }


def rows(figures: Figures) -> list[tuple[str, str, str]]:
    """What, figure, compared with."""
    found = []
    acks = figures["acks"]
    for server in ("daphne", "uvicorn"):
        one = acks[server]
        found.append(
            (
                f"webhook acks, {server}",
                f"{one['acks_per_s']:,.0f}/s",
                f"{one['ratio']:.0%} of a bare insert ({one['bare_per_s']:,.0f}/s)",
            )
        )
    found += _ingest(figures["ingest"])
    live = figures["live"]
    found.append(
        (
            "webhook → WebSocket",
            f"p50 {live['p50_ms']:.0f} ms, p99 {live['p99_ms']:.0f} ms",
            f"{live['messages_per_s']}/s, {live['agents']} agents, {live['not_seen']} not seen",
        )
    )
    found += report_inbox.live_rows(figures)
    if "pages" in figures:
        found += report_inbox.page_rows(figures["pages"])
    sends = figures["sends"]
    wires = f"{sends['connections']:.0f} connections"
    answers = {
        "": f"answers after {sends['delay_ms']:.0f} ms, as Meta's",
        "busy_": "instant answers",
    }
    for prefix, words in answers.items():
        bare = sends[f"{prefix}bare_per_s"]
        beside = f"{sends[f'{prefix}ratio']:.0%} of a bare requests loop ({bare:,.0f}/s), {wires}"
        found.append((f"sends, {words}", f"{sends[f'{prefix}sends_per_s']:,.0f}/s", beside))
    found += _ledger(figures["ledger"])
    if "million" in figures:
        found.append(_million(figures["million"]))
    memory = figures["memory"]
    parts = [f"{name} {size:.0f}" for name, size in memory.items() if name != "total"]
    found.append(("memory, MiB", f"{memory['total']:.0f}", ", ".join(parts)))
    return found


def _ingest(ingest: Figures) -> list[tuple[str, str, str]]:
    found = []
    for name, words in (("backlog_1", "1 message"), ("backlog_10", "10 messages")):
        one = ingest[name]
        found.append(
            (
                f"webhooks → rows, {words} each",
                f"{one['rows_per_s']:,.0f}/s",
                f"a backlog of {one['messages']:,} messages",
            )
        )
    stream = ingest["stream"]
    grew = "flat" if stream["is_flat"] else "GROWING"
    found.append(
        (
            "… while they come in",
            f"{stream['messages_per_s']:,.0f}/s",
            f"of {stream['asked_per_s']:,}/s asked; lag p50 {stream['p50_ms']:.0f} ms, "
            f"p99 {stream['p99_ms']:.0f} ms, {grew} (first third {stream['first_third_ms']:.0f} "
            f"ms, last third {stream['last_third_ms']:.0f} ms)",
        )
    )
    return found


def _ledger(ledger: Figures) -> list[tuple[str, str, str]]:
    entries = f"{ledger['entries']:,.0f} entries"
    return [
        (
            "consents appended to the ledger",
            f"{ledger['appends_per_s']:,.0f}/s",
            f"{ledger['ratio']:.0%} of the same without the chain, {ledger['writers']} writers",
        ),
        (
            "the ledger verified",
            f"{ledger['entries'] / ledger['verify_s']:,.0f}/s",
            f"{entries} in {ledger['verify_s']:.0f} s; a signed head {ledger['head_s']:.1f} s",
        ),
        (
            "the figures of a year",
            f"{ledger['figures_s'] * 1000:,.0f} ms",
            f"{entries}, counted by day, topic and source",
        ),
    ]


def slower(empty: Figures, full: Figures) -> dict[str, float]:
    """How many times slower each measure is with rows in store; below 1 is faster.

    What has a yardstick is compared by its ratio to it, so that a busier machine counts for both.
    """
    found = {
        f"acks, {server}": empty["acks"][server]["ratio"] / full["acks"][server]["ratio"]
        for server in ("daphne", "uvicorn")
    }
    for name in ("backlog_1", "backlog_10"):
        before, after = (figures["ingest"][name]["rows_per_s"] for figures in (empty, full))
        found[f"rows, {name}"] = before / after
    found["sends"] = empty["sends"]["ratio"] / full["sends"]["ratio"]
    return found


def _million(full: Figures) -> tuple[str, str, str]:
    parts = [f"{name} {times:.2f}×" for name, times in full["slower"].items()]
    words = f"{full['filled']['messages']:,.0f} messages stored"
    return (
        f"the same with {words}",
        f"{max(full['slower'].values()):.2f}× slower at worst",
        ", ".join(parts),
    )


def table(figures: Figures) -> str:
    """Markdown, so that the README can take it as it is."""
    lines = ["| what | measured | beside |", "|---|---|---|"]
    lines += [f"| {what} | {figure} | {beside} |" for what, figure, beside in rows(figures)]
    return "\n".join(lines)


def write(figures: Figures) -> None:
    """Into `results/latest.json`, and the table into the README."""
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    taken = f"{figures['cores']} cores, load {figures['load_before']} before, {figures['taken_at']}"
    if figures["load_before"] > (figures["cores"] or 1):
        taken += ". Others were using the machine: the figures say little; run `make bench` again"
    if again := figures.get("again"):
        parts = ", ".join(again["parts"])
        taken += (
            f"; measured again on a later commit ({again['commit']}, load {again['load_before']} "
            f"before, {again['taken_at']}): {parts}"
        )
    text = f"{before}{BEGIN}{table(figures)}\n\n{taken}\n{END}{after}"
    README.write_text(text, encoding="utf-8")
