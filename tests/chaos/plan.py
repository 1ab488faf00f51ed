"""What happens in a run, drawn from one seed before anything starts."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field

# Which words of a command line a process is known by, and how often it dies among the others.
PROCESSES: dict[str, tuple[tuple[str, ...], int]] = {
    "web": (("daphne",), 2),
    "worker-inbound": (("celery", "inbound@"), 2),
    "worker-outbound": (("celery", "outbound@"), 3),
    "worker-live": (("celery", "live@"), 1),
    "worker-media": (("celery", "media@"), 1),
    "worker-bulk": (("celery", "bulk@"), 1),
    "beat": (("celery", "beat"), 1),
    "Redis": (("redis-server",), 1),
    "PostgreSQL": (("/postgres", "-D"), 1),
}
EMOJIS = ("👍", "❤️", "😂", "🙏")
HIDDEN_EVERY, CLOSING_EVERY = 10, 12
DAY_S = 24 * 3600


@dataclass(frozen=True)
class Options:
    """How much, how long, and from which seed."""

    inbound: int = 20_000
    outbound: int = 5_000
    minutes: float = 8.0
    seed: int = 1
    kill_every_s: float = 7.0
    lease_s: float = 60.0
    grace_s: float = 30.0
    timeout_s: int = 10
    settle_s: float = 420.0
    chaos_level: float = 1.0

    @property
    def seconds(self) -> float:
        return self.minutes * 60


@dataclass(frozen=True)
class Customer:
    """Someone who writes. `closes_at_s`: when their window closes, in seconds of the run."""

    number: int
    who: dict[str, str]
    closes_at_s: float | None


@dataclass(frozen=True)
class Inbound:
    """A customer writes, `at_s` seconds into the run."""

    at_s: float
    customer: Customer
    wamid: str
    kind: str
    text: str = ""
    target: str = ""
    # Of a window that closes: how much older than its last message this one is.
    older_s: int = 0

    def shorthand(self, timestamp: int) -> dict[str, object]:
        """In the words of `POST /control/inbound`."""
        body: dict[str, object] = {**self.customer.who, "id": self.wamid, "timestamp": timestamp}
        body["type"] = self.kind
        if self.kind == "reaction":
            return {**body, "message_id": self.target, "emoji": self.text}
        return {**body, "caption" if self.kind == "image" else "text": self.text}


@dataclass(frozen=True)
class Outbound:
    """A program or an agent answers; `clicks` times at once, as impatient people do."""

    at_s: float
    customer: Customer
    client_uuid: str
    text: str
    clicks: int


@dataclass(frozen=True)
class Kill:
    at_s: float
    process: str


@dataclass
class Plan:
    """Everything in order of time."""

    customers: list[Customer] = field(default_factory=list)
    inbound: list[Inbound] = field(default_factory=list)
    outbound: list[Outbound] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)


def draw(options: Options) -> Plan:
    """The same options, the same plan."""
    dice = random.Random(options.seed)
    plan = Plan(customers=[_customer(n, options, dice) for n in range(_crowd(options))])
    plan.inbound = _inbound(plan.customers, options, dice)
    plan.outbound = _outbound(plan.customers, options, dice)
    plan.kills = _kills(options, dice)
    return plan


def _crowd(options: Options) -> int:
    return max(CLOSING_EVERY * 2, options.inbound // 80)


def _customer(number: int, options: Options, dice: random.Random) -> Customer:
    who = {"from": f"491517{1_000_000 + number}", "name": f"Gast {number}"}
    if number % HIDDEN_EVERY == 3:
        who = {
            "user_id": f"DE.77{options.seed % 1000:03}{1_000_000 + number}",
            "username": f"gast.{number}",
            "name": f"Gast {number}",
        }
    closes = number % CLOSING_EVERY == 5
    return Customer(number, who, dice.uniform(0.25, 0.9) * options.seconds if closes else None)


def _inbound(customers: list[Customer], options: Options, dice: random.Random) -> list[Inbound]:
    """Everybody greets within the first tenth; the rest comes evenly, with images and reactions."""
    found = [
        Inbound(
            dice.uniform(0, options.seconds / 10), customer, _wamid(options, n), "text", "Guten Tag"
        )
        for n, customer in enumerate(customers)
    ]
    # To react to: once each, or the order of two reactions would count.
    texts: dict[int, list[str]] = {one.customer.number: [one.wamid] for one in found}
    moments = sorted(
        dice.uniform(options.seconds / 10, options.seconds)
        for _ in range(options.inbound - len(found))
    )
    for place, at_s in enumerate(moments, start=len(found)):
        customer, wamid, pick = dice.choice(customers), _wamid(options, place), dice.random()
        older_s = dice.randrange(0, 7200)
        known = texts[customer.number]
        if pick < 0.03 and known:
            target = known.pop(dice.randrange(len(known)))
            found.append(
                Inbound(at_s, customer, wamid, "reaction", dice.choice(EMOJIS), target, older_s)
            )
        elif pick < 0.05:
            found.append(Inbound(at_s, customer, wamid, "image", f"Bild {place}", "", older_s))
        else:
            known.append(wamid)
            text = f"Frage {place}: fährt der RE {dice.randrange(1, 99)}? Ä\u2028😀"
            found.append(Inbound(at_s, customer, wamid, "text", text, "", older_s))
    return sorted(found, key=lambda one: one.at_s)


def _wamid(options: Options, place: int) -> str:
    return f"wamid.CHAOS{options.seed:04}I{place:07}"


def _outbound(customers: list[Customer], options: Options, dice: random.Random) -> list[Outbound]:
    # Whoever is written to before their window closes may have to wait until after that.
    closing = [one for one in customers if one.closes_at_s is not None]
    found = []
    for place in range(options.outbound):
        customer = dice.choice(closing if dice.random() < 0.15 else customers)
        at_s = dice.uniform(options.seconds / 10, options.seconds)
        if customer.closes_at_s is not None and dice.random() < 0.7:
            at_s = min(customer.closes_at_s - dice.uniform(-3, 20), options.seconds)
        name = str(uuid.UUID(int=dice.getrandbits(128), version=4))
        clicks = 2 if dice.random() < 0.1 else 1
        found.append(Outbound(max(at_s, 0.0), customer, name, f"Antwort {place}", clicks))
    return sorted(found, key=lambda one: one.at_s)


def _kills(options: Options, dice: random.Random) -> list[Kill]:
    """Every process at least once when there is time, then by weight."""
    deck: list[str] = []
    kills: list[Kill] = []
    at_s = options.seconds / 20 + 2
    while at_s < options.seconds:
        if not deck:
            deck = list(PROCESSES) if not kills else []
            deck += [] if deck else [name for name, (_, n) in PROCESSES.items() for _ in range(n)]
            dice.shuffle(deck)
        kills.append(Kill(at_s, deck.pop()))
        at_s += dice.uniform(0.3, 1.7) * options.kill_every_s
    return kills
