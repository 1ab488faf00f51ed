"""Guessing passwords gets slow, for one address and from one."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import Agent
from accounts.throttle import FAILURES_PER_ADDRESS, FAILURES_PER_EMAIL, address_of
from tests import factories

pytestmark = pytest.mark.django_db


def sign_in(client: Client, email: str, password: str) -> bool:
    client.post(reverse("accounts:login"), {"username": email, "password": password})
    return "_auth_user_id" in client.session


def test_after_ten_wrong_passwords_the_right_one_has_to_wait(client: Client, agent: Agent) -> None:
    for _ in range(FAILURES_PER_EMAIL):
        assert not sign_in(client, agent.email, "wrong")
    assert not sign_in(client, agent.email.upper(), factories.PASSWORD)


def test_nine_wrong_ones_are_forgiven(client: Client, agent: Agent) -> None:
    for _ in range(FAILURES_PER_EMAIL - 1):
        sign_in(client, agent.email, "wrong")
    assert sign_in(client, agent.email, factories.PASSWORD)


def test_others_are_not_locked_out_with_one(client: Client, agent: Agent, lead: Agent) -> None:
    for _ in range(FAILURES_PER_EMAIL):
        sign_in(client, agent.email, "wrong")
    assert sign_in(client, lead.email, factories.PASSWORD)


def test_one_address_cannot_try_everybody(client: Client, agent: Agent) -> None:
    for number in range(FAILURES_PER_ADDRESS):
        sign_in(client, f"nobody{number}@example.com", "wrong")
    assert not sign_in(client, agent.email, factories.PASSWORD)


def test_the_page_says_why(client: Client, agent: Agent) -> None:
    for _ in range(FAILURES_PER_EMAIL):
        sign_in(client, agent.email, "wrong")
    page = client.post(
        reverse("accounts:login"),
        {"username": agent.email, "password": "wrong"},
        headers={"accept-language": "en"},
    )
    assert "Too many attempts" in page.content.decode()


@pytest.mark.parametrize(
    ("proxies", "forwarded", "remote", "seen"),
    [
        (0, "203.0.113.7", "192.0.2.1", "192.0.2.1"),  # anybody can write this header
        (1, "203.0.113.7", "192.0.2.1", "203.0.113.7"),
        (1, "9.9.9.9, 203.0.113.7", "192.0.2.1", "203.0.113.7"),
        (2, "9.9.9.9, 203.0.113.7, 198.51.100.1", "192.0.2.1", "203.0.113.7"),
        (1, "", "192.0.2.1", "192.0.2.1"),
        (2, "203.0.113.7", "192.0.2.1", "192.0.2.1"),
        (1, "<script>", "192.0.2.1", "192.0.2.1"),
        (1, "2001:db8:1:2:3:4:5:6", "192.0.2.1", "2001:db8:1:2::/64"),
        (0, "", "", ""),
    ],
)
def test_an_address_is_what_our_own_proxy_saw(
    settings: Settings, proxies: int, forwarded: str, remote: str, seen: str
) -> None:
    settings.PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert address_of(RequestFactory().get("/", headers=headers, REMOTE_ADDR=remote)) == seen
