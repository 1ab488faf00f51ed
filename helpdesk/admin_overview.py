"""The admin's first page and its sidebar: what needs a person, and how our numbers fare."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q
from django.http import HttpRequest
from django.urls import reverse, reverse_lazy

from accounts.models import AdminNotice, Severity
from accounts.notices import open_notices, page_of, worst_open
from conversations.models import Conversation, Direction, Message, Status
from helpdesk.admin_navigation import NAVIGATION, NOTICES
from helpdesk.admin_today import today, who_is_here
from helpdesk.models import ParkedTask
from whatsapp.limits import Tier, limiter
from whatsapp.models import EventState, WebhookEvent, WhatsAppNumber
from whatsapp.number_state import State, limit_words, quality_of, state_of

_WAITING = (Status.QUEUED, Status.SENDING, Status.UNCONFIRMED)
# Of the sidebar's badge.
_COLOURS = {Severity.CRITICAL: "danger", Severity.WARNING: "warning"}


@dataclass(frozen=True)
class Notice:
    """An open notice, and the page where one can see to it ("": nowhere here)."""

    row: AdminNotice
    page: str
    label: str


@dataclass(frozen=True)
class NumberCard:
    """How one number fares. `queued` waits to leave, `unconfirmed` left without an answer."""

    number: WhatsAppNumber
    page: str
    state: State
    quality: State
    limit: str
    tier: Tier | None
    last_inbound_at: datetime | None
    last_outbound_at: datetime | None
    queued: int
    sending: int
    unconfirmed: int
    left: int

    @property
    def percent(self) -> int:
        """How much of the messaging limit is used."""
        return min(100, int(self.tier.share * 100)) if self.tier else 0


def overview(_request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What `templates/admin/index.html` shows above the list of pages (Unfold calls this)."""
    notices = [
        Notice(row, page_of(row), _COLOURS.get(Severity(row.severity), "info"))
        for row in open_notices()
    ]
    failed = WebhookEvent.objects.filter(state=EventState.FAILED).count()
    work = {
        "failed_events": failed,
        "unknown_number": WebhookEvent.objects.filter(state=EventState.UNKNOWN_NUMBER).count(),
        "parked": ParkedTask.objects.filter(settled_at=None).count(),
    }
    cards = number_cards()
    own = {"notices": notices, "number_cards": cards, "work": work}
    return {**context, **own, "today": today(), "here": who_is_here()}


def number_cards() -> list[NumberCard]:
    """Every number: those that may send first."""
    rows = WhatsAppNumber.objects.defer("access_token").select_related("replaced_by")
    numbers = sorted(rows, key=lambda row: (row.replaced_by_id is not None, not row.is_active))
    heard = _last_heard()
    waiting = _waiting()
    limits = limiter()
    cards = []
    for number in numbers:
        seen = heard.get(number.pk, {})
        counts = waiting.get(number.pk, {})
        cards.append(
            NumberCard(
                number=number,
                page=reverse("admin:whatsapp_whatsappnumber_change", args=[number.pk]),
                state=state_of(number, limits.waits_s(number.pk)),
                quality=quality_of(number),
                limit=limit_words(number),
                tier=limits.tier(number),
                last_inbound_at=seen.get("inbound"),
                last_outbound_at=seen.get("outbound"),
                queued=counts.get(Status.QUEUED, 0),
                sending=counts.get(Status.SENDING, 0),
                unconfirmed=counts.get(Status.UNCONFIRMED, 0),
                left=seen.get("threads", 0) if number.replaced_by_id is not None else 0,
            )
        )
    return cards


def _last_heard() -> dict[int, dict[str, Any]]:
    """When customers last wrote to each number, and when we last wrote from it."""
    ours = Q(last_message__direction=Direction.OUTBOUND)
    rows = Conversation.objects.order_by().values("business_number")
    found = rows.annotate(
        inbound=Max("last_inbound_at"),
        outbound=Max("last_message_at", filter=ours),
        threads=Count("pk"),
    )
    return {row["business_number"]: dict(row) for row in found}


def _waiting() -> dict[int, dict[str, int]]:
    """How many messages of each number are on their way out, by status."""
    found: dict[int, dict[str, int]] = {}
    rows = Message.objects.filter(status__in=_WAITING).order_by()
    for number, status, count in rows.values_list("business_number", "status").annotate(
        Count("pk")
    ):
        found.setdefault(number, {})[status] = count
    return found


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar, with how many notices wait for somebody."""
    count, worst = worst_open() if getattr(request.user, "is_staff", False) else (0, None)
    if not count:
        return NAVIGATION
    first, *rest = NAVIGATION
    variant = _COLOURS.get(worst, "info") if worst else "info"
    link = reverse_lazy(f"admin:{NOTICES}_changelist")
    items = [
        {**item, "badge": count, "badge_variant": variant} if item["link"] == link else item
        for item in first["items"]
    ]
    return [{**first, "items": items}, *rest]
