"""What ratings add up to: mean, distribution, by agent and team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Avg, Count, Q, QuerySet

from automation.models import CsatAnswer, CsatRequest
from automation.surveys import STARS
from conversations.models import Conversation

# More than a page can show of people or teams.
MOST = 50


@dataclass(frozen=True)
class Part:
    """Ratings of one agent, team or number of stars; `share` of all, in percent."""

    name: str
    count: int
    mean: float | None
    share: int


@dataclass(frozen=True)
class Figures:
    asked: int
    answered: int
    mean: float | None
    content: int
    stars: list[Part]
    agents: list[Part]
    teams: list[Part]

    @property
    def rate(self) -> int:
        """Percent of those asked who answered."""
        return self.answered * 100 // self.asked if self.asked else 0


def rating_figures(since: datetime, conversations: QuerySet[Conversation] | None = None) -> Figures:
    """Of those who were asked since then, in these conversations only if given; five queries."""
    asked = CsatRequest.objects.filter(asked_at__gte=since)
    answers = CsatAnswer.objects.filter(request__asked_at__gte=since)
    if conversations is not None:
        asked = asked.filter(conversation__in=conversations)
        answers = answers.filter(request__conversation__in=conversations)
    happy = Q(score__gte=STARS - 1)
    total = answers.aggregate(count=Count("pk"), mean=Avg("score"), happy=Count("pk", filter=happy))
    by_stars = dict(answers.order_by().values_list("score").annotate(Count("pk")))
    count = total["count"]
    return Figures(
        asked=asked.count(),
        answered=count,
        mean=total["mean"],
        content=total["happy"] * 100 // count if count else 0,
        stars=_stars(by_stars, count),
        agents=_grouped(answers, "request__agent__name", count),
        teams=_grouped(answers, "request__team__name", count),
    )


def _stars(by_stars: dict[int, int], total: int) -> list[Part]:
    stars = range(STARS, 0, -1)
    counts = ((score, by_stars.get(score, 0)) for score in stars)
    return [Part("★" * s, n, None, n * 100 // total if total else 0) for s, n in counts]


def _grouped(answers: QuerySet[CsatAnswer], field: str, total: int) -> list[Part]:
    rows = answers.order_by().values_list(field).annotate(count=Count("pk"), mean=Avg("score"))
    found = rows.order_by("-count", field)[:MOST]
    return [Part(name or "–", count, mean, count * 100 // total) for name, count, mean in found]
