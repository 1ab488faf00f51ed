"""The lists of the inbox: views, their order, and how many conversations each holds.

A list is a view, narrowed by a filter (`filters.py`) and a search, in one of the orders of `Sort`;
what it costs in queries never depends on how many rows there are. What each costs in time with
100,000 conversations is in docs/lists.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    FilteredRelation,
    Func,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.utils import timezone

from accounts.models import Agent
from contacts.models import Identity
from conversations.access import visible_conversations
from conversations.filters import EVERYTHING, Filter
from conversations.models import Conversation, Media, Mention
from conversations.search.people import conversations_matching
from conversations.window import CLOSING_NOW, CLOSING_SOON, WindowState

# The inbox's views, in the order of its navigation.
VIEWS = ("mine", "unassigned", "all", "mentions", "closing", "snoozed", "resolved")
UNRESOLVED = ~Q(status=Conversation.Status.RESOLVED)


class Sort(StrEnum):
    """The orders of a list. `static/js/live/order.js` says the same of rows that move."""

    NEWEST = "newest"
    OLDEST = "oldest"
    WAITING = "waiting"
    CLOSES = "closes"
    PRIORITY = "priority"
    # Unread mentions of the agent first; rows need `with_unread_mentions`.
    MENTIONED = "mentioned"
    SLA = "sla"
    SNOOZED = "snoozed"


DEFAULT_SORTS = {
    "mine": Sort.CLOSES,
    "closing": Sort.CLOSES,
    "snoozed": Sort.SNOOZED,
    "mentions": Sort.MENTIONED,
}
# Orders by a time that not every row has: what has it comes first, what comes first first; then the
# others, newest first.
TIMES = {
    Sort.CLOSES: "window_expires_at",
    Sort.WAITING: "waiting_since",
    Sort.SLA: "sla_due_at",
    Sort.SNOOZED: "snoozed_until",
}
# Orders by a number, the highest first; rows of the same number newest first.
RANKS = {Sort.PRIORITY: "priority", Sort.MENTIONED: "mentioned"}


def default_sort(view: str) -> Sort:
    return DEFAULT_SORTS.get(view, Sort.NEWEST)


def place_rules(agent: Agent, now: datetime) -> dict[str, Q]:
    """What belongs to each view, whatever its status; a view without a rule takes all."""
    return {
        "mine": Q(assignee=agent),
        "unassigned": Q(assignee=None),
        "mentions": Q(pk__in=_mentioned_in(agent)),
        "closing": Q(window_expires_at__gt=now, window_expires_at__lt=now + CLOSING_SOON),
    }


def status_rule(view: str) -> Q:
    """What belongs to a view by its status: work that was put off is not in one's own list."""
    snoozed = Q(status=Conversation.Status.SNOOZED)
    if view in ("mine", "unassigned"):
        return UNRESOLVED & ~snoozed
    if view == "resolved":
        return Q(status=Conversation.Status.RESOLVED)
    if view == "mentions":
        return Q()
    return snoozed if view == "snoozed" else UNRESOLVED


def _mentioned_in(agent: Agent, **more: object) -> QuerySet[Mention, UUID]:
    """The conversations in which a note means the agent."""
    return Mention.objects.filter(agent=agent, **more).values_list("note__conversation", flat=True)


def view_rule(agent: Agent, view: str, narrowed: Filter, now: datetime) -> Q:
    """What belongs to a view under a filter; lists and counts follow the same rule. A filter that
    names a status overrules the view's: who looks for resolved ones in "all" finds them."""
    rule = place_rules(agent, now).get(view, Q())
    if not narrowed.has("status"):
        rule &= status_rule(view)
    return rule & narrowed.rule(agent, now)


def list_conversations(
    agent: Agent,
    view: str = "all",
    query: str = "",
    narrowed: Filter = EVERYTHING,
    now: datetime | None = None,
) -> QuerySet[Conversation]:
    """The conversations of a view, in no order yet."""
    rows = visible_conversations(agent)
    rows = rows.filter(view_rule(agent, view, narrowed, now or timezone.now()))
    return rows.filter(conversations_matching(agent, query)) if query else rows


def in_order(
    rows: QuerySet[Conversation], sort: Sort, now: datetime | None = None
) -> list[QuerySet[Conversation]]:
    """`rows` in the order of `sort`, as parts that follow each other: each has its own index.

    An order by a time that not every row has is one of those with it, then of those without.
    """
    if sort in TIMES:
        timed = has_time(sort, now or timezone.now())
        without = rows.exclude(timed)
        spoken = without.filter(last_message_at__isnull=False)
        return [
            rows.filter(timed).order_by(TIMES[sort], "id"),
            spoken.order_by("-last_message_at", "id"),
            without.filter(last_message_at=None).order_by("id"),
        ]
    newest = ("last_message_at", "id") if sort == Sort.OLDEST else ("-last_message_at", "-id")
    return [rows.order_by(*([f"-{RANKS[sort]}"] if sort in RANKS else []), *newest)]


