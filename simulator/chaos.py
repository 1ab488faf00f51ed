"""Seeded chaos: what goes wrong is decided by the seed and by what it happens to.

No decision depends on the order in which things arrive, so the same seed does the same harm to the
same message in every run, however the processes around it are scheduled.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

Json = dict[str, Any]

# the share of cases at level 1
RATES: dict[str, float] = {
    # a request to /messages
    "drop_answer": 0.03,  # accepted, then the connection closes without a byte
    "drop_request": 0.02,  # the connection closes, nothing was accepted
    "server_error": 0.04,  # 500 or 503, nothing was accepted; Graph's words or a proxy's HTML
    "throttle": 0.04,  # 130429, 131056 or 80007 as 400 or 429, with Retry-After and without
    "hang": 0.002,  # accepted, never answered
    "hang_request": 0.0,  # not accepted, never answered
    "slow": 0.05,  # answered up to 2 s late
    "early_status": 0.1,  # the first status goes out before the answer
    "accepted_error": 0.0,  # accepted and yet answered with 500: Meta does not say it never does
    "fail": 0.0,  # accepted, then failed
    # a webhook
    "duplicate": 0.2,  # delivered once or twice more, at once or up to 5 s later
    "shuffle": 0.3,  # up to 1.5 s late, so that others overtake it
    "merge": 0.3,  # joined with whatever else goes out then: up to 1,000 updates, several entries
    # a status
    "status_duplicate": 0.1,  # told twice
    "status_reorder": 0.1,  # up to 3 s late, behind its successors
    "status_drop": 0.05,  # never told; not the last one of a message
    "status_silence": 0.0,  # no status of this message at all
}
FAIL_CODES = (131026, 131049, 131053, 130472, 131042, 131000)
MOST_REMEMBERED = 200_000


class ChaosError(ValueError):
    """A control that makes no sense; the text says why."""


class Chaos:
    """The dice. Off (level 0) until a control switches it on."""

    def __init__(self) -> None:
        self.seed = 0
        self.level = 0.0
        self.rates: dict[str, float] = dict.fromkeys(RATES, 0.0)
        self.struck: Counter[str] = Counter()
        self._occurrences: Counter[str] = Counter()

    @property
    def on(self) -> bool:
        """Whether anything can happen."""
        return self.level > 0

    def change(self, body: Json) -> None:
        """Take over seed, level and rates: rates not named are the usual ones times `level`."""
        if body.get("off") or body.get("clear") or not body:
            self.__init__()  # type: ignore[misc]
            return
        rates = body.get("rates") or {}
        unknown = sorted(set(body) - {"seed", "level", "rates"}) + (
            sorted(set(rates) - set(RATES)) if isinstance(rates, dict) else ["rates"]
        )
        if unknown:
            raise ChaosError(f"unknown chaos: {', '.join(unknown)}")
        level = float(body.get("level", 1.0))
        if not 0 <= level <= 10:
            raise ChaosError("level must be a number from 0 to 10")
        for name, rate in rates.items():
            if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
                raise ChaosError(f"the rate of {name} must be a number from 0 to 1")
        self.seed, self.level = int(body.get("seed", self.seed)), level
        self.rates = {
            name: float(rates[name]) if name in rates else min(1.0, usual * level)
            for name, usual in RATES.items()
        }
        self.struck.clear()
        self._occurrences.clear()

    def as_json(self) -> Json:
        """What `GET /control/chaos` answers."""
        return {
            "seed": self.seed, "level": self.level, "rates": self.rates,
            "struck": dict(self.struck),
        }  # fmt: skip

    def dice(self, *words: str) -> float:
        """A number in [0, 1) that hangs on the seed and the words only."""
        text = "\x1f".join((str(self.seed), *words)).encode()
        return int.from_bytes(hashlib.blake2b(text, digest_size=7).digest(), "big") / (1 << 56)

    def strikes(self, kind: str, key: str) -> bool:
        """Whether this kind of harm comes to `key`; counted."""
        rate = self.rates[kind]
        if rate <= 0 or self.dice(kind, key) >= rate:
            return False
        self.struck[kind] += 1
        return True

    def occurrence(self, key: str) -> str:
        """`key` with how often it came: a repeated request rolls the dice anew."""
        if len(self._occurrences) > MOST_REMEMBERED:
            self._occurrences.clear()
        self._occurrences[key] += 1
        return f"{key}#{self._occurrences[key]}"

    def request(self, key: str) -> Json:
        """What happens to a send, in the words of `POST /control/faults`. At most one harm."""
        if not self.on:
            return {}
        key = self.occurrence(key)
        late: Json = {}
        if self.strikes("slow", key):
            late["delay_s"] = round(2 * self.dice("slow for", key) ** 2, 3)
        if self.strikes("early_status", key):
            late["early_status"] = True
        for kind in ("drop_answer", "drop_request", "hang", "hang_request"):
            if self.strikes(kind, key):
                return late | {kind: True}
        if self.strikes("accepted_error", key):
            return late | {"accepted_status": 500}
        if self.strikes("server_error", key):
            status = 500 if self.dice("which error", key) < 0.5 else 503
            html = self.dice("whose words", key) < 0.3
            return late | {"http_status": 502 if html else status, "html": html}
        if self.strikes("throttle", key):
            return late | self._throttle(key)
        if self.strikes("fail", key):
            pick = int(self.dice("which failure", key) * len(FAIL_CODES))
            return late | {"fail_code": FAIL_CODES[pick]}
        return late

    def _throttle(self, key: str) -> Json:
        pick = self.dice("which throttle", key)
        harm: Json = {"error_code": 130429 if pick < 0.6 else 131056 if pick < 0.9 else 80007}
        if self.dice("throttle status", key) < 0.5:
            harm["http_status"] = 429
        if self.dice("retry after", key) < 0.5:
            harm["retry_after_s"] = 1 + int(3 * self.dice("retry after what", key))
        return harm
