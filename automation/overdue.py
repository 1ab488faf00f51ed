"""Promises that are about to be missed, were missed, or were missed for too long.

Looked for every few seconds. Whoever does so holds the conversations it looks at and leaves those
that others hold to the next look; each warning, each breach and each escalation is written with its
event, so it is told once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from automation import promises
from automation.models import Notify, SlaClock
from automation.promises import Facts
from automation.service_levels import (
    OPEN,
    Policy,
    draft_breach,
    event_data,
    keep_locked,
    known_policies,
    lock_conversations,
    show_next,
    write_clocks,
)
from conversations.events import draft, record_all
from conversations.models import Conversation, Event, EventName
from conversations.services.service_levels import escalate

AT_ONCE = 100
# What a burst may take of one look; the next one goes on.
ROUNDS = 50
_TOLD = {
    Notify.NOBODY: [],
    Notify.ASSIGNEE: ["assignee"],
    Notify.LEADS: ["leads"],
    Notify.BOTH: ["assignee", "leads"],
}


def look_at_promises() -> int:
    """Warn, miss and escalate what is due; how many clocks that were."""
    policies = known_policies()
    total = 0
    for _round in range(ROUNDS if policies else 0):
        count = _look(policies)
        total += count
        if not count:
            break
    return total


@transaction.atomic
def _look(policies: Sequence[Policy]) -> int:
    now = timezone.now()
    conversations = lock_conversations(_candidates(policies, now), skip_locked=True)
    if not conversations:
        return 0
    # What was answered meanwhile is not missed, whoever has heard of it so far.
    facts = keep_locked(conversations, policies, now)
    by_id = {row.pk: row for row in conversations}
    rows = {one.row.pk: one for one in policies}
    changed: list[SlaClock] = []
    told: list[Event] = []
    for clock in SlaClock.objects.filter(conversation__in=list(by_id), **OPEN).order_by("pk"):
        row = by_id[clock.conversation_id]
        said = list(_act(clock, row, facts[row.pk], rows[clock.policy_id]))
        if said:
            changed.append(clock)
            told += said
    write_clocks(changed)
    record_all(told)
    show_next(conversations)
    return len(changed)


def _candidates(policies: Sequence[Policy], now: datetime) -> set[UUID]:
    """Conversations with a clock that has come to something."""
    running = SlaClock.objects.filter(**OPEN)
    due = running.filter(breached_at=None, due_at__lte=now).order_by("due_at")
    warned = running.filter(breached_at=None, warned_at=None, warn_at__lte=now).order_by("warn_at")
    found = set(due.values_list("conversation", flat=True)[:AT_ONCE])
    found |= set(warned.values_list("conversation", flat=True)[:AT_ONCE])
    for policy in policies:
        if policy.row.escalate_after_min is None:
            continue
        since = now - timedelta(minutes=policy.row.escalate_after_min)
        late = running.filter(policy=policy.row, escalated_at=None, breached_at__lte=since)
        found |= set(late.order_by("breached_at").values_list("conversation", flat=True)[:AT_ONCE])
    return found


def _act(clock: SlaClock, row: Conversation, facts: Facts, policy: Policy) -> Iterator[Event]:
    """Move one clock on; the drafted events that tell of it."""
    if promises.is_due(clock, facts):
        clock.breached_at = facts.now
        yield draft_breach(row, clock)
    elif promises.is_to_warn(clock, facts) and clock.due_at and clock.due_at > facts.now:
        clock.warned_at = facts.now
        yield draft(EventName.SLA_WARNED, row, data=event_data(clock, ["assignee"]))
    if _is_to_escalate(clock, policy, facts.now):
        clock.escalated_at = facts.now
        told = _TOLD[Notify(policy.row.notify)]
        data = {**event_data(clock, told), "escalated": True}
        yield draft(EventName.SLA_BREACHED, row, data=data)
        team, priority = policy.row.move_to_team, policy.row.raise_priority_to
        yield from escalate(row, priority=priority, team=team)


def _is_to_escalate(clock: SlaClock, policy: Policy, now: datetime) -> bool:
    after = policy.row.escalate_after_min
    if after is None or clock.breached_at is None or clock.escalated_at is not None:
        return False
    return clock.breached_at + timedelta(minutes=after) <= now
