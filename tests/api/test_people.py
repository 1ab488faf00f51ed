"""Agents, teams, labels, numbers, contacts, consents, templates."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import Agent, Team
from contacts.merging import merge_contacts
from contacts.models import MergeReason
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

    with django_assert_num_queries(5):  # token, contacts, identities, topics, attributes
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


def test_username_only_customers_are_found(api: APIClient, people: None) -> None:
    """chatwoot #15586: whoever has no phone number was invisible in list and search."""
    assert "Bruno" in contacts(api)
    for query in ({"username": "bruno.b"}, {"username": "@BRUNO.B"}, {"q": "@bruno"}):
        assert contacts(api, **query) == ["Bruno"], query


@pytest.mark.parametrize("stored", ["5511987654321", "551187654321"])
def test_a_number_is_found_by_any_spelling(api: APIClient, stored: str) -> None:
    row = factories.ConversationFactory.create(
        contact=factories.ContactFactory.create(name="Beatriz", wa_id=stored)
    )
    for query in (
        {"phone": "+5511987654321"},
        {"phone": "+551187654321"},
        {"wa_id": "551187654321"},
        {"wa_id": "5511987654321"},
    ):
        assert contacts(api, **query) == ["Beatriz"], query
    assert row.contact.name == "Beatriz"


def test_a_merged_contact_shows_who_it_is_now(api: APIClient, conversation: Conversation) -> None:
    other = factories.ConversationFactory.create(business_number=conversation.business_number)
    absorbed, survivor = other.contact, conversation.contact
    record = factories.ConsentRecordFactory.create(contact=absorbed)
    merge_contacts(survivor, absorbed, MergeReason.BY_HAND)

    assert contacts(api) == ["Karla Kundin"]
    assert api.get(f"/api/v1/contacts/{absorbed.pk}/").json()["id"] == str(survivor.pk)
    for pk in (absorbed.pk, survivor.pk):
        rows = api.get("/api/v1/consent-records/", {"contact": pk}).json()["results"]
        assert [(row["id"], row["contact"]) for row in rows] == [(record.pk, str(survivor.pk))]
        rows = api.get("/api/v1/conversations/", {"contact": pk}).json()["results"]
        assert {row["id"] for row in rows} == {str(conversation.pk), str(other.pk)}
        assert {row["contact"] for row in rows} == {str(survivor.pk)}


def test_a_merged_contact_of_another_team_does_not_exist(
    call_as: Caller, other_agent: Agent, conversation: Conversation
) -> None:
    absorbed = factories.ContactFactory.create()
    record = factories.ConsentRecordFactory.create(contact=absorbed)
    merge_contacts(conversation.contact, absorbed, MergeReason.BY_HAND)
    api = call_as(other_agent)

    assert api.get(f"/api/v1/contacts/{absorbed.pk}/").status_code == 404
    assert api.get(f"/api/v1/consent-records/{record.pk}/").status_code == 404
