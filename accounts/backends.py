"""Who may sign in: active agents, and the demo's agents only while DEBUG is on."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from accounts.demo import may_enter
from accounts.models import Agent
from accounts.throttle import count_failure, is_locked


class AgentBackend(ModelBackend):
    """Asked at sign-in and again for every request of a session."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """The agent with this address and password; None while the door waits."""
        email = str(username or kwargs.get(Agent.USERNAME_FIELD) or "")
        if is_locked(request, email):
            return None
        agent = super().authenticate(request, username, password, **kwargs)
        if agent is None and email:
            count_failure(request, email)
        return agent

    def get_user(self, user_id: Any) -> Any:
        """The agent of a session, with what they have set for themselves."""
        agent = Agent.objects.select_related("preferences").filter(pk=user_id).first()
        return agent if self.user_can_authenticate(agent) else None

    def user_can_authenticate(self, user: Agent | AnonymousUser | None) -> bool:
        """Whether `user` may sign in, and stay."""
        if not isinstance(user, Agent) or not may_enter(user.email):
            return False
        return super().user_can_authenticate(user)
