"""The machine of a promise: whatever happens in whatever order, what must hold holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from automation.hours import ALWAYS, Hours, business_time_between, is_open
from automation.models import SlaClock
from automation.promises import Facts, Terms, begin, follow, is_due, is_to_warn, wait_again
from automation.week_text import read_day
from conversations.models import SlaTarget

BEGIN = datetime(2026, 3, 27, 9, tzinfo=UTC)  # the night before Berlin changes its clocks is near
OFFICE = Hours(ZoneInfo("Europe/Berlin"), (read_day("9–12, 13–18"),) * 5 + ((), ()))
CALENDARS = (ALWAYS, OFFICE)
MINUTE = timedelta(minutes=1)


class Desk(RuleBasedStateMachine):
    """One conversation: the customer writes, agents answer, put off and resolve; somebody looks at
    the clocks now and then, or not for long."""

    def __init__(self) -> None:
        super().__init__()
        self.facts = Facts(now=BEGIN, opened_at=BEGIN, waiting_since=BEGIN)
        self.answers: list[datetime] = []
        self.clocks: list[SlaClock] = []
        self.policy = 1
        self.minutes = {1: 60, 2: 15}
        self.calendar = {1: 0, 2: 1}
        self.missed: dict[int, datetime] = {}

    # -- What happens --------------------------------------------------------------------------

    @rule(minutes=st.integers(1, 300))
    def time_passes(self, minutes: int) -> None:
        self.facts = replace(self.facts, now=self.facts.now + minutes * MINUTE)

    @rule()
    def the_customer_writes(self) -> None:
        now = self.facts.now
        if self.facts.is_resolved:
            self.facts = replace(self.facts, is_resolved=False, resolved_at=None, opened_at=now)
        self.facts = replace(self.facts, waiting_since=self.facts.waiting_since or now)

    @rule()
    def an_agent_answers(self) -> None:
        self.answers.append(self.facts.now)
        self.facts = replace(self.facts, answered_at=self.facts.now, waiting_since=None)

    @rule()
    def an_agent_resolves(self) -> None:
        now = self.facts.now
        self.facts = replace(self.facts, is_resolved=True, resolved_at=now, waiting_since=None)

    @precondition(lambda self: not self.facts.is_resolved)
    @rule(rests=st.booleans())
    def it_is_put_off(self, rests: bool) -> None:
        self.facts = replace(self.facts, is_resting=rests)

    @rule(policy=st.sampled_from([0, 1, 2]))
    def another_policy_holds(self, policy: int) -> None:
        self.policy = policy

    @rule()
    def somebody_hears_of_it(self) -> None:
        for target in SlaTarget:
            self._keep(target)

    @rule()
    def somebody_looks(self) -> None:
        self.somebody_hears_of_it()
        for clock in self.clocks:
            if not clock.is_open:
                continue
            if is_due(clock, self.facts):
                clock.breached_at = self.facts.now
            elif is_to_warn(clock, self.facts):
                clock.warned_at = self.facts.now
        for clock in self.clocks:
            if clock.is_open and clock.due_at and clock.due_at <= self.facts.now:
                assert clock.breached_at is not None

    def _keep(self, target: SlaTarget) -> None:
        mine = [one for one in self.clocks if one.target == target]
        current = next((one for one in mine if one.is_open), None)
        terms = self._terms(target)
        since = current.started_at if current else None
        after = (at for at in self.answers if since is not None and at >= since)
        facts = replace(self.facts, first_answer_at=next(after, None))
        if current is not None:
            follow(current, facts, terms, CALENDARS[self.calendar[current.policy_id]])
            if current.is_open:
                return
        again = any(wait_again(one, facts) for one in reversed(mine))
        kept = any(one.met_at and one.started_at == facts.needs(target) for one in mine)
        new = None if again or kept else begin(target, facts, terms)
        if new is not None:
            self.clocks.append(new)

    def _terms(self, _target: SlaTarget) -> Terms | None:
        if not self.policy:
            return None
        hours = CALENDARS[self.calendar[self.policy]]
        return Terms(self.policy, self.minutes[self.policy] * 60, 80, hours, None)

    # -- What must hold ------------------------------------------------------------------------

    @invariant()
    def one_clock_runs_per_target(self) -> None:
        running = [one.target for one in self.clocks if one.is_open]
        assert len(running) == len(set(running))

    @invariant()
    def missed_stays_missed(self) -> None:
        for at, clock in enumerate(self.clocks):
            if at in self.missed:
                assert clock.breached_at == self.missed[at]
            elif clock.breached_at is not None:
                self.missed[at] = clock.breached_at

    @invariant()
    def kept_in_time_is_not_missed_and_late_is(self) -> None:
        for clock in self.clocks:
            if clock.met_at is None or clock.due_at is None:
                continue
            if clock.breached_at is None:
                assert clock.met_at <= clock.due_at
            else:
                assert clock.met_at >= clock.due_at

    @invariant()
    def it_ends_once_and_stands_still_with_what_is_left(self) -> None:
        for clock in self.clocks:
            assert clock.met_at is None or clock.cancelled_at is None
            assert (clock.paused_at is None) == (clock.left_s is None)
            if clock.paused_at is not None:
                assert clock.is_open
                assert (clock.due_at, clock.warn_at) == (None, None)
                assert clock.target == SlaTarget.RESOLUTION

    @invariant()
    def warnings_come_before(self) -> None:
        for clock in self.clocks:
            if clock.due_at is not None:
                assert clock.warn_at is not None
                assert clock.warn_at <= clock.due_at

    @invariant()
    def responses_take_the_time_that_counts(self) -> None:
        """Unless the policy changed under it, which may count from then."""
        for clock in self.clocks:
            if clock.target == SlaTarget.RESOLUTION or clock.due_at is None:
                continue
            hours = CALENDARS[self.calendar[clock.policy_id]]
            counted = business_time_between(hours, clock.started_at, clock.due_at)
            assert counted >= timedelta(seconds=clock.target_s)
            assert is_open(hours, clock.due_at - timedelta(microseconds=1))


TestDesk = Desk.TestCase
TestDesk.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
