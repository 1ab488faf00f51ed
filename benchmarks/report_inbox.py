"""The rows of the table that are of the inbox: each figure with the aim it is held against."""

from __future__ import annotations

from statistics import median
from typing import Any

Figures = dict[str, Any]
Row = tuple[str, str, str]


def live_rows(figures: Figures) -> list[Row]:
    """Many agents, presence, and what a browser feels."""
    crowd, presence, page = figures["crowd"], figures["presence"], figures["browser"]
    found = []
    for key, words in (("all", ""), ("deaf", ", and one whose browser reads nothing")):
        one = crowd[key]
        found.append(
            (
                f"… to {one['agents']} agents{words}",
                f"p50 {one['p50_ms']:.0f} ms, p99 {one['p99_ms']:.0f} ms",
                f"{one['messages_per_s']}/s, {one['not_seen']} not seen; the web process: "
                f"{one['cpu_ms_per_message']:.1f} ms CPU for a message, all told "
                f"({one['cpu_us_per_message_and_agent']:.0f} µs an agent), "
                f"{one['grew_mib']:.0f} MiB more afterwards",
            )
        )
    return [
        *found,
        (
            "presence and typing",
            f"p50 {presence['p50_ms']:.0f} ms, p99 {presence['p99_ms']:.0f} ms",
            f"{presence['cpu']:.1%} of a core for {presence['pages']} pages, "
            f"{presence['typists']} of them typing",
        ),
        (
            "webhook accepted → bubble on screen",
            f"p50 {page['bubble_p50_ms']} ms, p99 {page['bubble_p99_ms']} ms",
            f"aim 150 and 500 ms; {page['messages_per_s']}/s, {page['agents']} agents, one of them "
            f"in Chromium, {page['not_drawn']} not drawn",
        ),
        (
            "layout shift meanwhile",
            f"{page['layout_shift']:.3f}",
            f"aim at most 0.02; longest task {page['longest_task_ms']} ms",
        ),
        (
            "first load, nothing cached",
            f"{page['first_load_kb']:.0f} KB",
            f"aim at most 250 KB; {page['first_load_requests']} requests, compressed",
        ),
        (
            f"the page's memory after {page['events']:,} live events",
            f"{page['heap_after_mib']:.1f} MiB",
            f"{page['heap_before_mib']:.1f} MiB before; DOM nodes {page['nodes_before']:,.0f} "
            f"before, {page['nodes_after']:,.0f} after",
        ),
    ]


def page_rows(figures: Figures) -> list[Row]:
    """Long threads, lists and searches, beside many conversations and beside a hundredth."""
    big, small = figures["big"], figures["small"]
    thread = big["thread"]
    found = [
        (
            f"opening a conversation of {thread['messages']:,.0f} messages",
            f"{thread['ms']:.0f} ms",
            f"aim at most 100 ms, 12 queries, 60 KB: {thread['queries']:.0f} queries, "
            f"{thread['kb']:.0f} KB compressed",
        )
    ]
    stored = f"{big['conversations']:,.0f} conversations, {big['messages']:,.0f} messages"
    for kind, words, aim in (("lists", "lists", 100), ("searches", "searches", 200)):
        found.append(_each(big[kind], f"{len(big[kind])} {words} beside {stored}", aim))
    for kind in ("lists", "searches"):
        found.append(_ratio(big[kind], small[kind], kind, big["messages"] / small["messages"]))
    return found


def _each(pages: Figures, what: str, aim: int) -> Row:
    times = {
        f"{name} ({who})": one["ms"] for name, both in pages.items() for who, one in both.items()
    }
    worst = max(times, key=lambda name: times[name])
    slower = sum(one > aim for one in times.values())
    queries = max(one["queries"] for both in pages.values() for one in both.values())
    said = f"{slower} of {len(times)} take longer" if slower else "none takes longer"
    return (
        what,
        f"median {median(times.values()):.0f} ms, worst {times[worst]:.0f} ms",
        f"aim at most {aim} ms: {said}; the worst: `{worst.replace('|', ' ')}`; at most "
        f"{queries:.0f} queries",
    )


def _ratio(big: Figures, small: Figures, kind: str, scale: float) -> Row:
    """By the median of all of a kind: what one costs with few hits says nothing of many."""
    cost = [median(one["lead"]["ms"] for one in some.values()) for some in (big, small)]
    return (
        f"{kind}: cost at {scale:.0f}× data",
        f"{cost[0] / cost[1]:.2f}×",
        f"aim at most 1.5×; median of all {kind} {cost[1]:.0f} ms → {cost[0]:.0f} ms",
    )
