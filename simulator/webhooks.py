"""Delivering webhooks as Meta does: signed, concurrent, at least once, in no promised order."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx

from simulator.bus import Bus
from simulator.clock import Clock
from simulator.faults import Faults
from simulator.settings import Settings
from simulator.state import Json, State

GIVE_UP_AFTER = timedelta(days=7)
TIMEOUT_S = 20.0
CONCURRENT = 20
LOG_LENGTH = 200
FIRST_RETRY_S = 0.25
LONGEST_RETRY_S = 10.0  # for a receiver that is down: soon after it is back, it knows everything
LONGEST_RETRY_REFUSED_S = 300.0  # for one that answers 4xx: it will hardly change its mind
BATCH_S = 0.3
SHUFFLE_S = 0.8
_chance = random.SystemRandom()


@dataclass(frozen=True)
class Attempt:
    """How one POST went; status 0 means no answer."""

    status: int
    error: str = ""

    @property
    def delivered(self) -> bool:
        """Only 200 counts."""
        return self.status == httpx.codes.OK


@dataclass
class Delivery:
    """One webhook body on its way."""

    body: bytes
    what: str
    customer_id: str = ""
    signature: str | None = None  # a wrong one, on purpose; such a delivery is tried once
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    attempts: int = 0
    first: asyncio.Future[Attempt] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


def sign(secret: str, body: bytes) -> str:
    """`X-Hub-Signature-256` of exactly these bytes."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def encode(payload: Json, escape: str = "mixed") -> bytes:
    """The bytes of a webhook: non-ASCII as \\uXXXX, and / as \\/, in some of them."""
    if escape == "mixed":
        escape = _chance.choice(("always", "never", "half"))
    text = json.dumps(payload, ensure_ascii=escape != "never", separators=(",", ":"))
    # A slash can stand only inside a string in JSON, so every one may be escaped.
    return (text.replace("/", "\\/") if escape == "always" else text).encode()


