"""One run: start, play, settle, judge."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass

import psycopg
from psycopg import Connection

from benchmarks.place import Place, temporary_place
from tests.chaos.plan import Options, draw
from tests.chaos.players import Players
from tests.chaos.truths import Judge, Truth, table

PASSING = (
    "SELECT (SELECT count(*) FROM whatsapp_webhookevent WHERE state IN ('pending', 'waiting')), "
    "(SELECT count(*) FROM conversations_event WHERE dispatched_at IS NULL), "
    "(SELECT count(*) FROM conversations_message WHERE client_uuid IS NOT NULL AND "
    "(status IN ('queued', 'sending') OR (status = 'unconfirmed' AND status_reason = ''))), "
    "(SELECT count(*) FROM conversations_media WHERE status = 'pending')"
)


@dataclass
class Verdict:
    """Whether all truths hold, and the table that says so."""

    truths: list[Truth]
    table: str
    log: str

    @property
    def holds(self) -> bool:
        return all(truth.holds for truth in self.truths)


def run(options: Options) -> Verdict:
    """Start everything, let it suffer, and look."""
    began = time.monotonic()
    plan = draw(options)
    with temporary_place(
        DJANGO_SETTINGS_MODULE="tests.chaos.settings",
        CHAOS_LEASE_S=str(options.lease_s),
        CHAOS_GRACE_S=str(options.grace_s),
        WHATSAPP_TIMEOUT_S=str(options.timeout_s),
    ) as place:
        say(options, "starting everything")
        with place.make_run() as supervisor:
            players = Players(place, plan, supervisor, token_of(place))
            players.simulator("POST", "chaos", harm(options))
            players.simulator("POST", "faults", {"rules": throttles(options)})
            say(
                options,
                f"{len(plan.inbound):,} in, {len(plan.outbound):,} out, "
                f"{len(plan.kills)} kills in {options.seconds:.0f} s",
            )
            players.play()
            chaos = players.simulator("GET", "chaos")
            players.struck = chaos["struck"]
            say(options, "everything was said; waiting until it has come to rest")
            players.simulator("POST", "chaos", {**quiet(chaos), "seed": options.seed})
            players.simulator("POST", "faults", {"rules": []})
            settled_s = settle(place, players, options)
            with place.database() as database:
                judge = Judge(players, database)
                truths = judge.truths()
                notes = [
                    ("seed", str(options.seed)),
                    *judge.notes(),
                    ("came to rest after", f"{settled_s:.0f} s"),
                    ("took", f"{time.monotonic() - began:.0f} s"),
                ]
                return Verdict(truths, table(truths, notes), place.log_path.read_text())


def harm(options: Options) -> dict[str, object]:
    """Everything at its usual rate, but throttling, which has rules of its own."""
    return {"seed": options.seed, "level": options.chaos_level, "rates": {"throttle": 0.0}}


def throttles(options: Options) -> list[dict[str, object]]:
    """4 % of the sends. The account's own limit stops a number for half a minute: once will do."""
    rules: list[dict[str, object]] = [
        {"error_code": "pair_rate_limit", "probability": 0.01 * options.chaos_level},
        {"error_code": "rate_limit", "probability": 0.04 * options.chaos_level},
    ]
    once: dict[str, object] = {"error_code": 80007, "probability": 0.1, "count": 1}
    return [*rules, once] if options.minutes > 3 else rules


def token_of(place: Place) -> str:
    """A REST token of the admin, who sees everything."""
    lines = place.log_path.read_text(errors="replace").splitlines()
    email = next(line.split()[2] for line in lines if line.startswith("login "))
    return place.run("manage.py", "create_api_token", email).strip()


def quiet(chaos: dict[str, object]) -> dict[str, object]:
    """Nothing goes wrong any more."""
    rates = chaos["rates"]
    assert isinstance(rates, dict)
    return {"level": 0.0, "rates": dict.fromkeys(rates, 0.0)}


def settle(place: Place, players: Players, options: Options) -> float:
    """Seconds until nothing was in a passing state any more, or until patience ended."""
    began = time.monotonic()
    said = ""
    while (waited_s := time.monotonic() - began) < options.settle_s:
        summary = players.simulator("GET", "outbox?messages=false&limit=0")
        outside = {name: summary[name] for name in ("webhooks_on_the_way", "fates_open")}
        try:
            with place.database() as database:
                inside = passing(database)
        except psycopg.Error:
            inside = (-1,)
        if not any(inside) and not any(outside.values()):
            return waited_s
        if (now := f"{outside} (events, told, out, files) {inside}") != said:
            said = now
            if int(waited_s) % 10 == 0:
                say(options, said)
        time.sleep(1)
    say(options, f"did not come to rest: {said}")
    return waited_s


def passing(database: Connection) -> tuple[int, ...]:
    """How much of each kind has not come to rest."""
    row = database.execute(PASSING.encode()).fetchone()
    assert row is not None
    return tuple(row)


def say(options: Options, words: str) -> None:
    print(f"chaos {options.seed}: {words}", file=sys.stderr, flush=True)


def as_json(verdict: Verdict) -> str:
    """For a file beside the table."""
    return json.dumps(
        {truth.words: {"counted": truth.counted, "wrong": truth.wrong} for truth in verdict.truths},
        ensure_ascii=False,
        indent=1,
    )
