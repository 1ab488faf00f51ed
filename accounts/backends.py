"""Who may sign in: active agents, and the demo's agents only while DEBUG is on."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser

from accounts.demo import may_enter
from accounts.models import Agent


class AgentBackend(ModelBackend):
    """Asked at sign-in and again for every request of a session."""

    def user_can_authenticate(self, user: Agent | AnonymousUser | None) -> bool:
        """Whether `user` may sign in, and stay."""
        if not isinstance(user, Agent) or not may_enter(user.email):
            return False
        return super().user_can_authenticate(user)
