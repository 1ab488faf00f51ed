"""Fixtures of the inbox's tests: browsers that are signed in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Agent

SignIn = Callable[[Agent], Client]


@pytest.fixture
def sign_in() -> SignIn:
    """A browser in which this agent has signed in."""

    def browser(agent: Agent) -> Client:
        client = Client()
        client.force_login(agent)
        return client

    return browser
