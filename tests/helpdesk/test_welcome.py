"""Five steps from nothing: ticked by the truth, shown to admins, put away and brought back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from accounts.models import Agent, Invitation, Role
from conversations.models import Conversation
from helpdesk.start.steps import STEPS
from tests import factories
from tests.whatsapp.graph import Graph, running_graph
from whatsapp.connection_check import check_connection
from whatsapp.models import ConnectionCheck, WhatsAppNumber

pytestmark = pytest.mark.django_db
WELCOME = reverse("start:welcome")
INVITATIONS = reverse("start:invitations")
LOGIN = reverse("accounts:login")


@pytest.fixture
def graph(settings: LazySettings) -> Iterator[Graph]:
    with running_graph() as graph:
        settings.WHATSAPP_GRAPH_URL = graph.url
        settings.WHATSAPP_TIMEOUT_S = 1
        yield graph


@pytest.fixture
def browser(client: Client, admin: Agent) -> Client:
    client.force_login(admin)
    return client


def done(browser: Client) -> set[str]:
    page = browser.get(WELCOME).content.decode()
    rows = re.findall(r'<li data-step="([\w-]+)"(.*?)</li>', page, re.DOTALL)
    assert [key for key, _html in rows] == [step.key for step in STEPS]
    return {key for key, html in rows if "step-done" in html}


def test_an_empty_system_has_nothing_ticked(browser: Client) -> None:
    assert done(browser) == set()


def test_each_step_is_ticked_by_the_truth(browser: Client, conversation: Conversation) -> None:
    factories.MessageFactory.create(conversation=conversation)
    assert done(browser) == {"number"}
    other = factories.AgentFactory.create()
    factories.SignUpFormFactory.create()
    assert done(browser) == {"number", "team", "opt-in"}
    Agent.objects.filter(pk=other.pk).update(is_active=False)
    assert "team" not in done(browser)


def test_a_number_counts_when_every_check_is_fine(browser: Client, number: WhatsAppNumber) -> None:
    assert done(browser) == set()
    factories.WhatsAppNumberFactory.create(is_active=False)
    names = [
        *("token", "permissions", "belongs", "registered", "quality", "subscribed", "address"),
        *("arriving", "templates", "clock"),
    ]
    for name in names:
        ConnectionCheck.objects.create(
            number=number, name=name, found="fine", code="clock",
            since="2026-01-01T00:00Z", checked_at="2026-01-01T00:00Z",
        )  # fmt: skip
    assert done(browser) == {"number"}
    ConnectionCheck.objects.filter(name="token").update(found="wrong", code="token_invalid")
    assert done(browser) == set()
    page = browser.get(WELCOME).content.decode()
    assert "health-bad" in page


def test_an_admin_is_greeted_after_signing_in_until_it_is_put_away(
    client: Client, admin: Agent
) -> None:
    data = {"username": admin.email, "password": factories.PASSWORD, "next": "/"}
    assert client.post(LOGIN, data).headers["Location"] == "/first/"
    assert client.get("/first/").headers["Location"] == WELCOME
    client.post(reverse("start:put-away"))
    assert client.get("/first/").headers["Location"] == "/"
    assert client.get(WELCOME).status_code == 200
    client.post(reverse("start:put-away"), {"again": "1"})
    assert client.get("/first/").headers["Location"] == WELCOME


@pytest.mark.parametrize("role", [Role.LEAD, Role.AGENT, Role.READ_ONLY])
def test_others_see_none_of_it(client: Client, role: str, number: WhatsAppNumber) -> None:
    client.force_login(factories.AgentFactory.create(role=role))
    assert client.get("/first/").headers["Location"] == "/"
    assert client.get(WELCOME).status_code == 403
    assert client.get(INVITATIONS).status_code == 403
    for name in ("check", "subscribe"):
        assert client.post(reverse(f"start:{name}", args=[number.pk])).status_code == 403
    assert client.post(INVITATIONS, {"email": "a@b.de", "role": "admin"}).status_code == 403
    assert not Invitation.objects.exists()


def test_what_fails_says_so_and_is_mended_here(
    browser: Client, graph: Graph, number: WhatsAppNumber, settings: LazySettings
) -> None:
    settings.PUBLIC_URL = graph.url
    graph.says(200, {"data": []})
    check_connection(number)
    page = browser.get(WELCOME).content.decode()
    address = reverse("start:subscribe", args=[number.pk])
    assert address in page
    assert browser.get(address).status_code == 405
    graph.says(200, {"success": True})
    assert browser.post(address).status_code == 302
    assert graph.requests[-1].method == "POST"
    assert graph.requests[-1].path.endswith(f"{number.waba_id}/subscribed_apps")
    graph.refuses(190, 401)
    said = browser.post(address, follow=True).content.decode()
    assert "notice-danger" in said


def test_a_colleague_is_invited_and_the_link_shown(browser: Client) -> None:
    team = factories.TeamFactory.create()
    form = {"email": "Neu@Example.com", "role": "agent", "language": "de", "teams": [team.pk]}
    page = browser.post(INVITATIONS, form, follow=True).content.decode()
    row = Invitation.objects.get()
    assert row.email == "neu@example.com"
    assert "/accounts/join/" in page
    twice = browser.post(INVITATIONS, form)
    assert twice.status_code == 422
    assert "neu@example.com" in twice.content.decode().lower()
    assert Invitation.objects.count() == 1
    assert browser.post(reverse("start:again", args=[row.pk])).status_code == 302
    assert browser.post(reverse("start:withdraw", args=[row.pk])).status_code == 302
    assert browser.post(reverse("start:withdraw", args=[row.pk])).status_code == 404


@pytest.mark.parametrize(
    "form",
    [
        {"email": "nobody", "role": "agent", "language": "de"},
        {"email": "a@b.de", "role": "god", "language": "de"},
        {"email": "a@b.de", "role": "agent", "language": "xx"},
        {"email": "a@b.de", "role": "agent", "language": "de", "teams": ["999"]},
        {},
    ],
)
def test_bad_invitations_are_refused(browser: Client, form: dict[str, object]) -> None:
    assert browser.post(INVITATIONS, form).status_code == 422
    assert not Invitation.objects.exists()


def test_the_page_asks_until_the_worker_has_looked(
    browser: Client, number: WhatsAppNumber, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helpdesk.start.views.nudge", lambda *_words: True)
    assert b"hx-trigger" not in browser.get(WELCOME).content
    browser.post(reverse("start:check", args=[number.pk]))
    assert b'hx-trigger="every 2s"' in browser.get(WELCOME).content
    asked = {"HX-Request": "true"}
    assert browser.get(WELCOME, headers=asked).status_code == 204
    check_connection(number)
    page = browser.get(WELCOME, headers=asked)
    assert page.status_code == 200
    assert b"hx-trigger" not in page.content
    assert b'data-check="token"' in page.content


def test_the_page_stops_asking_when_no_worker_answers(
    browser: Client, number: WhatsAppNumber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helpdesk.start.views.nudge", lambda *_words: True)
    browser.post(reverse("start:check", args=[number.pk]))
    monkeypatch.setattr("helpdesk.start.views.PATIENCE_S", -1)
    assert b"hx-trigger" not in browser.get(WELCOME).content
