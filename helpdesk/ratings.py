"""What customers said when asked how it was, for leads, inside the inbox.

Here and not in a room: the figures are automation's, the page around them is the inbox's, and
neighbours do not know each other.
"""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.middleware import AgentRequest
from automation.figures import rating_figures
from automation.models import CsatAnswer
from conversations.access import visible_conversations
from inbox.doors import agent_view
from inbox.views.page import navigation

DAYS = (7, 30, 90)
COMMENTS = 50


@agent_view
@never_cache
@require_safe
def ratings(request: AgentRequest) -> HttpResponse:
    """The last 30 days, or `?days=7` or `90`; of the conversations this lead may see."""
    if not request.agent.sees_all_teams:
        raise PermissionDenied
    days = next((one for one in DAYS if request.GET.get("days") == str(one)), 30)
    since = timezone.now() - timedelta(days=days)
    visible = visible_conversations(request.agent)
    said = CsatAnswer.objects.filter(
        request__asked_at__gte=since, request__conversation__in=visible
    ).select_related("request__agent", "request__team", "comment", "request__conversation__contact")
    context = {
        "figures": rating_figures(since, visible),
        "figures_days": days,
        "days": DAYS,
        "answers": said.prefetch_related("request__conversation__contact__identities")[:COMMENTS],
    }
    return render(request, "automation/ratings_page.html", navigation(request) | context)
