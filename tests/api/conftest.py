"""API clients: each speaks with the token of one agent."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from accounts.models import Agent
from tests import factories

Caller = Callable[[Agent], APIClient]


@pytest.fixture
def call_as() -> Caller:
    """`call_as(agent).get("/api/v1/…")`."""

    def client(agent: Agent) -> APIClient:
        found = APIClient()
        found.credentials(HTTP_AUTHORIZATION=f"Bearer {factories.issue_token(agent)}")
        return found

    return client


@pytest.fixture
def api(call_as: Caller, agent: Agent) -> APIClient:
    """A client of the agent of `team`."""
    return call_as(agent)
