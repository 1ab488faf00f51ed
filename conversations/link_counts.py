"""How often click-to-chat links were opened, and who came by them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Aggregate, Count, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce
from django.utils import timezone

from conversations.models import ChatLink, ChatLinkDay, ChatLinkOpening, Conversation

LATELY = timedelta(days=30)


def opened_of(link: ChatLink) -> int:
    """How often it was opened, also what is not added up yet; one statement, so nothing twice."""
    found = with_link_counts(ChatLink.objects.filter(pk=link.pk)).get()
    return int(found.opened)  # type: ignore[attr-defined]


def with_link_counts(rows: QuerySet[ChatLink], now: datetime | None = None) -> QuerySet[ChatLink]:
    """Each with `opened`, `conversations_count` and `people`, and the first two of the last 30 days
    as `opened_lately` and `conversations_lately`."""
    since = (now or timezone.now()) - LATELY
    day = timezone.localdate(since)
    came = Conversation.objects.filter(chat_link=OuterRef("pk"))
    lately = came.filter(came_at__gte=since)
    return rows.annotate(
        opened=_opened(ChatLinkDay.objects.all(), ChatLinkOpening.objects.all()),
        opened_lately=_opened(
            ChatLinkDay.objects.filter(day__gt=day), ChatLinkOpening.objects.filter(day__gt=day)
        ),
        conversations_count=_of(came, Count("pk")),
        people=_of(came, Count("contact", distinct=True)),
        conversations_lately=_of(lately, Count("pk")),
    )


def _opened(days: QuerySet[ChatLinkDay], single: QuerySet[ChatLinkOpening]) -> CombinedExpression:
    days, single = days.filter(link=OuterRef("pk")), single.filter(link=OuterRef("pk"))
    return _of(days, Sum("opened"), "link") + _of(single, Count("pk"), "link")


def _of(rows: QuerySet[Any], total: Aggregate, by: str = "chat_link") -> Coalesce:
    """A number of the rows that belong to the outer one; 0 for none."""
    summed = rows.order_by().values(by).annotate(total=total).values("total")
    return Coalesce(Subquery(summed), 0, output_field=IntegerField())
