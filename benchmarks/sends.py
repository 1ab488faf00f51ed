"""Sends per second through the outbound worker, beside a bare `requests` loop to the simulator."""

from __future__ import annotations

import signal
import time
from datetime import UTC, datetime

import psutil
import requests

from benchmarks.place import PHONE_NUMBER_ID, Place, wait_until_zero

COUNT = 300
TIMEOUT_S = 90.0
TOKEN = "development-access-token"
WAITING = (
    "SELECT count(*) FROM conversations_message "
    "WHERE direction = 'outbound' AND status IN ('queued', 'sending') AND author_id IN "
    "(SELECT id FROM accounts_agent WHERE email LIKE 'bench%')"
)
FAILED = WAITING.replace("IN ('queued', 'sending')", "IN ('blocked', 'failed', 'unconfirmed')")


def measure(place: Place, supervisor: psutil.Process) -> dict[str, float]:
    """Sends per second of both, and their ratio."""
    introduce(place)
    bare = _bare_loop(place)
    helpdesk = _through_the_worker(place, supervisor)
    return {"sends_per_s": helpdesk, "bare_per_s": bare, "ratio": helpdesk / bare}


def introduce(place: Place) -> None:
    """Open the simulator's windows of the customers who are written to."""
    now = datetime.now(UTC).isoformat()
    customers = [
        {"name": f"Gast {number}", "phone": f"49171{first + number}", "last_inbound_at": now}
        for first in (39_400_000, 39_500_000)
        for number in range(COUNT)
    ]
    answer = requests.post(
        f"{place.simulator_url}/control/customers", json={"customers": customers}, timeout=30
    )
    answer.raise_for_status()


def _bare_loop(place: Place) -> float:
    """One thread, one kept connection, nothing but the call."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {TOKEN}"
    url = f"{place.simulator_url}/v25.0/{PHONE_NUMBER_ID}/messages"
    started = time.perf_counter()
    for number in range(COUNT):
        message = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": f"+49171{39_500_000 + number}",
            "type": "text",
            "text": {"body": "Um 16:05 Uhr von Gleis 2."},
        }
        session.post(url, json=message, timeout=20).raise_for_status()
    return COUNT / (time.perf_counter() - started)


def _through_the_worker(place: Place, supervisor: psutil.Process) -> float:
    """Queue everything while the worker is stopped, then let it go."""
    workers = [
        process
        for process in supervisor.children(recursive=True)
        if "outbound@" in " ".join(process.cmdline())
    ]
    for worker in workers:
        worker.send_signal(signal.SIGSTOP)
    try:
        place.prepare("replies", str(COUNT))
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGCONT)
    started = time.perf_counter()
    with place.database() as connection:
        wait_until_zero(connection, WAITING, TIMEOUT_S)
        seconds = time.perf_counter() - started
        row = connection.execute(FAILED.encode()).fetchone()
    if row is None or row[0]:
        raise RuntimeError(f"{row} messages were not sent")
    return COUNT / seconds
