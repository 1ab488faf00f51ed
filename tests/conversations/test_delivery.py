"""The delivery status machine: ticks never run backwards, whatever the platform says."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from conversations.delivery import PLATFORM_STATUSES, may_follow, strongest
from conversations.models import Status

REPORTS = st.lists(st.sampled_from(sorted(PLATFORM_STATUSES)), max_size=12)
OURS = st.sampled_from([Status.SENDING, Status.UNCONFIRMED, Status.ACCEPTED])
TICKS = [Status.SENT, Status.DELIVERED, Status.READ, Status.PLAYED]


def play(start: str, reports: list[str]) -> list[str]:
    seen = [start]
    for report in reports:
        if may_follow(seen[-1], report):
            seen.append(report)
    return seen


@given(OURS, REPORTS)
def test_ticks_only_move_forward(start: str, reports: list[str]) -> None:
    ticks = [TICKS.index(s) for s in play(start, reports) if s in TICKS]
    assert ticks == sorted(set(ticks))


@given(OURS, REPORTS)
def test_what_was_delivered_never_fails(start: str, reports: list[str]) -> None:
    seen = play(start, reports)
    for earlier, later in pairwise(seen):
        if later == Status.FAILED:
            assert earlier not in (Status.DELIVERED, Status.READ, Status.PLAYED)


@given(OURS, REPORTS)
def test_hearing_everything_twice_changes_nothing(start: str, reports: list[str]) -> None:
    doubled = [report for report in reports for _ in range(2)]
    assert play(start, doubled) == play(start, reports)


@given(OURS, st.lists(st.sampled_from(TICKS), min_size=1), st.randoms())
def test_any_order_of_ticks_ends_the_same(start: str, reports: list[str], random: object) -> None:
    shuffled = sorted(reports, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert play(start, shuffled)[-1] == play(start, reports)[-1] == strongest(start, reports)


@given(REPORTS)
def test_blocked_and_received_are_final(reports: list[str]) -> None:
    assert play(Status.BLOCKED, reports) == [Status.BLOCKED]
    assert play(Status.RECEIVED, reports) == [Status.RECEIVED]


def test_a_message_that_failed_on_one_device_may_be_delivered_on_another() -> None:
    assert play(Status.SENT, ["failed", "sent", "delivered"]) == ["sent", "failed", "delivered"]


@given(OURS, st.text(max_size=12))
def test_words_nobody_knows_move_nothing(start: str, word: str) -> None:
    if word not in PLATFORM_STATUSES:
        assert not may_follow(start, word)
