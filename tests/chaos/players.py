"""Those who act: customers, agents, and whoever kills processes."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

import psutil
import psycopg
import requests

from benchmarks.place import Place
from tests.chaos.plan import DAY_S, PROCESSES, Customer, Inbound, Outbound, Plan

WRITERS = 8
TICK_S = 0.25
Planned = TypeVar("Planned", bound=Any)


class Players:
    """Plays a plan against a place; afterwards tells what the outside world knows."""

    def __init__(self, place: Place, plan: Plan, supervisor: psutil.Process, token: str) -> None:
        self.place, self.plan, self.supervisor, self.token = place, plan, supervisor, token
        self.started = 0.0
        # Known outside: by wamid the time on the customer's phone, by client UUID the answers.
        self.timestamps: dict[str, int] = {}
        self.answers: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self.killed: Counter[str] = Counter()
        self.struck: dict[str, int] = {}
        self.tries = 0
        self.stop = threading.Event()
        self.broken: list[str] = []
        self._conversations: dict[int, str] = {}
        self._first_wamid: dict[int, str] = {}
        self._lock = threading.Lock()
        self._local = threading.local()

    def play(self) -> None:
        """Returns when everything planned was done, and every answer of the REST API is in."""
        for one in self.plan.inbound:
            if one.kind != "reaction":
                self._first_wamid.setdefault(one.customer.number, one.wamid)
        self.started = time.time()
        parts: list[Callable[[], None]] = [self._customers, self._agents, self._killer]
        threads = [threading.Thread(target=self._guarded, args=(part,)) for part in parts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _guarded(self, part: Callable[[], None]) -> None:
        try:
            part()
        except Exception as error:  # noqa: BLE001 (told at the end, with everything else)
            self.broken.append(f"{part.__name__}: {error!r}")

    def _in_time(self, planned: Iterable[Planned]) -> Iterable[Planned]:
        for one in planned:
            wait_s = self.started + one.at_s - time.time()
            if wait_s > 0 and self.stop.wait(wait_s):
                return
            yield one

    # -- Customers --

    def _customers(self) -> None:
        due: list[dict[str, Any]] = []
        posted = time.time()
        for count, one in enumerate(self._in_time(self.plan.inbound)):
            due.append(one.shorthand(self._timestamp(one)))
            if time.time() - posted >= TICK_S or len(due) >= 200:
                self._post(due, per_webhook=1 + count % 5)
                due, posted = [], time.time()
        if due:
            self._post(due, per_webhook=2)

    def _timestamp(self, one: Inbound) -> int:
        """Now, except for who has to have written long ago."""
        now = int(time.time())
        closes_at_s = one.customer.closes_at_s
        if closes_at_s is not None:
            first = one.wamid == self._first_wamid[one.customer.number]
            now = int(self.started + closes_at_s - DAY_S - (0 if first else one.older_s))
        self.timestamps[one.wamid] = now
        return now

    def _post(self, rows: list[dict[str, Any]], per_webhook: int) -> None:
        body = {"messages": rows, "wait": False, "per_webhook": per_webhook}
        self.simulator("POST", "inbound", body)

    def simulator(self, method: str, path: str, body: Any = None) -> Any:
        """One control of the simulator, which nobody kills."""
        url = f"{self.place.simulator_url}/control/{path}"
        answer = requests.request(method, url, json=body, timeout=120)
        if answer.status_code != 200:
            raise RuntimeError(f"/control/{path}: {answer.status_code} {answer.text[:300]}")
        return answer.json()

    # -- Agents --

    def _agents(self) -> None:
        with ThreadPoolExecutor(WRITERS) as writers:
            futures = []
            for one in self._in_time(self.plan.outbound):
                futures += [writers.submit(self._write, one) for _ in range(one.clicks)]
            for future in futures:
                future.result()

    def _write(self, one: Outbound) -> None:
        """Post until there is an answer that counts, always with the same client UUID."""
        conversation = self._conversation(one.customer)
        if conversation is None:
            return
        url = f"{self.place.url}/api/v1/conversations/{conversation}/messages/"
        body = {"client_uuid": one.client_uuid, "type": "text", "text": one.text}
        while not self.stop.is_set():
            self.tries += 1
            with suppress(requests.RequestException, ValueError):
                answer = self._session().post(url, json=body, timeout=30)
                if answer.status_code < 500:
                    words = answer.json()
                    told = str(words.get("id") or words.get("code"))
                    with self._lock:
                        self.answers[one.client_uuid].append((answer.status_code, told))
                    return
            self.stop.wait(0.4)

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.headers["Authorization"] = f"Bearer {self.token}"
        session: requests.Session = self._local.session
        return session

    def _conversation(self, customer: Customer) -> str | None:
        """Where that customer writes; waits until their first message is there."""
        while not self.stop.is_set():
            if found := self._conversations.get(customer.number):
                return found
            with suppress(psycopg.Error), self.place.database() as database:
                row = database.execute(
                    "SELECT conversation_id FROM conversations_message WHERE wamid = %s",
                    [self._first_wamid[customer.number]],
                ).fetchone()
                if row is not None:
                    self._conversations[customer.number] = str(row[0])
                    continue
            self.stop.wait(0.5)
        return None

    # -- The killer --

    def _killer(self) -> None:
        for kill in self._in_time(self.plan.kills):
            words, _ = PROCESSES[kill.process]
            for process in self.supervisor.children(recursive=True):
                with suppress(psutil.Error, ProcessLookupError):
                    line = " ".join(process.cmdline())
                    if all(word in line for word in words):
                        os.kill(process.pid, signal.SIGKILL)
                        self.killed[kill.process] += 1
