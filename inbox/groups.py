"""The groups of the list: where rows stand by what closes next, heads say how soon that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conversations.lists import Sort, window_counts
from conversations.models import Conversation
from conversations.window import WindowState
from inbox.window import LOOKS


@dataclass(frozen=True)
class Group:
    """The rows whose window is in one of `states`; `key` is its name in the page."""

    key: str
    title: str | Promise
    states: tuple[WindowState, ...]

    @property
    def looks(self) -> str:
        """Its states as static/js/time.js names them: "urgent soon"."""
        return " ".join(LOOKS[state] for state in self.states)


GROUPS: dict[str, tuple[Group, ...]] = {
    "mine": (
        Group("soon", _("Closes within 2 hours"), (WindowState.NOW, WindowState.SOON)),
        Group("later", _("Later"), (WindowState.OPEN,)),
        Group("closed", _("Window closed"), (WindowState.CLOSED,)),
    ),
    "closing": (
        Group("urgent", _("Closes within 30 minutes"), (WindowState.NOW,)),
        Group("soon", _("Closes within 2 hours"), (WindowState.SOON,)),
    ),
}


@dataclass(frozen=True)
class GroupRows:
    """Rows that follow each other in one group. `group` is None where a view has none; `has_head`
    is false for the rest of a group whose head stands on an earlier page. `number` is how many
    rows the group holds in all."""

    rows: list[Conversation]
    group: Group | None = None
    has_head: bool = False
    number: int = 0


def groups_of(view: str, sort: Sort) -> tuple[Group, ...]:
    """The groups of `view`; none where it does not go by what closes next."""
    if sort != Sort.CLOSES:
        return ()
    return GROUPS["closing" if view == "closing" else "mine"]


def group_rows(
    groups: Sequence[Group],
    rows: Sequence[Conversation],
    now: datetime,
    after: WindowState | None,
    numbers: Mapping[str, int],
) -> list[GroupRows]:
    """`rows` in `groups` at `now`. `after` is how the window of the row before them
    stands, None for the first page; `numbers` as `group_numbers` counts them."""
    if not groups:
        return [GroupRows(list(rows))] if rows else []
    by_state = {state: group for group in groups for state in group.states}
    runs = [
        (group, list(run))
        for group, run in groupby(rows, key=lambda row: by_state[row.window.state(now)])
    ]
    before = by_state.get(after) if after else None
    return [
        GroupRows(run, group, has_head=place > 0 or group != before, number=numbers[group.key])
        for place, (group, run) in enumerate(runs)
    ]


def group_numbers(
    conversations: QuerySet[Conversation], groups: Sequence[Group], now: datetime
) -> dict[str, int]:
    """How many rows each group holds: `{"soon": 3, …}`. One query, or none at all."""
    if not groups:
        return {}
    counts = window_counts(conversations, now)
    return {group.key: sum(counts[state] for state in group.states) for group in groups}
