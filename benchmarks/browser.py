"""What an agent's browser feels: first load, a bubble on screen, nothing that jumps, no leak.

Chromium with the inbox of `make run`, while customers write and other agents listen.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import quantiles
from typing import Any

from playwright.async_api import CDPSession, Page, ViewportSize, async_playwright

from benchmarks import live, webhooks
from benchmarks.load import read_answer
from benchmarks.place import Place
from tests.browser import chromium

AGENTS = 49
SECONDS = 30
PER_SECOND = 50
# Every tenth message is for the conversation on screen.
SHOWN_EVERY = 10
EVENTS = 10_000
EVENTS_PER_S = 150
VIEWPORT: ViewportSize = {"width": 1440, "height": 900}
# Notes when a message's bubble is drawn, and what moves on the page.
_WATCH = """() => {
  window.bench = { seen: {}, shift: 0, long: 0 };
  // Cumulative layout shift as it is defined: of the worst 5 s, no second without a shift in them.
  let began = -Infinity, last = -Infinity, sum = 0;
  const addShift = ({ startTime, value }) => {
    if (startTime - last > 1000 || startTime - began > 5000) [began, sum] = [startTime, 0];
    last = startTime;
    sum += value;
    window.bench.shift = Math.max(window.bench.shift, sum);
  };
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) addShift(one);
  }).observe({ type: "layout-shift", buffered: false });
  new PerformanceObserver((list) => {
    const longest = Math.max(...list.getEntries().map((one) => one.duration));
    window.bench.long = Math.max(window.bench.long, longest);
  }).observe({ type: "longtask" });
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) {
      const wamid = node.dataset?.wamid;
      if (wamid && !(wamid in window.bench.seen)) {
        requestAnimationFrame(() => { window.bench.seen[wamid] ??= Date.now(); });
      }
    }
  }).observe(document.getElementById("items"), { childList: true, subtree: true });
}"""


def measure(place: Place) -> dict[str, Any]:
    """Kilobytes of a cold first load; ms to the bubble; layout shift; memory over many events."""
    return asyncio.run(_measure(place, place.prepare("sessions", str(AGENTS + 1))))


async def _measure(place: Place, sessions: list[str]) -> dict[str, Any]:
    async with _page(place, sessions[0]) as page:
        devtools = await page.context.new_cdp_session(page)
        found = await _first_load(place, page, devtools)
        await _open_a_conversation(place, page)
        sockets = [await live.connected(place, key) for key in sessions[1:]]
        drains = [asyncio.create_task(_drain(socket)) for socket in sockets]
        try:
            found |= await _bubbles(place, page)
            found |= await _memory(place, page, devtools)
        finally:
            for drain in drains:
                drain.cancel()
            await asyncio.gather(*(socket.close() for socket in sockets), return_exceptions=True)
    return found


@asynccontextmanager
async def _page(place: Place, session: str) -> AsyncIterator[Page]:
    path, why = chromium.find_or_install()
    if path is None:
        raise RuntimeError(f"no Chromium: {why}")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=chromium.flags())
        context = await browser.new_context(locale="de-DE", viewport=VIEWPORT)
        await context.add_cookies([{"name": "sessionid", "value": session, "url": place.url}])
        try:
            yield await context.new_page()
        finally:
            await browser.close()


async def _first_load(place: Place, page: Page, devtools: CDPSession) -> dict[str, Any]:
    """What goes over the wire until the page is at rest, with an empty cache."""
    sizes: list[float] = []
    await devtools.send("Network.enable")
    devtools.on("Network.loadingFinished", lambda done: sizes.append(done["encodedDataLength"]))
    began = time.perf_counter()
    await page.goto(f"{place.url}/?view=all")
    await page.wait_for_selector("html[data-live=back]")
    took = time.perf_counter() - began
    await page.wait_for_load_state("networkidle")
    return {
        "first_load_kb": round(sum(sizes) / 1024, 1),
        "first_load_requests": len(sizes),
        "first_load_ms": round(took * 1000),
    }


async def _open_a_conversation(place: Place, page: Page) -> None:
    """The one of the bench's first customer, who writes now."""
    poster = Poster(place)
    [(wamid, _)] = await poster.post([webhooks.body(0)], per_second=10)
    name = page.get_by_text("Fahrgast 0", exact=True)
    await page.locator("#rows > li", has=name).locator(".conv").click()
    await page.wait_for_selector(f"[data-wamid='{wamid}']")
    await page.mouse.move(900, 400)
    await page.evaluate(_WATCH)


