"""Agents and their tokens."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from accounts.models import Agent, ApiToken, Role, Team
from conversations.models import Conversation
from tests import factories

SECRET = "a long enough sentence 7"


def test_an_agent_is_added_with_password_role_and_teams(browser: Client, team: Team) -> None:
    response = browser.post(
        reverse("admin:accounts_agent_add"),
        {
            "name": "Nina Neu",
            "email": "Nina@Example.com",
            "role": Role.LEAD,
            "teams": [team.pk],
            "language": "de",
            "usable_password": "true",
            "password1": SECRET,
            "password2": SECRET,
        },
    )

    assert response.status_code == 302, response.context["adminform"].form.errors
    agent = Agent.objects.get(email="nina@example.com")
    assert agent.check_password(SECRET)
    assert (agent.role, list(agent.teams.all())) == (Role.LEAD, [team])


def test_an_address_is_taken_whatever_its_case(browser: Client, agent: Agent) -> None:
    response = browser.post(
        reverse("admin:accounts_agent_add"),
        {"name": "x", "email": agent.email.upper(), "role": "agent", "language": "de"}
        | {"usable_password": "true", "password1": SECRET, "password2": SECRET},
    )

    assert response.status_code == 200
    assert "email" in response.context["adminform"].form.errors


def test_an_agent_is_changed_and_switched_off(browser: Client, agent: Agent) -> None:
    response = browser.post(
        reverse("admin:accounts_agent_change", args=[agent.pk]),
        {"name": "Anders", "email": agent.email, "role": "read_only", "language": "en"},
    )

    assert response.status_code == 302, response.context["adminform"].form.errors
    agent.refresh_from_db()
    assert (agent.name, agent.role, agent.is_active) == ("Anders", "read_only", False)


def test_a_password_is_set_anew(browser: Client, agent: Agent) -> None:
    path = reverse("admin:auth_user_password_change", args=[agent.pk])
    assert browser.get(path).status_code == 200

    browser.post(path, {"password1": SECRET, "password2": SECRET, "usable_password": "true"})

    agent.refresh_from_db()
    assert agent.check_password(SECRET)


def test_admins_do_not_lock_themselves_out(browser: Client, admin: Agent) -> None:
    browser.post(
        reverse("admin:accounts_agent_change", args=[admin.pk]),
        {"name": admin.name, "email": admin.email, "role": "agent", "language": "en"},
    )

    admin.refresh_from_db()
    assert (admin.role, admin.is_active) == (Role.ADMIN, True)


def test_agents_are_not_deleted(browser: Client, agent: Agent) -> None:
    path = reverse("admin:accounts_agent_delete", args=[agent.pk])

    assert browser.post(path, {"post": "yes"}).status_code == 403


def test_a_team_is_deleted_only_when_it_has_no_conversations(
    browser: Client, conversation: Conversation
) -> None:
    empty = factories.TeamFactory.create()
    path = "admin:accounts_team_delete"

    browser.post(reverse(path, args=[empty.pk]), {"post": "yes"})
    browser.post(reverse(path, args=[conversation.team_id]), {"post": "yes"})
    browser.post(
        reverse("admin:accounts_team_changelist"),
        {"action": "delete_selected", "_selected_action": [conversation.team_id], "post": "yes"},
    )

    assert list(Team.objects.values_list("pk", flat=True)) == [conversation.team_id]


def test_a_token_is_shown_once(browser: Client, agent: Agent) -> None:
    page = browser.post(
        reverse("admin:accounts_apitoken_add"), {"agent": agent.pk, "name": "CRM"}, follow=True
    )

    token = ApiToken.objects.get()
    text = page.content.decode()
    start = text.index(ApiToken.PREFIX)
    shown = text[start : start + len(ApiToken.PREFIX) + 43]
    assert ApiToken.agent_of(shown) == agent
    path = reverse("admin:accounts_apitoken_change", args=[token.pk])
    assert shown not in browser.get(path).content.decode()


def test_tokens_are_revoked(browser: Client, agent: Agent) -> None:
    token = factories.issue_token(agent)

    browser.post(
        reverse("admin:accounts_apitoken_changelist"),
        {"action": "revoke", "_selected_action": [ApiToken.objects.get().pk]},
    )

    assert ApiToken.agent_of(token) is None