class Webhooks:
    """Everything on its way to the helpdesk, and the log of what went."""

    def __init__(
        self,
        settings: Settings,
        state: State,
        clock: Clock,
        faults: Faults,
        bus: Bus,
        client: httpx.AsyncClient,
    ) -> None:
        self.settings = settings
        self.state = state
        self.clock = clock
        self.faults = faults
        self.bus = bus
        self.log: deque[Json] = deque(maxlen=LOG_LENGTH)
        self._client = client
        self._slots = asyncio.Semaphore(CONCURRENT)
        self._verified = False
        self._verifying = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._batch: list[tuple[Json, Delivery]] = []

    # -- In --

    def submit(self, payload: Json, what: str, customer_id: str = "") -> Delivery:
        """Deliver `payload` with all the faults that are switched on."""
        delivery = Delivery(encode(payload, self.faults.escape), what, customer_id)
        if self.faults.batch:
            self._batch.append((payload, delivery))
            if len(self._batch) == 1:
                self._spawn(self._deliver_batch())
            return delivery
        self.submit_raw(delivery)
        return delivery

    def submit_raw(self, delivery: Delivery) -> None:
        """Deliver exactly these bytes."""
        if delivery.signature is None:
            self.state.undelivered[delivery.id] = delivery.body.decode(errors="replace")
        self._spawn(self._deliver(delivery, self._lag()))
        for _ in range(self.faults.duplicate):
            copy = Delivery(delivery.body, f"{delivery.what} (again)", delivery.customer_id)
            self._spawn(self._deliver(copy, _chance.uniform(0, 0.5)))

    def resume(self) -> None:
        """Deliver what the last run of the simulator left undelivered."""
        for delivery_id, body in list(self.state.undelivered.items()):
            self._spawn(self._deliver(Delivery(body.encode(), "resumed", id=delivery_id), 0))

    async def close(self) -> None:
        """Stop delivering; what is left stays in the state."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def forget(self) -> None:
        """Drop everything on its way (a reset)."""
        await self.close()
        self.state.undelivered.clear()
        self._batch.clear()
        self.log.clear()

    def _lag(self) -> float:
        return _chance.uniform(0, SHUFFLE_S) if self.faults.shuffle else 0.0

    def _spawn(self, work: object) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)  # type: ignore[arg-type]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- Out --

    async def _deliver_batch(self) -> None:
        await asyncio.sleep(BATCH_S)
        batch, self._batch = self._batch, []
        order = list(batch)
        if self.faults.shuffle:
            _chance.shuffle(order)
        joined: Json = {
            "object": "whatsapp_business_account",
            "entry": [entry for payload, _ in order for entry in payload["entry"]],
        }
        carrier = Delivery(
            encode(joined, self.faults.escape), " + ".join(delivery.what for _, delivery in order)
        )
        self.submit_raw(carrier)
        result = await carrier.first
        for _, delivery in batch:
            if not delivery.first.done():
                delivery.first.set_result(result)

    async def _deliver(self, delivery: Delivery, lag: float) -> None:
        await asyncio.sleep(lag)
        begun = self.clock.now()
        while True:
            result = await self._attempt(delivery)
            if not delivery.first.done():
                delivery.first.set_result(result)
            gave_up = self.clock.now() - begun > GIVE_UP_AFTER or delivery.signature is not None
            if result.delivered or gave_up:
                self.state.undelivered.pop(delivery.id, None)
                return
            # The first retry comes at once, the later ones ever more rarely, none in step.
            refused = 400 <= result.status < 500
            longest = LONGEST_RETRY_REFUSED_S if refused else LONGEST_RETRY_S
            pause = min(longest, FIRST_RETRY_S * 2 ** min(delivery.attempts - 1, 20))
            await asyncio.sleep(pause * _chance.uniform(0.5, 1.0))

    async def _attempt(self, delivery: Delivery) -> Attempt:
        delivery.attempts += 1
        begun, at = time.perf_counter(), self.clock.now()
        async with self._slots:
            result = await self._verify()
            if result is None:
                result = await self._post(delivery)
        self._note(delivery, result, at, time.perf_counter() - begun)
        return result

    async def _post(self, delivery: Delivery) -> Attempt:
        signature = delivery.signature
        if signature is None:
            signature = sign(self.settings.app_secret, delivery.body)
        headers = {"Content-Type": "application/json", "User-Agent": "facebookexternalua"}
        if signature:
            headers["X-Hub-Signature-256"] = signature
        try:
            response = await self._client.post(
                self.settings.webhook_url, content=delivery.body, headers=headers, timeout=TIMEOUT_S
            )
        except httpx.HTTPError as error:
            return Attempt(0, type(error).__name__)
        return Attempt(response.status_code)

    async def _verify(self) -> Attempt | None:
        """Meta's handshake, once before the first delivery; None when it is done."""
        async with self._verifying:
            if self._verified:
                return None
            challenge = str(secrets.randbelow(9 * 10**9) + 10**9)
            query = {
                "hub.mode": "subscribe",
                "hub.challenge": challenge,
                "hub.verify_token": self.settings.verify_token,
            }
            try:
                response = await self._client.get(
                    self.settings.webhook_url, params=query, timeout=TIMEOUT_S
                )
            except httpx.HTTPError as error:
                return Attempt(0, f"handshake: {type(error).__name__}")
            if response.status_code != httpx.codes.OK or response.text != challenge:
                # Never 200 here, though the status may be: the challenge was not echoed.
                status = 0 if response.status_code == httpx.codes.OK else response.status_code
                return Attempt(status, "handshake refused")
            self._verified = True
            return None

    def _note(self, delivery: Delivery, result: Attempt, at: datetime, took_s: float) -> None:
        entry: Json = {
            "id": delivery.id,
            "at": at.isoformat(),
            "what": delivery.what,
            "attempt": delivery.attempts,
            "status": result.status,
            "error": result.error,
            "customer_id": delivery.customer_id,
            "took_ms": round(took_s * 1000),
            "bytes": len(delivery.body),
        }
        self.log.append(entry)
        self.bus.publish({"type": "delivery", "entry": entry}, delivery.customer_id or None)
