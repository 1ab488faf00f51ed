"""Agents sign in by e-mail; tokens are shown once and kept as digests."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Agent, ApiToken, Role
from tests import factories

pytestmark = pytest.mark.django_db


def test_the_command_prints_a_token_and_nothing_else(agent: Agent) -> None:
    out = StringIO()
    call_command("create_api_token", agent.email.upper(), stdout=out)
    (token,) = out.getvalue().split()
    assert ApiToken.agent_of(token) == agent
    assert token not in ApiToken.objects.values_list("digest", flat=True)


def test_nobody_gets_no_token() -> None:
    with pytest.raises(CommandError, match="nobody@example"):
        call_command("create_api_token", "nobody@example.com")


def test_a_revoked_token_and_one_of_a_former_agent_are_worthless(agent: Agent) -> None:
    token, other = ApiToken.issue(agent), ApiToken.issue(agent)
    ApiToken.objects.filter(digest=ApiToken.digest_of(other)).update(revoked_at=timezone.now())
    assert ApiToken.agent_of(other) is None
    assert ApiToken.agent_of(token) == agent
    agent.is_active = False
    agent.save()
    assert ApiToken.agent_of(token) is None


def test_one_address_is_one_agent_whatever_its_case() -> None:
    factories.AgentFactory.create(email="anna@example.com")
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.AgentFactory.create(email="Anna@Example.com")


@pytest.mark.parametrize(
    ("role", "staff", "writes", "sees_all"),
    [
        (Role.ADMIN, True, True, True),
        (Role.LEAD, False, True, True),
        (Role.AGENT, False, True, False),
        (Role.READ_ONLY, False, False, False),
    ],
)
def test_what_each_role_may(role: str, staff: bool, writes: bool, sees_all: bool) -> None:
    agent = factories.AgentFactory.create(role=role)
    assert (agent.is_staff, agent.may_write, agent.sees_all_teams) == (staff, writes, sees_all)


def test_initials() -> None:
    assert Agent(name="Jana Petersen").initials == "JP"
    assert Agent(name="Mira").initials == "M"
    assert Agent(email="x@example.com").initials == "X"
