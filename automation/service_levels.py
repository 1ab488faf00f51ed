"""Clocks of conversations: set, moved on and shown, for a batch of conversations at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from automation import promises
from automation.calendars import hours_of
from automation.facts import facts_of
from automation.hours import Hours
from automation.models import SlaClock, SlaPolicy
from automation.promises import Facts, Terms
from conversations.events import draft, record_all
from conversations.models import Conversation, Event, EventName, SlaTarget
from conversations.services.consent_answers import language_of
from conversations.services.service_levels import MIRRORED, Promise, show_promises

# After them a conversation may wait for something else, or fall under another policy.
FOLLOWED = frozenset(
    {
        EventName.MESSAGE_RECEIVED,
        EventName.MESSAGE_CREATED,
        EventName.MESSAGE_STATUS_CHANGED,
        EventName.CONVERSATION_OPENED,
        EventName.CONVERSATION_REOPENED,
        EventName.CONVERSATION_RESOLVED,
        EventName.CONVERSATION_ASSIGNED,
        EventName.CONVERSATION_SNOOZED,
        EventName.CONVERSATION_WOKEN,
        EventName.CONVERSATION_PRIORITISED,
        EventName.CONVERSATION_LABELLED,
        EventName.CONVERSATION_LINKED,
        EventName.CONVERSATION_MERGED,
        EventName.CONVERSATION_MOVED,
        EventName.CONVERSATION_CHANGED,
    }
)
# Of the words of delivery, those that make an answer one, or take it back.
_TELLING = ("accepted", "sent", "failed", "blocked")
AT_ONCE = 200
OPEN = {"met_at": None, "cancelled_at": None}


@dataclass(frozen=True)
class Policy:
    """A policy with what it takes to see whether it holds, and the hours that count."""

    row: SlaPolicy
    hours: Hours
    numbers: frozenset[int]
    teams: frozenset[int]
    labels: frozenset[int]
    topics: frozenset[str]

    def holds_for(self, row: Conversation) -> bool:
        link = row.chat_link
        said = (
            (self.numbers, {row.business_number_id}),
            (self.teams, {row.team_id}),
            (self.labels, {label.pk for label in row.labels.all()}),
            (self.topics, {link.topic_id if link else None}),
            (self.row.priorities, {row.priority}),
            (self.row.languages, {language_of(row.contact)}),
        )
        return all(not wanted or not have.isdisjoint(wanted) for wanted, have in said)

    def terms_for(self, target: SlaTarget, *, renewed: bool) -> Terms | None:
        minutes = self.row.minutes_for(target)
        if minutes is None:
            return None
        since = None if renewed else self.row.created_at
        return Terms(self.row.pk, minutes * 60, self.row.warn_percent, self.hours, since)


def follow_conversations(events: Sequence[Event]) -> None:
    """What a batch of events changed about promises."""
    keep_clocks({event.conversation_id for event in events if _matters(event)})


def keep_clocks(ids: Collection[UUID], *, renewed: bool = False) -> int:
    """Bring the clocks of these conversations to where they stand; how many of them there are.

    `renewed`: also what a policy was not made for yet, and open clocks anew by its times of today.
    """
    if not ids:
        return 0
    policies = known_policies()
    with transaction.atomic():
        clocks = _clocks_of(ids)
        if not clocks and not any(one.row.is_active for one in policies):
            return 0
        conversations = lock_conversations(ids)
        keep_locked(conversations, policies, timezone.now(), renewed=renewed)
    return len(conversations)


def keep_locked(
    conversations: Sequence[Conversation],
    policies: Sequence[Policy],
    now: datetime,
    *,
    renewed: bool = False,
) -> dict[UUID, Facts]:
    """As `keep_clocks`, for conversations the caller holds; their facts."""
    clocks = _clocks_of([row.pk for row in conversations])
    responses = (one for mine in clocks.values() for one in mine if one.is_open)
    since = {
        one.conversation_id: one.started_at for one in responses if one.target in promises.RESPONSES
    }
    facts = facts_of(conversations, since, now)
    hours = {one.row.pk: one.hours for one in policies}
    missed = {one.pk for mine in clocks.values() for one in mine if one.breached_at}
    changed: list[SlaClock] = []
    for row in conversations:
        policy = next((p for p in policies if p.row.is_active and p.holds_for(row)), None)
        for target in SlaTarget:
            terms = policy.terms_for(target, renewed=renewed) if policy else None
            mine = [one for one in clocks[row.pk] if one.target == target]
            changed += _keep(row, target, mine, facts[row.pk], terms, hours, renewed)
    write_clocks(changed)
    show_next(conversations)
    by_id = {row.pk: row for row in conversations}
    late = (one for one in changed if one.met_at and one.pk not in missed and one.breached_at)
    record_all([draft_breach(by_id[one.conversation_id], one) for one in late])
    return facts


def draft_breach(row: Conversation, clock: SlaClock) -> Event:
    return draft(EventName.SLA_BREACHED, row, data=event_data(clock, ["assignee"]))


def event_data(clock: SlaClock, notify: list[str]) -> dict[str, object]:
    """What an event tells of a clock, and of whom it is to be brought to the attention."""
    due = clock.due_at.isoformat() if clock.due_at else ""
    return {
        "target": str(clock.target),
        "due_at": due,
        "policy": clock.policy_id,
        "clock": clock.pk,
        "notify": notify,
    }


def show_next(conversations: Sequence[Conversation]) -> None:
    """Have each conversation show the promise that ends first."""
    running = SlaClock.objects.filter(
        conversation__in=[row.pk for row in conversations], due_at__isnull=False, **OPEN
    )
    next_one: dict[UUID, Promise] = {}
    for clock in running.order_by("-due_at"):
        assert clock.due_at is not None  # filtered above
        promise = Promise(SlaTarget(clock.target), clock.due_at, clock.warn_at)
        next_one[clock.conversation_id] = promise
    show_promises(conversations, next_one)


def lock_conversations(ids: Collection[UUID], *, skip_locked: bool = False) -> list[Conversation]:
    """In the house's order, with what policies ask about."""
    rows = Conversation.objects.filter(pk__in=ids).order_by("pk")
    locked = rows.select_for_update(of=("self",), no_key=True, skip_locked=skip_locked)
    held = locked.select_related("contact", "chat_link").prefetch_related("labels")
    return list(held)


