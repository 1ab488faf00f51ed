"""Who may use the API: agents with a token; the read-only role reads."""

from __future__ import annotations

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import Agent


class RolePermission(BasePermission):
    """What an agent may see is decided row by row in `conversations/access.py`."""

    def has_permission(self, request: Request, view: object) -> bool:
        agent = request.user
        if not isinstance(agent, Agent):
            return False
        return request.method in SAFE_METHODS or agent.may_write