class Poster:
    """Posts webhooks at a steady pace; `accepted` says when each was answered (ms since 1970)."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.accepted: dict[str, float] = {}

    async def post(
        self, contents: list[tuple[str, bytes]], per_second: float
    ) -> list[tuple[str, bytes]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.place.port)
        began = time.perf_counter()
        try:
            for number, (wamid, content) in enumerate(contents):
                pause = began + number / per_second - time.perf_counter()
                if pause > 0:
                    await asyncio.sleep(pause)
                writer.write(webhooks.request(content))
                if await read_answer(reader) != 200:
                    raise RuntimeError("a webhook was refused")
                self.accepted[wamid] = time.time() * 1000
        finally:
            writer.close()
        return contents


async def _bubbles(place: Place, page: Page) -> dict[str, Any]:
    poster = Poster(place)
    customers = [
        0 if number % SHOWN_EVERY == 0 else 1 + number % (live.CUSTOMERS - 1)
        for number in range(PER_SECOND * SECONDS)
    ]
    sent = await poster.post([webhooks.body(customer) for customer in customers], PER_SECOND)
    shown = [wamid for (wamid, _), customer in zip(sent, customers, strict=True) if not customer]
    await page.wait_for_selector(f"[data-wamid='{shown[-1]}']", state="attached")
    await page.wait_for_timeout(500)
    bench = await page.evaluate("window.bench")
    late = [
        max(0.0, bench["seen"][wamid] - poster.accepted[wamid])
        for wamid in shown
        if wamid in bench["seen"]
    ]
    cuts = quantiles(late, n=100)
    return {
        "agents": AGENTS + 1,
        "messages_per_s": PER_SECOND,
        "bubbles": len(late),
        "not_drawn": len(shown) - len(late),
        "bubble_p50_ms": round(cuts[49]),
        "bubble_p99_ms": round(cuts[98]),
        "layout_shift": round(bench["shift"], 4),
        "longest_task_ms": round(bench["long"]),
    }


async def _memory(place: Place, page: Page, devtools: CDPSession) -> dict[str, Any]:
    """The page's memory before and after many live events, rubbish collected."""
    before = await _heap(devtools)
    began = time.perf_counter()
    contents = [webhooks.body(number % live.CUSTOMERS) for number in range(EVENTS)]
    sent = await Poster(place).post(contents, EVENTS_PER_S)
    took = time.perf_counter() - began
    last = next(
        wamid
        for number, (wamid, _) in reversed(list(enumerate(sent)))
        if number % live.CUSTOMERS == 0
    )
    await page.wait_for_selector(f"[data-wamid='{last}']", state="attached", timeout=120_000)
    after = await _heap(devtools)
    return {
        "events": EVENTS,
        "events_per_s": round(EVENTS / took),
        "heap_before_mib": before["heap"],
        "heap_after_mib": after["heap"],
        "nodes_before": before["nodes"],
        "nodes_after": after["nodes"],
    }


async def _heap(devtools: CDPSession) -> dict[str, float]:
    await devtools.send("HeapProfiler.enable")
    await devtools.send("HeapProfiler.collectGarbage")
    await devtools.send("Performance.enable")
    metrics = await devtools.send("Performance.getMetrics")
    found = {one["name"]: one["value"] for one in metrics["metrics"]}
    return {"heap": round(found["JSHeapUsedSize"] / 2**20, 1), "nodes": found["Nodes"]}


async def _drain(socket: Any) -> None:
    async for _ in socket:
        pass