def known_policies() -> list[Policy]:
    """All, the first that holds first; also those switched off, whose clocks still have hours."""
    rows = SlaPolicy.objects.select_related("calendar", "move_to_team").prefetch_related(
        *("numbers", "teams", "labels", "topics", "calendar__special_days")
    )
    return [
        Policy(
            row,
            hours_of(row.calendar),
            frozenset(one.pk for one in row.numbers.all()),
            frozenset(one.pk for one in row.teams.all()),
            frozenset(one.pk for one in row.labels.all()),
            frozenset(one.key for one in row.topics.all()),
        )
        for row in rows
    ]


def write_clocks(clocks: Iterable[SlaClock]) -> None:
    """Ended ones first: one may run per conversation and target."""
    rows = list(clocks)
    SlaClock.objects.bulk_update([row for row in rows if row.pk], promises.FIELDS)
    SlaClock.objects.bulk_create([row for row in rows if not row.pk])


def apply_to_open(after: UUID | None = None) -> UUID | None:
    """Policies as they are now, for some conversations that are not resolved; the last of them,
    to go on after. None when there are no more."""
    rows = Conversation.objects.exclude(status=Conversation.Status.RESOLVED).order_by("pk")
    if after is not None:
        rows = rows.filter(pk__gt=after)
    ids = list(rows.values_list("pk", flat=True)[:AT_ONCE])
    keep_clocks(ids, renewed=True)
    return ids[-1] if len(ids) == AT_ONCE else None


def _keep(
    row: Conversation,
    target: SlaTarget,
    clocks: Sequence[SlaClock],
    facts: Facts,
    terms: Terms | None,
    hours: dict[int, Hours],
    renewed: bool,
) -> list[SlaClock]:
    """The clocks of one target that changed, and a new one where the customer waits anew."""
    changed = []
    current = next((one for one in clocks if one.is_open), None)
    if current is not None:
        before = _state(current)
        promises.follow(current, facts, terms, hours[current.policy_id])
        if renewed and current.is_open and terms and not (current.breached_at or current.paused_at):
            promises.promise_anew(current, terms, facts.now)
        if _state(current) != before:
            changed.append(current)
        if current.is_open:
            return changed
    again = next((one for one in clocks if promises.wait_again(one, facts)), None)
    if again is not None:
        return [*changed, again] if again not in changed else changed
    if any(one.met_at and one.started_at == facts.needs(target) for one in clocks):
        return changed  # kept, and nothing new is waited for
    new = promises.begin(target, facts, terms, forgives=renewed)
    if new is not None:
        new.conversation = row
        changed.append(new)
    return changed


def _state(clock: SlaClock) -> tuple[object, ...]:
    return tuple(getattr(clock, name) for name in ("policy_id", *promises.FIELDS[1:]))


def _clocks_of(ids: Collection[UUID]) -> dict[UUID, list[SlaClock]]:
    """The newest first. A thread has few: one per wait."""
    found: dict[UUID, list[SlaClock]] = defaultdict(list)
    for clock in SlaClock.objects.filter(conversation__in=ids).order_by("-started_at", "-pk"):
        found[clock.conversation_id].append(clock)
    return found


def _matters(event: Event) -> bool:
    if event.name == EventName.MESSAGE_STATUS_CHANGED:
        return event.data.get("status") in _TELLING
    return not event.data.get(MIRRORED)
