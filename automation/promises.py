"""A promise and its clock: when it is set, stands still, goes on, is kept or dropped. Pure.

Clocks follow from how the conversation stands, not from what happened on the way: telling the same
twice, late or in another order ends at the same clocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from automation.hours import Hours, add_business_time, business_time_between
from automation.models import SlaClock
from conversations.models import SlaTarget

FIELDS = (
    *("policy", "target_s", "warn_percent", "due_at", "warn_at", "paused_at", "left_s"),
    *("warned_at", "met_at", "breached_at", "escalated_at", "cancelled_at"),
)
RESPONSES = (SlaTarget.FIRST_RESPONSE, SlaTarget.NEXT_RESPONSE)


@dataclass(frozen=True)
class Facts:
    """How a conversation stands at `now`. `waiting_since`: its first message that nobody answered;
    `answered_at`: the last answer; `first_answer_at`: the first since a response was promised;
    `answer_on_its_way`: one written then has not left yet."""

    now: datetime
    opened_at: datetime
    is_resolved: bool = False
    is_resting: bool = False
    resolved_at: datetime | None = None
    waiting_since: datetime | None = None
    answered_at: datetime | None = None
    first_answer_at: datetime | None = None
    answer_on_its_way: datetime | None = None

    def needs(self, target: SlaTarget) -> datetime | None:
        """Since when the customer waits for this; None: they do not."""
        if self.is_resolved:
            return None
        if target == SlaTarget.RESOLUTION:
            return self.opened_at
        is_first = self.answered_at is None
        return self.waiting_since if is_first == (target == SlaTarget.FIRST_RESPONSE) else None

    def kept_at(self, clock: SlaClock) -> datetime | None:
        """When what `clock` waits for was done."""
        if clock.target == SlaTarget.RESOLUTION:
            done = self.resolved_at if self.is_resolved else None
        else:
            done = self.first_answer_at
        return done if done is not None and done >= clock.started_at else None


@dataclass(frozen=True)
class Terms:
    """What a policy promises for one target. Clocks are set for what began at `since` or later."""

    policy_id: int
    target_s: int
    warn_percent: int
    hours: Hours
    since: datetime | None


def follow(clock: SlaClock, facts: Facts, terms: Terms | None, hours: Hours) -> None:
    """Move an open clock to where the facts have it. `hours` are those of the policy it has."""
    target = SlaTarget(clock.target)
    kept = facts.kept_at(clock)
    if kept is not None:
        # A promise is not kept in time by what was only learned of after it was missed.
        clock.met_at = max(kept, facts.now) if clock.breached_at else kept
        _close(clock, hours, clock.met_at)
        if clock.due_at is not None and clock.met_at > clock.due_at and not clock.breached_at:
            clock.breached_at = clock.due_at  # nobody had looked meanwhile
    elif facts.needs(target) is None:
        clock.cancelled_at = facts.now
        _close(clock, hours, facts.now)
    elif clock.breached_at is not None:
        return  # missed stays missed, whatever would be promised now
    elif terms is None:
        clock.cancelled_at = facts.now
        _close(clock, hours, facts.now)
    else:
        if clock.policy_id != terms.policy_id:
            resume(clock, hours, facts.now)
            promise_anew(clock, terms, facts.now)
            hours = terms.hours
        if target == SlaTarget.RESOLUTION:
            _rest(clock, hours, facts)


def begin(
    target: SlaTarget, facts: Facts, terms: Terms | None, *, forgives: bool = False
) -> SlaClock | None:
    """A new clock where the customer waits and something is promised. `forgives`: what would be
    over already counts from now, as for a policy that is applied to what it did not hold for."""
    started_at = facts.needs(target)
    if started_at is None or terms is None:
        return None
    if terms.since is not None and started_at < terms.since:
        return None
    clock = SlaClock(target=target, started_at=min(started_at, facts.now))
    if forgives:
        promise_anew(clock, terms, facts.now)
    else:
        _promise(clock, terms, clock.started_at)
    if target == SlaTarget.RESOLUTION:
        _rest(clock, terms.hours, facts)
    return clock


def wait_again(clock: SlaClock, facts: Facts) -> bool:
    """Open a kept response again whose answer did not arrive after all; whether it was so."""
    is_same = facts.needs(SlaTarget(clock.target)) == clock.started_at
    if clock.target not in RESPONSES or clock.met_at is None or not is_same:
        return False
    clock.met_at = None
    return True


def promise_anew(clock: SlaClock, terms: Terms, now: datetime) -> None:
    """Other terms for the same need; nobody misses a promise that was not made before."""
    _promise(clock, terms, clock.started_at)
    if clock.due_at is not None and clock.due_at <= now:
        _promise(clock, terms, now)
    clock.warned_at = None


def is_due(clock: SlaClock, facts: Facts) -> bool:
    """Whether an open clock was missed. An answer written in time may still be on its way."""
    if clock.due_at is None or clock.due_at > facts.now or clock.breached_at is not None:
        return False
    written = facts.answer_on_its_way
    if clock.target not in RESPONSES or written is None:
        return True
    return not clock.started_at <= written <= clock.due_at


def is_to_warn(clock: SlaClock, facts: Facts) -> bool:
    if clock.warn_at is None or clock.warn_at > facts.now or clock.warned_at is not None:
        return False
    return clock.breached_at is None


def _promise(clock: SlaClock, terms: Terms, start: datetime) -> None:
    """Due and warning, counted in the policy's hours; none where nobody is ever there."""
    clock.policy_id = terms.policy_id
    clock.target_s, clock.warn_percent = terms.target_s, terms.warn_percent
    whole = timedelta(seconds=terms.target_s)
    clock.due_at = add_business_time(terms.hours, start, whole)
    clock.warn_at = add_business_time(terms.hours, start, whole * terms.warn_percent / 100)


def _rest(clock: SlaClock, hours: Hours, facts: Facts) -> None:
    """Stand still while pending or snoozed, go on afterwards."""
    if not facts.is_resting:
        resume(clock, hours, facts.now)
    elif clock.paused_at is None and clock.due_at is not None and clock.due_at > facts.now:
        left = business_time_between(hours, facts.now, clock.due_at)
        clock.paused_at, clock.left_s = facts.now, int(left.total_seconds())
        clock.due_at = clock.warn_at = None


def resume(clock: SlaClock, hours: Hours, now: datetime) -> None:
    """Go on with what was left."""
    if clock.paused_at is None:
        return
    left = timedelta(seconds=clock.left_s or 0)
    after_warning = timedelta(seconds=clock.target_s * (100 - clock.warn_percent) / 100)
    clock.due_at = add_business_time(hours, now, left)
    clock.warn_at = add_business_time(hours, now, max(left - after_warning, timedelta()))
    clock.paused_at = clock.left_s = None


def _close(clock: SlaClock, hours: Hours, at: datetime) -> None:
    """A clock that ends while it stands still shows when it would have been due."""
    resume(clock, hours, at)
