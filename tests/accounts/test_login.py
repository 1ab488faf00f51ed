"""Signing in and out, and the language one works in."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Agent
from tests.factories import PASSWORD

LOGIN = reverse("accounts:login")


def sign_in(client: Client, agent: Agent, **more: str) -> int:
    data = {"username": agent.email.upper(), "password": PASSWORD, **more}
    return client.post(LOGIN, data).status_code


def test_an_agent_signs_in_by_email_whatever_its_case(client: Client, agent: Agent) -> None:
    assert sign_in(client, agent) == 302
    assert client.get("/").status_code == 200


def test_the_session_ends_with_the_browser_unless_asked_to_stay(
    client: Client, agent: Agent
) -> None:
    sign_in(client, agent)
    assert client.session.get_expire_at_browser_close()
    client.logout()
    sign_in(client, agent, remember="on")
    assert not client.session.get_expire_at_browser_close()


@pytest.mark.parametrize("password", ["", "wrong"])
def test_a_wrong_password_is_said_in_words(client: Client, agent: Agent, password: str) -> None:
    page = client.post(
        LOGIN, {"username": agent.email, "password": password}, headers={"Accept-Language": "en"}
    )
    assert 'role="alert"' in page.content.decode()
    assert client.get("/").status_code == 302


def test_an_account_that_is_switched_off_stays_out(client: Client, agent: Agent) -> None:
    agent.is_active = False
    agent.save()
    sign_in(client, agent)
    assert client.get("/").status_code == 302


def test_the_login_leads_back_but_never_elsewhere(client: Client, agent: Agent) -> None:
    data = {"username": agent.email, "password": PASSWORD}
    back = client.post(LOGIN, data | {"next": "/?view=all"})
    assert back.headers["Location"] == "/?view=all"
    client.logout()
    away = client.post(LOGIN, data | {"next": "https://example.com/"})
    assert away.headers["Location"] == "/first/"


def test_signing_out_takes_a_post(client: Client, agent: Agent) -> None:
    client.force_login(agent)
    assert client.get(reverse("accounts:logout")).status_code == 405
    client.post(reverse("accounts:logout"))
    assert client.get("/").status_code == 302


def test_the_language_is_the_agents_everywhere(client: Client, agent: Agent) -> None:
    client.force_login(agent)
    answer = client.post(reverse("accounts:language"), {"language": "de", "next": "//evil.example"})
    assert answer.headers["Location"] == "/"
    other_browser = Client()
    other_browser.force_login(agent)
    assert '<html lang="de"' in other_browser.get("/").content.decode()


def test_an_unknown_language_changes_nothing(client: Client, agent: Agent) -> None:
    client.force_login(agent)
    client.post(reverse("accounts:language"), {"language": "tlh"})
    agent.refresh_from_db()
    assert agent.language == "en"


def test_the_login_page_speaks_the_language_of_the_browser(client: Client, db: None) -> None:
    for language in ("de", "en"):
        page = client.get(LOGIN, headers={"Accept-Language": language}).content.decode()
        assert f'<html lang="{language}"' in page


@pytest.mark.parametrize(("cookie", "drawn"), [("dark", True), ("light", True), ("x'\"", False)])
def test_the_page_is_drawn_in_the_chosen_theme(
    client: Client, db: None, cookie: str, drawn: bool
) -> None:
    client.cookies["theme"] = cookie
    assert (f'data-bs-theme="{cookie}"' in client.get(LOGIN).content.decode()) is drawn
