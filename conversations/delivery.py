"""The delivery status machine: which status may follow which. Pure; no database.

Ours: queued → sending → accepted | unconfirmed | failed, back to queued when it certainly did
not leave, or blocked. The platform's: sent → delivered → read → played, in any order and any
number of times; `failed` wins only over what has not been delivered, and a message that failed
on one device may still be delivered on another (reference, section 4).
"""

from __future__ import annotations

from conversations.models import Lane, Status

# The task that sends what is due in a lane; each has its own queue, and so its own workers.
PUMP_TASKS = {
    Lane.REPLY: "conversations.pump_replies",
    Lane.BULK: "conversations.pump_bulk",
}
# `status_reason` of an unconfirmed message once the grace period passed without word.
NO_WORD = "no_word"

_RANK = {
    Status.QUEUED: 0,
    Status.SENDING: 1,
    Status.UNCONFIRMED: 2,
    Status.ACCEPTED: 3,
    Status.SENT: 4,
    Status.DELIVERED: 5,
    Status.READ: 6,
    Status.PLAYED: 7,
}
PLATFORM_STATUSES = frozenset(
    {Status.SENT, Status.DELIVERED, Status.READ, Status.PLAYED, Status.FAILED}
)
IN_FLIGHT = (Status.QUEUED, Status.SENDING)
HAS_ARRIVED = (Status.DELIVERED, Status.READ, Status.PLAYED)


def may_follow(current: str, reported: str) -> bool:
    """Whether a status that the platform reports moves a message on from `current`."""
    if reported not in PLATFORM_STATUSES or current in (Status.BLOCKED, Status.RECEIVED):
        return False
    if current == Status.FAILED:
        return reported != Status.FAILED and _RANK[Status(reported)] >= _RANK[Status.DELIVERED]
    if reported == Status.FAILED:
        return _RANK[Status(current)] < _RANK[Status.DELIVERED]
    return _RANK[Status(reported)] > _RANK[Status(current)]


def strongest(current: str, reported: list[str]) -> str:
    """The status after all of `reported`, whatever order they came in."""
    for status in sorted(reported, key=lambda s: _RANK.get(Status(s), 4)):
        if may_follow(current, status):
            current = status
    return current


def back_off_s(attempts: int) -> float:
    """Seconds to wait after the given number of attempts: 2, 4, 8 … 300."""
    return float(min(2**attempts, 300))
