"""Who may handle requests about personal data, and legal holds."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.models import Agent
from consent.rights import PERMISSION


def may_handle(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.has_perm(PERMISSION)


def demand_handler(request: HttpRequest) -> Agent:
    """Whoever asks, if they may handle requests; 403 otherwise."""
    if not may_handle(request):
        raise PermissionDenied
    assert isinstance(request.user, Agent)
    return request.user
