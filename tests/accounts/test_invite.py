"""Asking colleagues in: one link, one agent, and nothing to be had from any other link."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.invitations import (
    CannotInvite,
    InvitationGone,
    accept_invitation,
    invitation_of,
    invite,
    invite_again,
    link_of,
    withdraw_invitation,
)
from accounts.join import TRIES_PER_ADDRESS
from accounts.models import Agent, Invitation, Role, Team
from accounts.tasks import send_invitation
from tests import factories
from tests.fixtures import Clock

pytestmark = pytest.mark.django_db
PASSWORD = "sieben Züge nach Kiel"
FORM = {"name": "Nora Neu", "password": PASSWORD, "again": PASSWORD}


@pytest.fixture
def row(admin: Agent, team: Team) -> Invitation:
    return invite("Nora@Example.com ", Role.LEAD, [team], admin, "en")


def path_of(row: Invitation) -> str:
    return "/" + link_of(row).split("/", 3)[3]


def token_of(row: Invitation) -> str:
    return path_of(row).split("/")[-2]


def test_a_colleague_joins_with_role_and_teams(client: Client, row: Invitation, team: Team) -> None:
    page = client.get(path_of(row))
    assert page.status_code == 200
    assert "nora@example.com" in page.content.decode()
    assert client.post(path_of(row), FORM).headers["Location"] == "/"
    agent = Agent.objects.get(email="nora@example.com")
    assert (agent.name, agent.role, agent.language) == ("Nora Neu", Role.LEAD, "en")
    assert list(agent.teams.all()) == [team]
    assert agent.check_password(PASSWORD)
    assert client.get("/").status_code == 200


def test_a_link_works_once(client: Client, row: Invitation) -> None:
    client.post(path_of(row), FORM)
    other = Client()
    assert other.get(path_of(row)).status_code == 404
    assert other.post(path_of(row), FORM).status_code == 404
    assert Agent.objects.filter(email="nora@example.com").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_open_it_at_once_one_gets_in(row: Invitation) -> None:
    def join(name: str) -> str:
        try:
            return accept_invitation(token_of(row), name, PASSWORD).name
        except InvitationGone:
            return "late"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(join, ("A", "B")))
    assert said[1] == "late"
    assert said[0] in {"A", "B"}
    assert Agent.objects.filter(email="nora@example.com").count() == 1


def test_it_is_over_after_a_week(client: Client, row: Invitation, clock: Clock) -> None:
    clock.forward(timedelta(days=8))
    assert client.get(path_of(row)).status_code == 404
    again = invite_again(row.pk)
    assert client.get(path_of(again)).status_code == 200


def test_sending_again_ends_the_first_link(client: Client, row: Invitation) -> None:
    old = path_of(row)
    new = path_of(invite_again(row.pk))
    assert client.get(old).status_code == 404
    assert client.get(new).status_code == 200


def test_a_withdrawn_one_is_over(client: Client, row: Invitation) -> None:
    withdraw_invitation(row.pk)
    assert client.get(path_of(row)).status_code == 404
    with pytest.raises(InvitationGone):
        invite_again(row.pk)


def test_a_forged_link_says_no_more_than_an_old_one(client: Client, row: Invitation) -> None:
    good = token_of(row)
    other = f"{'0' * 32}.{row.nonce}"
    for token in ("x", good[:-1], good + "A", other, f"{row.pk.hex}.", "%00", "ü"):
        page = client.get(f"/accounts/join/{token}/")
        assert page.status_code == 404
        assert "nora" not in page.content.decode()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"password": "kurz", "again": "kurz"}, "password"),
        ({"password": "nora@example.com", "again": "nora@example.com"}, "password"),
        ({"again": "etwas anderes"}, "again"),
        ({"name": " "}, "name"),
        ({"name": "N" * 121}, "name"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    client: Client, row: Invitation, changed: dict[str, str], field: str
) -> None:
    page = client.post(path_of(row), {**FORM, **changed}).content.decode()
    assert f'aria-describedby="{field}-error"' in page or f"{field}-error" in page
    assert not Agent.objects.filter(email="nora@example.com").exists()
    assert invitation_of(token_of(row)) == row


def test_role_and_address_cannot_be_brought_along(client: Client, row: Invitation) -> None:
    client.post(path_of(row), {**FORM, "role": "admin", "email": "a@b.de", "is_superuser": "1"})
    agent = Agent.objects.get(name="Nora Neu")
    assert (agent.role, agent.email, agent.is_superuser) == (
        Role.LEAD,
        "nora@example.com",
        False,
    )


def test_an_agents_address_and_an_open_invitation_are_refused(
    row: Invitation, admin: Agent
) -> None:
    with pytest.raises(CannotInvite):
        invite("NORA@example.com", Role.AGENT, [], admin, "de")
    with pytest.raises(CannotInvite):
        invite(admin.email.upper(), Role.AGENT, [], admin, "de")


def test_an_agent_made_meanwhile_ends_the_invitation(client: Client, row: Invitation) -> None:
    factories.AgentFactory.create(email="nora@example.com")
    assert client.post(path_of(row), FORM).status_code == 404


def test_trying_links_gets_slow(client: Client, row: Invitation) -> None:
    codes = {client.get("/accounts/join/x/").status_code for _ in range(TRIES_PER_ADDRESS + 1)}
    assert codes == {404, 429}


def test_the_mail_leaves_once_with_the_link(row: Invitation) -> None:
    send_invitation(str(row.pk))
    send_invitation(str(row.pk))
    (sent,) = mail.outbox
    assert sent.to == ["nora@example.com"]
    assert link_of(row) in sent.body
    row.refresh_from_db()
    assert row.mailed_at is not None


def test_without_mail_only_the_link_is_shown(row: Invitation, settings: LazySettings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    send_invitation(str(row.pk))
    row.refresh_from_db()
    assert row.mailed_at is None
    assert mail.outbox == []


def test_nothing_is_mailed_that_is_over(row: Invitation) -> None:
    Invitation.objects.update(expires_at=timezone.now() - timedelta(1))
    send_invitation(str(row.pk))
    assert mail.outbox == []
