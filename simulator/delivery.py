"""Delivers webhooks as Meta does: signed, concurrent, at least once, in no particular order."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import hashlib
import itertools
import logging
import random
import secrets
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from simulator import wire
from simulator.courier import Courier, CourierError, HttpCourier
from simulator.hub import Hub
from simulator.store import Store

Json = dict[str, Any]
log = logging.getLogger("simulator.delivery")
CONCURRENCY = 24
MOST_IN_A_BODY = 1000
GIVE_UP_S = 7 * 24 * 3600.0
LONGEST_WAIT_S = 5.0  # for a helpdesk that is down: soon after it is back, it knows everything
LONGEST_WAIT_REFUSED_S = 60.0  # for one that answers 4xx: it will hardly change its mind
BATCH_S = 0.2
SHUFFLE_S = 0.35
CHAOS_SHUFFLE_S = 1.5
CHAOS_REDELIVERY_S = 5.0
_random = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Attempt:
    """The outcome of one POST: its status, or why there was none."""

    status: int | None
    ms: int
    error: str | None = None

    @property
    def delivered(self) -> bool:
        """Only 200 counts."""
        return self.status == 200


@dataclass(eq=False, slots=True)
class Parcel:
    """One body on its way, until it is accepted."""

    body: bytes
    label: str
    note: str = ""
    born_at: float = 0.0
    attempts: int = 0
    key: str = ""  # for the dice of chaos
    first: list[asyncio.Future[Attempt]] = field(default_factory=list)


class Deliverer:
    """The way from the simulator to the helpdesk."""

    def __init__(self, store: Store, hub: Hub, courier: Courier | None = None) -> None:
        self.store = store
        self.hub = hub
        self.url = store.config.webhook_url
        self.verified = False
        self.courier: Courier = courier or HttpCourier()
        self._handshake = asyncio.Lock()
        self._slots = asyncio.Semaphore(CONCURRENCY)
        self._parcels: set[Parcel] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._batch: list[tuple[str, Json, Parcel]] = []
        self._sent = 0

    # --- life --------------------------------------------------------------------------------

    async def start(self) -> None:
        """Take up what an earlier run left, and greet the helpdesk."""
        for kept in self.store.pending:
            with contextlib.suppress(KeyError, binascii.Error, TypeError):
                body = base64.b64decode(kept["body"])
                self._launch(Parcel(body, kept["label"], "", kept["born_at"], kept["attempts"]))
        self.store.pending = []
        self.store.collect_pending = self._pending
        self._spawn(self._greet())

    async def stop(self) -> None:
        """End all attempts; what was not accepted stays in the snapshot."""
        self.store.pending = self._pending()
        self.store.collect_pending = None
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.courier.close()

    def forget(self) -> None:
        """Drop everything that is still on its way."""
        for task in list(self._tasks):
            task.cancel()
        for parcel in (*self._parcels, *(parcel for _, _, parcel in self._batch)):
            for future in parcel.first:
                if not future.done():
                    future.cancel()
        self._parcels.clear()
        self._batch.clear()
        self.store.pending = []
        if not self.verified:
            self._spawn(self._greet())

    @property
    def on_the_way(self) -> int:
        """How many bodies have not been accepted yet, or wait to be joined."""
        return len(self._parcels) + len(self._batch)

    # --- sending -------------------------------------------------------------------------------

    def send_changes(
        self,
        changes: list[Json],
        label: str,
        note: str = "",
        *,
        waba_id: str | None = None,
        key: str = "",
    ) -> asyncio.Future[Attempt]:
        """Deliver these changes in one body, or with others when they are to be joined.

        `waba_id` is needed where the changes name no business number. `key` names the event for
        the dice of chaos. The future holds the outcome of the first attempt; retries go on.
        """
        parcel = Parcel(b"", label, note, time.time(), key=key)
        future: asyncio.Future[Attempt] = asyncio.get_running_loop().create_future()
        parcel.first.append(future)
        rows = [(waba_id or self._waba_of(change), change) for change in changes]
        if self.store.faults.batch or self._strikes("merge", key):
            self._batch += [(waba, change, parcel) for waba, change in rows]
            if len(self._batch) == len(rows):
                self._spawn(self._flush_batch())
        else:
            parcel.body = self._encode(rows)
            self._launch(parcel)
        return future

    def send_raw(self, body: bytes, label: str) -> asyncio.Future[Attempt]:
        """Deliver exactly these bytes, signed."""
        key = hashlib.blake2b(body, digest_size=12).hexdigest() if self.store.chaos.on else ""
        parcel = Parcel(body, label, "", time.time(), key=key)
        future: asyncio.Future[Attempt] = asyncio.get_running_loop().create_future()
        parcel.first.append(future)
        self._launch(parcel)
        return future

    def _waba_of(self, change: Json) -> str:
        value = change.get("value")
        metadata = value.get("metadata") if isinstance(value, dict) else None
        number_id = metadata.get("phone_number_id") if isinstance(metadata, dict) else None
        number = self.store.numbers.get(str(number_id))
        return number.waba_id if number else self.store.config.waba_id

    def _strikes(self, kind: str, key: str) -> bool:
        return bool(key) and self.store.chaos.on and self.store.chaos.strikes(kind, key)

    def _encode(self, rows: list[tuple[str, Json]]) -> bytes:
        self._sent += 1
        body = wire.envelope(rows, self.store.clock.now())
        return wire.encode(body, escape_slashes=self._sent % 3 == 0)

    async def _flush_batch(self) -> None:
        await asyncio.sleep(BATCH_S)
        items, self._batch = self._batch, []
        for start in range(0, len(items), MOST_IN_A_BODY):
            part = items[start : start + MOST_IN_A_BODY]
            rows = [(waba_id, change) for waba_id, change, _ in part]
            if self.store.faults.shuffle or self.store.chaos.on:
                _random.shuffle(rows)
            parcel = Parcel(self._encode(rows), f"batch.{len(rows)}", born_at=time.time())
            joined = {id(each): each for _, _, each in part}.values()
            parcel.first = [future for each in joined for future in each.first]
            # the body is a new thing each time; what happens to it follows from what is in it
            parcel.key = min((each.key for each in joined), default="")
            self._launch(parcel)

    def _launch(self, parcel: Parcel) -> None:
        self._parcels.add(parcel)
        self._spawn(self._carry(parcel))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, parcel: Parcel) -> None:
        """Try until it is accepted, seven days long."""
        if self.store.faults.shuffle:
            await asyncio.sleep(_random.uniform(0, SHUFFLE_S))
        if self._strikes("shuffle", parcel.key):
            await asyncio.sleep(CHAOS_SHUFFLE_S * self.store.chaos.dice("late", parcel.key))
        while True:
            parcel.attempts += 1
            async with self._slots:
                attempt = await self._try(parcel)
            for future in parcel.first:
                if not future.done():
                    future.set_result(attempt)
            parcel.first = []
            if attempt.delivered or time.time() - parcel.born_at > GIVE_UP_S:
                break
            self.store.touch()
            refused = attempt.status is not None and 400 <= attempt.status < 500
            await asyncio.sleep(wait_before(parcel.attempts, refused=refused))
        copies = self.store.faults.duplicate - 1
        if copies:
            await asyncio.gather(*(self._try(parcel, copy=True) for _ in range(copies)))
        if self._strikes("duplicate", parcel.key):
            await self._redeliver(parcel)
        self._parcels.discard(parcel)
        self.store.touch()

    async def _redeliver(self, parcel: Parcel) -> None:
        """Once or twice more, at once or seconds later."""
        dice = self.store.chaos.dice
        for number in range(1 + (dice("twice more", parcel.key) < 0.3)):
            if dice("at once", f"{parcel.key} {number}") >= 0.5:
                await asyncio.sleep(CHAOS_REDELIVERY_S * dice("when", f"{parcel.key} {number}"))
            async with self._slots:
                await self._try(parcel, copy=True)

    async def _try(self, parcel: Parcel, *, copy: bool = False) -> Attempt:
        began = time.monotonic()
        problem = None if self.verified else await self.ensure_verified()
        if problem is None:
            attempt = await self._post(parcel.body, began)
        else:
            attempt = Attempt(None, 0, problem)
        note = f"{attempt.ms} ms" if attempt.error is None else attempt.error
        if copy:
            note = f"copy · {note}"
        elif parcel.attempts > 1:
            note = f"#{parcel.attempts} · {note}"
        if parcel.attempts <= 4 or parcel.attempts % 10 == 0 or attempt.delivered:
            words = f"{note} · {parcel.note}" if parcel.note else note
            self.hub.log("webhook", parcel.label, attempt.status, words, final=attempt.delivered)
        log.info(
            "webhook.posted label=%s attempt=%d status=%s ms=%d",
            parcel.label, parcel.attempts, attempt.status, attempt.ms,
        )  # fmt: skip
        return attempt

    async def _post(self, body: bytes, began: float) -> Attempt:
        secret = self.store.config.app_secret
        if self.store.faults.wrong_signature:
            secret += "-wrong"
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": wire.sign(secret, body),
        }
        try:
            answer = await self.courier.request("POST", self.url, headers, body)
        except CourierError as error:
            return Attempt(None, _ms_since(began), str(error))
        return Attempt(answer.status, _ms_since(began))

    # --- the handshake --------------------------------------------------------------------------

    async def ensure_verified(self) -> str | None:
        """Greet the helpdesk unless it is known; why it is not, or None when all is well."""
        if self.verified:
            return None
        async with self._handshake:
            if self._is_verified():  # somebody else greeted meanwhile
                return None
            problem = await self._verify()
            if problem is None:
                self.verified = True
                self.hub.publish({"type": "connection", "verified": True})
            return problem

    def _is_verified(self) -> bool:
        return self.verified

    async def _verify(self) -> str | None:
        challenge = str(secrets.randbelow(10**10))
        query = urlencode(
            {
                "hub.mode": "subscribe",
                "hub.challenge": challenge,
                "hub.verify_token": self.store.config.verify_token,
            }
        )
        try:
            answer = await self.courier.request("GET", f"{self.url}?{query}", {}, b"")
        except CourierError as error:
            return f"handshake: {error}"
        if answer.status != 200 or answer.body != challenge.encode():
            self.hub.log("webhook", "handshake", answer.status, "challenge not echoed")
            return f"handshake refused ({answer.status})"
        self.hub.log("webhook", "handshake", 200, "challenge echoed")
        return None

    async def _greet(self) -> None:
        for attempt in range(1, 10_000):
            if await self.ensure_verified() is None:
                return
            await asyncio.sleep(min(0.25 * attempt, 5.0))

    def _pending(self) -> list[Json]:
        """What is on its way, for the snapshot."""
        waiting = [parcel for parcel in self._parcels if parcel.body]
        if self._batch:
            rows = [(waba_id, change) for waba_id, change, _ in self._batch]
            waiting.append(Parcel(self._encode(rows), "batch", born_at=time.time()))
        return [
            {
                "body": base64.b64encode(parcel.body).decode(),
                "label": parcel.label,
                "born_at": parcel.born_at,
                "attempts": parcel.attempts,
            }
            for parcel in itertools.islice(waiting, 5000)
        ]


def wait_before(attempts: int, *, refused: bool = False) -> float:
    """Seconds until the next attempt: at once, then ever longer, never quite regularly."""
    if attempts <= 1:
        return _random.uniform(0.0, 0.1)
    most = LONGEST_WAIT_REFUSED_S if refused else LONGEST_WAIT_S
    longest = min(most, 0.5 * 2 ** min(attempts - 2, 10))
    return float(longest * _random.uniform(0.7, 1.3))


def _ms_since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
