"""Sends per second through the outbound worker, beside a bare `requests` loop to the simulator.

Both have as many connections. Statuses are held back meanwhile: what they cost is measured
elsewhere. Once the simulator takes as long to answer as Meta does, and once it answers at once,
which measures nothing but how much processor time a send takes.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from statistics import median
from threading import Thread

import psutil
import requests

from benchmarks.place import PHONE_NUMBER_ID, Place, wait_until_zero

CONNECTIONS = 16
ROUNDS = 3
COUNT = 800
# A call to graph.facebook.com takes this long at least.
META_DELAY_S = 0.1
TIMEOUT_S = 90.0
QUIET_S = 120.0
TOKEN = "development-access-token"
WAITING = (
    "SELECT count(*) FROM conversations_message "
    "WHERE direction = 'outbound' AND status IN ('queued', 'sending') AND author_id IN "
    "(SELECT id FROM accounts_agent WHERE email LIKE 'bench%')"
)
FAILED = WAITING.replace("IN ('queued', 'sending')", "IN ('blocked', 'failed', 'unconfirmed')")
# Webhooks that came of what was sent before, and live updates of them.
BUSY = (
    "SELECT (SELECT count(*) FROM whatsapp_webhookevent WHERE state = 'pending') + "
    "(SELECT count(*) FROM conversations_event WHERE dispatched_at IS NULL)"
)


def measure(place: Place, supervisor: psutil.Process) -> dict[str, float]:
    """Sends per second of both, in turns, and the ratio of the medians; `busy_…` without delay."""
    introduce(place)
    # Our own limit would be measured otherwise: a number that may send a thousand a second.
    with place.database() as connection:
        connection.execute("UPDATE whatsapp_whatsappnumber SET throughput = 'HIGH'")
    figures: dict[str, float] = {"connections": CONNECTIONS, "delay_ms": META_DELAY_S * 1000}
    for prefix, delay_s in (("", META_DELAY_S), ("busy_", 0.0)):
        rates: dict[str, list[float]] = {"bare": [], "helpdesk": []}
        for _ in range(ROUNDS):
            with _answering_after(place, delay_s):
                rates["bare"].append(_bare_loop(place))
            _wait_until_quiet(place)
            rates["helpdesk"].append(_through_the_worker(place, supervisor, delay_s))
            _wait_until_quiet(place)
        helpdesk, bare = median(rates["helpdesk"]), median(rates["bare"])
        figures[f"{prefix}sends_per_s"] = helpdesk
        figures[f"{prefix}bare_per_s"] = bare
        figures[f"{prefix}ratio"] = helpdesk / bare
    return figures


@contextmanager
def _answering_after(place: Place, delay_s: float) -> Iterator[None]:
    """The simulator takes so long to answer, and keeps statuses to itself."""
    _faults(place, {"delay_s": delay_s, "hold_statuses": True})
    try:
        yield
    finally:
        _faults(place, {"delay_s": 0.0, "hold_statuses": False})


def _faults(place: Place, faults: dict[str, object]) -> None:
    answer = requests.post(f"{place.simulator_url}/control/faults", json=faults, timeout=30)
    answer.raise_for_status()


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
    """As many threads as connections, one kept connection each, nothing but the call."""
    url = f"{place.simulator_url}/v25.0/{PHONE_NUMBER_ID}/messages"
    numbers: SimpleQueue[int] = SimpleQueue()
    for number in range(COUNT):
        numbers.put(number)
    broken: list[Exception] = []

    def send() -> None:
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {TOKEN}"
            try:
                while True:
                    session.post(
                        url, json=_body(numbers.get_nowait()), timeout=20
                    ).raise_for_status()
            except Empty:
                pass
            except requests.RequestException as error:
                broken.append(error)

    threads = [Thread(target=send) for _ in range(CONNECTIONS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if broken:
        raise broken[0]
    return COUNT / (time.perf_counter() - started)


def _body(number: int) -> dict[str, object]:
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": f"+49171{39_500_000 + number}",
        "type": "text",
        "text": {"body": "Um 16:05 Uhr von Gleis 2."},
    }


def _through_the_worker(place: Place, supervisor: psutil.Process, delay_s: float) -> float:
    """Queue everything while the worker is stopped, then let it go."""
    with _answering_after(place, delay_s), place.database() as connection:
        with _stopped_worker(supervisor):
            place.prepare("replies", str(COUNT))
            _wait_until_quiet(place)
        started = time.perf_counter()
        wait_until_zero(connection, WAITING, TIMEOUT_S)
        seconds = time.perf_counter() - started
        row = connection.execute(FAILED.encode()).fetchone()
    if row is None or row[0]:
        raise RuntimeError(f"{row} messages were not sent")
    return COUNT / seconds


@contextmanager
def _stopped_worker(supervisor: psutil.Process) -> Iterator[None]:
    workers = [
        process
        for process in supervisor.children(recursive=True)
        if "outbound@" in " ".join(process.cmdline())
    ]
    for worker in workers:
        worker.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGCONT)


def _wait_until_quiet(place: Place) -> None:
    """Until what the sends before brought about is dealt with."""
    with place.database() as connection:
        wait_until_zero(connection, BUSY, QUIET_S)
