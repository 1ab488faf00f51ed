"""What the list shows, as its URL says it: a view, a filter, a search, an order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from accounts.models import Agent
from conversations.filter_fields import Op
from conversations.filters import EVERYTHING, Condition, Filter, read_filter
from conversations.lists import VIEWS, Sort, default_sort, list_conversations
from conversations.models import Conversation
from inbox.models import BulkItem

DEFAULT_VIEW = "mine"
MAX_QUERY = 100


@dataclass(frozen=True)
class ListState:
    """`saved` is the id of the saved view it began as, `rest` a run whose leftovers are shown;
    `ignored` the parts of the URL that made no sense."""

    view: str = DEFAULT_VIEW
    query: str = ""
    narrowed: Filter = EVERYTHING
    sort: Sort = Sort.NEWEST
    saved: int | None = None
    rest: UUID | None = None
    ignored: tuple[str, ...] = field(default=())

    @classmethod
    def read(cls, params: QueryDict) -> ListState:
        """From a URL's query; what makes no sense there is the default."""
        view = params.get("view") or DEFAULT_VIEW
        view = view if view in VIEWS else DEFAULT_VIEW
        sort = params.get("sort", "")
        read = read_filter(params)
        saved = params.get("saved", "")
        return cls(
            view=view,
            query=params.get("q", "").replace("\x00", "").strip()[:MAX_QUERY],
            narrowed=read.filter,
            sort=Sort(sort) if sort in set(Sort) else default_sort(view),
            saved=int(saved) if saved.isascii() and saved.isdigit() and len(saved) < 10 else None,
            rest=_uuid(params.get("rest", "")),
            ignored=read.ignored,
        )

    @property
    def team_id(self) -> int | None:
        """The one team the list is narrowed to."""
        for one in self.narrowed.conditions:
            if one.key == "team" and one.op == Op.IS and len(one.values) == 1:
                return int(one.values[0]) if one.values[0].isdigit() else None
        return None

    @property
    def is_team(self) -> bool:
        """Whether it is what the navigation calls a team: all of it, and nothing else."""
        only = len(self.narrowed.conditions) == 1 and self.team_id is not None
        return only and self.view == "all" and not self.saved

    @property
    def is_plain(self) -> bool:
        """Whether it is a view as the navigation has it."""
        return not (self.narrowed or self.saved or self.rest)

    @property
    def as_json(self) -> dict[str, object]:
        """For the scripts that move rows and build filters."""
        conditions = [
            {"key": one.key, "op": one.op.value, "values": list(one.values)}
            for one in self.narrowed.conditions
        ]
        return {
            "view": self.view,
            "sort": self.sort.value,
            "rest": self.rest is not None,
            "conditions": conditions,
        }

    def pairs(self) -> list[tuple[str, str]]:
        """Names and values of its URL, beside the search."""
        pairs = [("view", self.view)]
        if self.sort != default_sort(self.view):
            pairs.append(("sort", self.sort.value))
        if self.saved:
            pairs.append(("saved", str(self.saved)))
        if self.rest:
            pairs.append(("rest", str(self.rest)))
        return pairs + self.narrowed.pairs()

    @property
    def words(self) -> str:
        """Its URL's query, with the search."""
        pairs = self.pairs() + ([("q", self.query)] if self.query else [])
        return urlencode(pairs, safe=",")

    def words_without(self, condition: Condition) -> str:
        return replace(self, narrowed=self.narrowed.without(condition)).words

    def words_sorted(self, sort: Sort) -> str:
        return replace(self, sort=sort).words

    def conversations(self, agent: Agent, now: datetime | None = None) -> QuerySet[Conversation]:
        """What `agent` sees there, in no order."""
        moment = now or timezone.now()
        if self.rest is None:
            return list_conversations(agent, self.view, self.query, self.narrowed, moment)
        rows = list_conversations(agent, "all", self.query, _ANY_STATUS, moment)
        left = BulkItem.objects.filter(
            Q(state__in=(BulkItem.State.REFUSED, BulkItem.State.KEPT)),
            run=self.rest,
            run__agent=agent,
        )
        return rows.filter(pk__in=left.values("conversation"))


_ANY_STATUS = Filter((Condition("status", Op.IS, tuple(Conversation.Status.values)),))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
