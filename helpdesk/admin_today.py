"""The day in figures, over the admin's first page: a handful of queries, kept for half a minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.core.cache import cache
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from accounts.models import Agent
from accounts.presence import State, presence_of_agents
from conversations.models import Conversation, Direction, Message, Status
from helpdesk.admin_navigation import FIGURES
from helpdesk.health import figures_now

KEY = "admin:today"
KEPT_S = 30
LATE_S = 60


@dataclass(frozen=True)
class Figure:
    """One tile: `tone` is Unfold's name of a colour, or ""; `page` where one sees more."""

    title: str | Promise
    value: str
    page: str = ""
    tone: str = ""


def today() -> list[Figure]:
    """The tiles; counted anew when those in the cache are older than half a minute."""
    counts = _kept()
    inbox = reverse("inbox:inbox")
    messages = reverse("admin:conversations_message_changelist")
    lag = counts["lag_s"]
    return [
        Figure(_("Opened today"), str(counts["opened"]), f"{inbox}?view=all"),
        Figure(_("Waiting for an answer"), str(counts["waiting"]), f"{inbox}?view=unassigned"),
        Figure(_("Resolved today"), str(counts["resolved"]), f"{inbox}?view=resolved"),
        Figure(
            _("Windows closing within 2 hours"),
            str(counts["closing"]),
            f"{inbox}?view=closing",
            "warning" if counts["closing"] else "",
        ),
        Figure(
            _("Not delivered in 24 hours"),
            str(counts["failed"]),
            f"{messages}?status__exact=failed",
            "danger" if counts["failed"] else "",
        ),
        Figure(
            _("Oldest waiting webhook"),
            "–" if lag < 0 else f"{lag} s",
            reverse("admin:whatsapp_webhookevent_changelist"),
            "danger" if lag < 0 or lag > LATE_S else "",
        ),
        Figure(_("Consents in figures"), "→", reverse(FIGURES)),
    ]


@dataclass(frozen=True)
class Here:
    """Who has a page open now: those at work, those away from it; `agents` is how many there are.
    Nobody is kept waiting for it: without Redis nobody is known to be here."""

    online: list[Agent]
    away: list[Agent]
    agents: int


def who_is_here() -> Here:
    """Asked anew each time, with one query: half a minute ago somebody else was here."""
    rows = Agent.objects.filter(is_active=True).order_by("name", "pk")
    agents = list(rows.only("pk", "name", "is_active", "availability", "capacity"))
    found = presence_of_agents(agents)
    return Here(
        online=[agent for agent in agents if found[agent.pk].state is State.ONLINE],
        away=[agent for agent in agents if found[agent.pk].state is State.AWAY],
        agents=len(agents),
    )


def _kept() -> dict[str, int]:
    try:
        found = cache.get(KEY)
        if found is None:
            found = _count()
            cache.set(KEY, found, KEPT_S)
    except (RedisError, OSError):
        found = _count()
    return dict(found)


def _count() -> dict[str, int]:
    now = timezone.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    unresolved = ~Q(status=Conversation.Status.RESOLVED)
    # Open ones by their partial indexes; of the others only what the day has touched.
    is_open = Conversation.objects.filter(unresolved).aggregate(
        waiting=Count("pk", filter=Q(waiting_since__isnull=False)),
        closing=Count(
            "pk",
            filter=Q(window_expires_at__gt=now, window_expires_at__lte=now + timedelta(hours=2)),
        ),
    )
    of_today = Conversation.objects.filter(last_message_at__gte=midnight - timedelta(days=30))
    failed = Message.objects.filter(
        updated_at__gte=now - timedelta(days=1),
        direction=Direction.OUTBOUND,
        status=Status.FAILED,
    )
    figures = figures_now()
    return {
        **is_open,
        "opened": Conversation.objects.filter(created_at__gte=midnight).count(),
        "resolved": of_today.filter(resolved_at__gte=midnight).count(),
        "failed": failed.count(),
        "lag_s": round(figures.webhook_events.oldest_s) if figures else -1,
    }
