"""`python -m benchmarks.simulator`: how many sends the simulator takes, and what each costs it.

A benchmark of the tool, not of the helpdesk: other benchmarks send through the simulator, so it
must not be what they measure. It stands alone; nothing of it goes into `results/latest.json`.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil
import requests

PROJECT_DIR = Path(__file__).resolve().parent.parent
NUMBER = "106853218861309"
CONNECTIONS = 16
COUNT = 3000
FIRST = 4917139500000
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Result:
    """What one run showed."""

    sends_per_s: float
    median_ms: float
    worst_ms: float
    cpu_ms_per_send: float  # with all status webhooks


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The helpdesk: 200 to everything, the challenge to a handshake."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = next(
                (int(line.split(":")[1]) for line in head.split("\r\n")
                 if line.lower().startswith("content-length:")), 0,
            )  # fmt: skip
            await reader.readexactly(length)
            query = parse_qs(urlsplit(head.split(" ")[1]).query)
            body = query.get("hub.challenge", [""])[0].encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def send(port: int, numbers: list[int], times: list[float]) -> None:
    """One kept connection that sends to these customers, one after the other."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in numbers:
        message = {
            "messaging_product": "whatsapp", "to": f"+{FIRST + number}", "type": "text",
            "text": {"body": "Um 16:05 Uhr von Gleis 2."}, "biz_opaque_callback_data": str(number),
        }  # fmt: skip
        body = json.dumps(message).encode()
        head = (
            f"POST /v25.0/{NUMBER}/messages HTTP/1.1\r\nHost: simulator\r\n"
            f"Authorization: Bearer development-access-token\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        began = time.perf_counter()
        writer.write(head.encode() + body)
        answered = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in answered[:16]:
            raise RuntimeError("a send was refused")
        fields = answered.decode("latin-1").lower().split("content-length:")
        await reader.readexactly(int(fields[1].split("\r\n")[0]))
        times.append(time.perf_counter() - began)
    writer.close()


def settled(base: str) -> bool:
    """Whether every status has been told."""
    box = requests.get(f"{base}/control/outbox?messages=false", timeout=30).json()
    return bool(box["webhooks_on_the_way"] == 0 and box["fates_open"] == 0)


async def until(look: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Wait for `look()` to be true, without keeping the receiver from its work."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            if await asyncio.to_thread(look):
                return
        except requests.ConnectionError:
            pass
        if time.monotonic() > deadline:
            raise TimeoutError("the simulator does not get there")
        await asyncio.sleep(0.1)


async def measure(count: int = COUNT) -> Result:
    """Start a simulator and a receiver, send `count` messages, wait for their statuses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    receiver = await asyncio.start_server(answer, "127.0.0.1", 0)
    hook = f"http://127.0.0.1:{receiver.sockets[0].getsockname()[1]}/webhooks/whatsapp/"
    base = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **{name: value for name, value in os.environ.items() if "WHATSAPP_" not in name},
            "SIMULATOR_PORT": str(port), "SIMULATOR_WEBHOOK_URL": hook,
            "SIMULATOR_THROUGHPUT_PER_S": "0", "HELPDESK_DATA_DIR": folder,
        }  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "simulator"], cwd=PROJECT_DIR, env=environment
        )
        try:
            await until(lambda: requests.get(f"{base}/healthz", timeout=5).ok)
            people = [
                {"phone": str(FIRST + number), "last_inbound_at": time.time()}
                for number in range(count)
            ]
            await asyncio.to_thread(
                requests.post, f"{base}/control/customers", json={"customers": people}, timeout=60
            )
            watched = psutil.Process(process.pid)
            before = watched.cpu_times()
            times: list[float] = []
            began = time.perf_counter()
            await asyncio.gather(
                *(
                    send(port, list(range(lane, count, CONNECTIONS)), times)
                    for lane in range(CONNECTIONS)
                )
            )
            seconds = time.perf_counter() - began
            await until(lambda: settled(base))
            after = watched.cpu_times()
        finally:
            process.terminate()
            await asyncio.to_thread(process.wait, 20)
            receiver.close()
            await asyncio.sleep(0.2)  # the receiver's connections see that nobody is there
    busy = after.user + after.system - before.user - before.system
    times.sort()
    return Result(
        count / seconds, times[len(times) // 2] * 1e3, times[-1] * 1e3, busy * 1e3 / count
    )


def main() -> None:
    """Measure once and print a line."""
    result = asyncio.run(measure())
    sys.stdout.write(
        f"{CONNECTIONS} connections: {result.sends_per_s:.0f} sends/s, median "
        f"{result.median_ms:.1f} ms, worst {result.worst_ms:.0f} ms, "
        f"{result.cpu_ms_per_send:.2f} ms of processor time each\n"
    )


if __name__ == "__main__":
    main()