def with_unread_mentions(rows: QuerySet[Conversation], agent: Agent) -> QuerySet[Conversation]:
    """Each row with `mentioned`: 1 where a note means the agent that they have not read, else 0."""
    unread = Mention.objects.filter(agent=agent, read_at=None, note__conversation=OuterRef("pk"))
    return rows.annotate(mentioned=Case(When(Exists(unread), then=1), default=0))


def has_time(sort: Sort, now: datetime) -> Q:
    """Which rows have the time that an order of `TIMES` goes by: of windows, the open ones."""
    if sort == Sort.CLOSES:
        return Q(window_expires_at__gt=now)
    return Q(**{f"{TIMES[sort]}__isnull": False})


def time_of(row: Conversation, sort: Sort, now: datetime) -> datetime | None:
    """The time of one row, where it has it (`has_time`)."""
    if sort == Sort.CLOSES and not row.window.is_open(now):
        return None
    time: datetime | None = getattr(row, TIMES[sort])
    return time


def with_row_parts(
    rows: QuerySet[Conversation], *, last_message: bool = True
) -> QuerySet[Conversation]:
    """What a row shows, in a fixed number of queries; `last_message` may come from elsewhere."""
    rows = rows.select_related("contact", "assignee", "team", "business_number", "chat_link")
    rows = rows.prefetch_related(
        Prefetch("contact__identities", Identity.objects.filter(ended_at=None)), "labels"
    )
    if not last_message:
        return rows
    rows = rows.select_related("last_message__author")
    return rows.prefetch_related(Prefetch("last_message__media", Media.objects.all()))


def with_own_markers(rows: QuerySet[Conversation], agent: Agent) -> QuerySet[Conversation]:
    """Each row with `seen_count`: how far this agent has read, None for who has no marker."""
    return rows.annotate(
        own_marker=FilteredRelation("reads", condition=Q(reads__agent=agent)),
        seen_count=F("own_marker__seen_count"),
    )


def window_counts(rows: QuerySet[Conversation], now: datetime) -> dict[WindowState, int]:
    """How many of `rows` have a window in each state at `now`, in one query."""
    end = "window_expires_at"
    urgent_until, soon_until = now + CLOSING_NOW, now + CLOSING_SOON
    rules = {
        WindowState.CLOSED: Q(window_expires_at__lte=now) | Q(window_expires_at=None),
        WindowState.NOW: Q(**{f"{end}__gt": now, f"{end}__lt": urgent_until}),
        WindowState.SOON: Q(**{f"{end}__gte": urgent_until, f"{end}__lt": soon_until}),
        WindowState.OPEN: Q(**{f"{end}__gte": soon_until}),
    }
    counts = {state.value: Count("pk", filter=rule) for state, rule in rules.items()}
    numbers = rows.aggregate(**counts)
    return {state: numbers[state.value] for state in rules}


# How many rows a subquery has, without a group of its own.
_NUMBER = Func(F("pk"), function="COUNT", output_field=IntegerField())


@dataclass(frozen=True)
class Counts:
    """How many unresolved conversations each view, team and saved view holds."""

    views: dict[str, int]
    teams: dict[int, int]
    saved: dict[int, int] = field(default_factory=dict)


def count_all(agent: Agent, saved: Mapping[int, tuple[str, Filter]] | None = None) -> Counts:
    """The numbers of the navigation in one query, which reads unresolved conversations and unread
    mentions only; that is why "resolved" has none. A second one where nothing is unresolved.
    `saved` are saved views by id: a view and a filter each."""
    now = timezone.now()
    open_views = [view for view in VIEWS if view not in ("mentions", "resolved")]
    asked = {f"view_{view}": view_rule(agent, view, EVERYTHING, now) for view in open_views}
    for pk, (view, narrowed) in (saved or {}).items():
        if counts_quickly(view, narrowed):
            asked[f"saved_{pk}"] = view_rule(agent, view, narrowed, now)
    numbers = {name: Count("pk", filter=rule) for name, rule in asked.items()}
    rows = visible_conversations(agent).filter(UNRESOLVED).order_by()
    meant = visible_conversations(agent).filter(pk__in=_mentioned_in(agent, read_at=None))
    mentioned = Subquery(meant.order_by().annotate(n=_NUMBER).values("n"))
    by_team: list[dict[str, Any]] = list(
        rows.values("team_id").annotate(**numbers, mentioned=mentioned)  # type: ignore[arg-type]
    )
    totals = {name: sum(row[name] for row in by_team) for name in asked}
    mentions = by_team[0]["mentioned"] if by_team else meant.count()
    return Counts(
        {view: totals[f"view_{view}"] for view in open_views} | {"mentions": mentions},
        {row["team_id"]: row["view_all"] for row in by_team if row["team_id"]},
        {int(name[6:]): total for name, total in totals.items() if name.startswith("saved_")},
    )


def counts_quickly(view: str, narrowed: Filter) -> bool:
    """Whether a list is counted with the navigation: not one with resolved conversations, which
    are nearly all there are."""
    if view == "resolved":
        return False
    statuses = [one for one in narrowed.conditions if one.key == "status"]
    resolved = Conversation.Status.RESOLVED
    return all((one.op == "is") != (resolved in one.values) for one in statuses)
