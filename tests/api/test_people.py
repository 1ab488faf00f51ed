"""Agents, teams, labels, numbers, contacts, consents, templates."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import Agent, Team
from conversations.models import Conversation
from tests import factories
from tests.api.conftest import Caller
from whatsapp.models import WhatsAppNumber


def contacts(api: APIClient, **query: object) -> list[str]:
    response = api.get("/api/v1/contacts/", query)
    assert response.status_code == 200
    return [row["name"] for row in response.json()["results"]]


@pytest.fixture
def people(conversation: Conversation) -> None:
    """Karla with a phone; Bruno who only has a username."""
    bruno = factories.ContactFactory.create(
        name="Bruno", wa_id="", bsuid="DE.77", username="bruno.b"
    )
    factories.ConversationFactory.create(
        contact=bruno, business_number=conversation.business_number
    )


def test_contacts_are_found_by_any_identity(api: APIClient, people: None) -> None:
    for query in (
        {"phone": "+4915112345678"},
        {"phone": " 4915112345678"},
        {"wa_id": "4915112345678"},
        {"q": "karla"},
        {"q": "0151 1234"[1:]},
    ):
        assert contacts(api, **query) == ["Karla Kundin"], query
    for query in ({"bsuid": "DE.77"}, {"username": "@Bruno.B"}, {"q": "bruno.b"}):
        assert contacts(api, **query) == ["Bruno"], query
    assert contacts(api, phone="+49") == contacts(api, bsuid="DE.7") == []


def test_a_contact_shows_its_identities(api: APIClient, conversation: Conversation) -> None:
    shown = api.get(f"/api/v1/contacts/{conversation.contact_id}/").json()

    assert {"kind": "phone", "value": "+4915112345678"} in shown["identities"]
    assert {"name", "language", "topics"} <= set(shown)


def test_contacts_cost_the_same_for_one_and_for_many(
    api: APIClient, people: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    contacts(api)

    with django_assert_num_queries(3):  # token, contacts, identities
        assert len(contacts(api)) == 2


def test_a_contact_of_another_team_does_not_exist(
    call_as: Caller, other_agent: Agent, conversation: Conversation
) -> None:
    api = call_as(other_agent)
    record = factories.ConsentRecordFactory.create(contact=conversation.contact)

    assert contacts(api) == []
    assert api.get(f"/api/v1/contacts/{conversation.contact_id}/").status_code == 404
    assert api.get(f"/api/v1/consent-records/{record.pk}/").status_code == 404


def test_the_ledger_is_read_only(api: APIClient, conversation: Conversation) -> None:
    record = factories.ConsentRecordFactory.create(contact=conversation.contact)
    path = f"/api/v1/consent-records/{record.pk}/"

    rows = api.get("/api/v1/consent-records/", {"contact": conversation.contact_id}).json()

    assert [row["id"] for row in rows["results"]] == [record.pk]
    assert rows["results"][0]["words"] == "Hallo"
    assert api.post("/api/v1/consent-records/", {}).status_code == 405
    for method in (api.put, api.patch, api.delete):
        assert method(path).status_code == 405
    assert api.get("/api/v1/consent-records/", {"act": "granted"}).json()["results"]
    assert not api.get("/api/v1/consent-records/", {"purpose": "marketing"}).json()["results"]


def test_agents_teams_labels_numbers_and_templates(
    api: APIClient, agent: Agent, team: Team, number: WhatsAppNumber
) -> None:
    label = factories.LabelFactory.create()
    template = factories.MessageTemplateFactory.create(business_numbers=[number])

    for path, pk in (
        ("agents", agent.pk),
        ("teams", team.pk),
        ("labels", label.pk),
        ("business-numbers", number.pk),
        ("templates", template.pk),
    ):
        rows = api.get(f"/api/v1/{path}/").json()["results"]
        assert [row["id"] for row in rows] == [pk]
        assert api.get(f"/api/v1/{path}/{pk}/").json() == rows[0]
        assert api.get(f"/api/v1/{path}/{pk + 1}/").status_code == 404

    shown = api.get(f"/api/v1/agents/{agent.pk}/").json()
    assert shown["teams"] == [team.pk]
    assert not {"password", "is_superuser"} & set(shown)
    shown = api.get(f"/api/v1/business-numbers/{number.pk}/").json()
    assert "access_token" not in shown
