"""How much there is to do, and how long the oldest of it has waited: for `/readyz`, `/metrics`.

Everything is read in one query over partial indexes, which hold only what is not done yet, and is
counted up to `MOST`: asking must stay cheap when a queue is long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

MOST = 100_000
Row = tuple[Any, ...]
# Runs a query and returns all its rows.
Ask = Callable[[str], list[Row]]


@dataclass(frozen=True)
class Queue:
    """`waiting` rows whose turn it is; `held` ones whose time is still to come.

    `oldest_s`: for how long the oldest of the waiting ones could have been done.
    """

    waiting: int = 0
    held: int = 0
    oldest_s: float = 0.0


@dataclass(frozen=True)
class Figures:
    """What waits where. `live`: events the inbox has not heard of. `parked`: tasks set aside."""

    webhook_events: Queue = field(default_factory=Queue)
    live: Queue = field(default_factory=Queue)
    outbound_reply: Queue = field(default_factory=Queue)
    outbound_bulk: Queue = field(default_factory=Queue)
    media: Queue = field(default_factory=Queue)
    sending: int = 0
    unconfirmed: int = 0
    failed_events: int = 0
    unknown_number_events: int = 0
    parked: int = 0

    @property
    def queues(self) -> dict[str, Queue]:
        return {name: value for name, value in vars(self).items() if isinstance(value, Queue)}

    def as_json(self) -> dict[str, Any]:
        """For `/readyz`, seconds to the millisecond."""
        found = asdict(self)
        for name in self.queues:
            found[name]["oldest_s"] = round(found[name]["oldest_s"], 3)
        return found


def _queue(name: str, rows: str) -> str:
    """Rows are (since, is it due); both aggregates in one pass."""
    return (
        f"SELECT '{name}', count(*) FILTER (WHERE due), count(*) FILTER (WHERE NOT due), "  # noqa: S608
        "coalesce(extract(epoch FROM now() - min(since) FILTER (WHERE due)), 0)::float "
        f"FROM ({rows} LIMIT {MOST}) AS rows"
    )


def _count(name: str, table: str, condition: str) -> str:
    rows = f"SELECT 1 FROM {table} WHERE {condition} LIMIT {MOST}"  # noqa: S608 (our own text)
    return f"SELECT '{name}', count(*), 0, 0.0 FROM ({rows}) AS rows"  # noqa: S608


def _due(table: str, condition: str, *times: str) -> str:
    """Rows that may have to wait for the latest of `times`."""
    since = f"greatest({', '.join(times)})"
    return f"SELECT {since} AS since, {since} <= now() AS due FROM {table} WHERE {condition}"  # noqa: S608


def _lane(lane: str) -> str:
    return _due(
        "conversations_message",
        f"status = 'queued' AND lane = '{lane}'",
        *("created_at", "retry_at", "scheduled_at"),
    )


# What is looked at again, or was replayed by hand, is old by nature: it has no age.
# Two parts, because each state has an index of its own.
_EVENTS = " UNION ALL ".join(
    "SELECT CASE WHEN attempts = 0 AND processed_at IS NULL THEN received_at END AS since, "  # noqa: S608
    f"{due} AS due FROM whatsapp_webhookevent WHERE state = '{state}'"
    for state, due in (("pending", "true"), ("waiting", "false"))
)
_LIVE = (
    "SELECT occurred_at AS since, true AS due FROM conversations_event WHERE dispatched_at IS NULL"
)
_QUERY = " UNION ALL ".join(
    (
        _queue("webhook_events", _EVENTS),
        _queue("live", _LIVE),
        _queue("outbound_reply", _lane("reply")),
        _queue("outbound_bulk", _lane("bulk")),
        _queue(
            "media",
            _due("conversations_media", "status = 'pending'", "created_at", "retry_at"),
        ),
        _count("sending", "conversations_message", "status = 'sending'"),
        _count("unconfirmed", "conversations_message", "status = 'unconfirmed'"),
        _count("failed_events", "whatsapp_webhookevent", "state = 'failed'"),
        _count("unknown_number_events", "whatsapp_webhookevent", "state = 'unknown_number'"),
        _count("parked", "helpdesk_parkedtask", "settled_at IS NULL"),
    )
)
_NUMBERS = (
    "SELECT b.id, b.is_active, w.can_send, w.platform_status, w.quality "
    "FROM whatsapp_whatsappnumber w JOIN conversations_businessnumber b "
    "ON b.id = w.businessnumber_ptr_id ORDER BY b.id"
)


@dataclass(frozen=True)
class NumberState:
    """A business number as Meta last spoke of it; empty words: never heard."""

    pk: int
    is_active: bool
    can_send: str
    status: str
    quality: str

    @property
    def is_blocked(self) -> bool:
        return self.can_send == "BLOCKED"


def read(ask: Ask) -> Figures:
    """The figures of this moment; raises what `ask` raises."""
    found: dict[str, Any] = {}
    for name, waiting, held, oldest_s in ask(_QUERY):
        is_queue = isinstance(Figures.__dataclass_fields__[name].default_factory, type)
        found[name] = Queue(waiting, held, max(oldest_s, 0.0)) if is_queue else waiting
    return Figures(**found)


def read_numbers(ask: Ask) -> list[NumberState]:
    """All WhatsApp numbers, whether in use or not."""
    return [NumberState(*row) for row in ask(_NUMBERS)]
