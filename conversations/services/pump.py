"""The pump: claims in sets, sends over many connections at once, settles in sets.

One per lane and process; several processes may pump side by side. A nudge runs it, or wakes the
one that runs. A set is what the connections send within a moment (`SET_S`), one each at least: what
a set costs does not depend on its size much. While one set is being sent the next is claimed, and
no more than that: whoever kills a pump leaves at most two sets of rows of which nobody knows
whether they left.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from queue import Empty, SimpleQueue
from threading import Event as Flag
from threading import Lock
from typing import NamedTuple

from django.conf import settings
from django.db import (
    Error,
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
)
from django.utils import timezone

from conversations.delivery import PUMP_TASKS
from conversations.events import nudge, nudge_heard, nudge_once
from conversations.gateway import Gateway, NoAnswer, SendOutcome, TryLater, gateway
from conversations.models import Lane, Message, Status
from conversations.services.claim import Claim, claim_due
from conversations.services.leases import next_due_at
from conversations.services.own_page import with_link
from conversations.services.settle import Settled, settle, settle_all

log = logging.getLogger(__name__)

# A claim that no connection took within so long goes back into the queue unsent: the wire is stuck,
# and what was claimed for quick answers should not meet time-outs, which leave everybody in doubt.
STALE_S = 10.0
# How long finished sends are collected before they are settled together.
GATHER_S = 0.03
# Claimed at most, in sets: one being sent, one waiting for it.
AHEAD = 2
# What the connections send in so long, as they were answered lately, makes a set; but never more
# than so many for each connection, however quick the answers.
SET_S = 0.1
LARGEST_SET = 4
# While sends are under way: how often to look for rows nobody woke us for.
LOOK_EVERY_S = 0.5
# Rows that others hold, and numbers that wait a moment, are waited for here; longer waits are left
# to a task of their own.
LINGER_S = 2.0
SOON_S = 0.02
# After so long somebody else gets a turn, and the broker its acknowledgement.
LONGEST_RUN_S = 60.0
# A row that could not be locked for so long is waited for.
PATIENCE_S = 2.0
DATABASE_PAUSE_S = 0.5
ALARM_WITHIN_S = 120.0


class _Finished(NamedTuple):
    """What became of a claim, and how long its send took."""

    settled: Settled
    took_s: float


class Pump:
    """Sends what is due in one lane. Thread-safe: `run` from any thread, one of them works."""

    def __init__(self, lane: Lane, connections: int, channel: Gateway | None = None) -> None:
        self.lane = lane
        self.connections = connections
        self._channel = channel
        self._running = Lock()
        self._woken = Flag()
        self._stopping = Flag()
        self._senders: ThreadPoolExecutor | None = None
        # Claimed, and no connection took it yet; how many are sending. Both under `_handing_over`.
        self._handing_over = Lock()
        self._claimed: deque[Claim] = deque()
        self._sending = 0
        # Claimed, and not known to the pump to be finished.
        self._in_flight = 0
        # How long a send took lately. At first a set is one for each connection.
        self._answer_s = SET_S
        self._finished: SimpleQueue[_Finished | None] = SimpleQueue()
        # Finished, and their rows held by others since then (monotonic seconds).
        self._unsettled: list[Settled] = []
        self._held_since = 0.0
        self._numbers_wait: dict[int, float] = {}
        self._alarm_at = 0.0

    @property
    def channel(self) -> Gateway:
        return self._channel or gateway()

    def run(self) -> None:
        """Send until nothing is due; when another thread does so already, have it look again."""
        nudge_heard(PUMP_TASKS[self.lane])
        if not self._woken.is_set():
            self._woken.set()
            self._finished.put(None)
        while self._woken.is_set() and not self._stopping.is_set():
            if not self._running.acquire(blocking=False):
                return
            try:
                self._run()
            finally:
                self._running.release()

    def stop(self) -> None:
        """Claim nothing more; what is under way is still settled."""
        self._stopping.set()
        self._finished.put(None)

    # -- Everything below runs in one thread at a time --

    def _run(self) -> None:
        ends = time.monotonic() + LONGEST_RUN_S
        while self._work(time.monotonic() < ends and not self._stopping.is_set()):
            pass
        if self._stopping.is_set():
            return
        if time.monotonic() >= ends:
            nudge_once(PUMP_TASKS[self.lane])
        else:
            self._set_alarm()

    def _work(self, may_claim: bool) -> bool:
        """One round: claim, wait for what finishes, settle. False when there is nothing to do."""
        wait_s: float | None = None
        with _patient_with_database() as answered:
            if may_claim:
                wait_s = self._claim()
            if self._in_flight or self._unsettled:
                self._settle(wait_s)
                return True
        if not answered:
            return may_claim
        if wait_s is None or not may_claim:
            return may_claim and self._woken.is_set()
        self._woken.wait(wait_s)
        return True

    def _claim(self) -> float | None:
        """Fill the free connections. Seconds until another look may find more, None: no need."""
        self._woken.clear()
        size = self._set_size
        free = AHEAD * size - self._in_flight - len(self._unsettled)
        if free < max(size // 2, 1):
            return None  # no sets of crumbs: the connections still have work
        now = time.monotonic()
        self._numbers_wait = {pk: at for pk, at in self._numbers_wait.items() if at > now}
        found = claim_due(self.channel, self.lane, min(free, size), self._numbers_wait)
        self._hand_over(found.claims)
        for number, wait_s in found.numbers.items():
            self._numbers_wait[number] = now + wait_s
        waits = [at - now for at in self._numbers_wait.values()]
        waits += [SOON_S] if found.more else []
        return min((wait for wait in waits if wait <= LINGER_S), default=None)

    @property
    def _set_size(self) -> int:
        in_time = SET_S / max(self._answer_s, SET_S / LARGEST_SET)
        return int(self.connections * max(in_time, 1.0))

    def _hand_over(self, claims: Sequence[Claim]) -> None:
        """Give claims to the connections: those that send take one after the other."""
        if self._senders is None:
            self._senders = ThreadPoolExecutor(self.connections, f"send-{self.lane}")
        self._in_flight += len(claims)
        with self._handing_over:
            self._claimed.extend(claims)
            more = min(len(self._claimed), self.connections - self._sending)
            self._sending += more
        for _ in range(more):
            self._senders.submit(self._send_claimed)

    def _send_claimed(self) -> None:
        """In a thread of its own, as long as something is claimed."""
        while True:
            with self._handing_over:
                if not self._claimed:
                    self._sending -= 1
                    return
                claim = self._claimed.popleft()
            self._send(claim)

    def _send(self, claim: Claim) -> None:
        """Whatever happens, there is an outcome."""
        if timezone.now() - claim.log.started_at > timedelta(seconds=STALE_S):
            back = Settled(claim, TryLater("not_sent_yet", wait_s=0.0))
            self._finished.put(_Finished(back, SET_S))
            return
        outcome: SendOutcome
        began = time.monotonic()
        try:
            outcome = self.channel.send(with_link(claim.message))
        except Exception:
            # A channel does not raise; if it does, nobody knows what was written to the wire.
            log.exception("message.send_broke message=%s", claim.message.pk)
            outcome = NoAnswer("internal")
        finally:
            close_old_connections()
        self._finished.put(_Finished(Settled(claim, outcome), time.monotonic() - began))

    def _settle(self, look_again_s: float | None) -> None:
        """Wait for sends that finish, or for a reason to look again; settle them together."""
        limit = LOOK_EVERY_S if look_again_s is None else look_again_s
        finished, self._unsettled = self._unsettled, []
        finished += self._gather(SOON_S if finished else limit)
        if not finished:
            return
        self._unsettled = finished
        try:
            self._unsettled = settle_all(finished)
        except (OperationalError, InterfaceError):
            raise  # PostgreSQL is away, or wants to begin anew
        except Exception:
            log.exception("pump.set_apart messages=%s", len(finished))
            self._settle_apart()
        self._wake_replies(finished)
        if not self._unsettled:
            self._held_since = 0.0
        elif not self._held_since:
            self._held_since = time.monotonic()
        elif time.monotonic() - self._held_since > PATIENCE_S:
            stubborn, *others = self._unsettled
            settle(stubborn.claim, stubborn.outcome)
            self._unsettled = others

    def _settle_apart(self) -> None:
        """One by one, so that one which cannot be written down keeps no other from it.

        That one's lease ends, and then nobody knows: statuses will tell, or an agent is asked.
        """
        while self._unsettled:
            one = self._unsettled[0]
            try:
                settle(one.claim, one.outcome)
            except (OperationalError, InterfaceError):
                raise
            except Exception:
                log.exception("message.not_settled message=%s", one.message_id)
            self._unsettled = self._unsettled[1:]

    def _gather(self, limit_s: float) -> list[Settled]:
        """What finishes within `limit_s`, and what else within `GATHER_S` of the first."""
        found: list[_Finished] = []
        size, ends = self._set_size, time.monotonic() + limit_s
        while self._in_flight and len(found) < size:
            try:
                one = self._finished.get(timeout=max(ends - time.monotonic(), 0.0))
            except Empty:
                break
            if one is None:
                if not found:
                    break  # woken: look for new rows first
                continue
            if not found:
                ends = time.monotonic() + GATHER_S
            found.append(one)
            self._in_flight -= 1
        if found:
            lately = sum(one.took_s for one in found) / len(found)
            self._answer_s = (self._answer_s + lately) / 2
        return [one.settled for one in found]

    def _wake_replies(self, settled: list[Settled]) -> None:
        """An agent's answer may have waited for a bulk message to the same customer."""
        if self.lane == Lane.REPLY:
            return
        conversations = {one.claim.message.conversation_id for one in settled}
        waiting = Message.objects.filter(
            conversation_id__in=conversations, status=Status.QUEUED, lane=Lane.REPLY
        )
        if waiting.exists():
            nudge_once(PUMP_TASKS[Lane.REPLY])

    def _set_alarm(self) -> None:
        """Have a task run when the next waiting row is due; the sweeper finds what comes later."""
        now = timezone.now()
        due = next_due_at(self.lane, now)
        waits = [at - time.monotonic() for at in self._numbers_wait.values()]
        waits += [(due - now).total_seconds()] if due is not None else []
        wait_s = max(min(waits, default=ALARM_WITHIN_S), 0.0)
        at = time.monotonic() + wait_s
        if wait_s >= ALARM_WITHIN_S or time.monotonic() < self._alarm_at <= at:
            return
        self._alarm_at = at
        nudge(PUMP_TASKS[self.lane], countdown=wait_s)


@lru_cache(maxsize=2)
def pump(lane: Lane) -> Pump:
    """This process's pump of `lane`."""
    return Pump(lane, settings.OUTBOUND_CONNECTIONS)


def stop_pumps() -> None:
    """The process ends: claim nothing more."""
    for lane in Lane:
        pump(lane).stop()


@contextmanager
def _patient_with_database() -> Iterator[list[bool]]:
    """PostgreSQL may be away for a moment: what finished meanwhile is settled when it is back.

    Yields a list that is empty afterwards when it was.
    """
    answered = [True]
    try:
        yield answered
    except Error:
        log.warning("pump.database_away", exc_info=True)
        answered.clear()
        connection.close()
        time.sleep(DATABASE_PAUSE_S)
