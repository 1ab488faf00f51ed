"""Contacts found by attributes and notes on the person."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Agent
from contacts.attribute_models import AttributeDefinition, AttributeKind, ContactNote
from contacts.attributes import set_attribute
from contacts.models import Contact
from conversations.models import Conversation
from conversations.search.details import contacts_found, details_of
from tests import factories

pytestmark = pytest.mark.django_db


def define(key: str, kind: str = AttributeKind.TEXT, **more: object) -> AttributeDefinition:
    names = {"name_de": key.title(), "name_en": key.title(), "place": 90}
    return AttributeDefinition.objects.create(key=key, kind=kind, **names | more)


def found(agent: Agent, asked: str) -> list[Contact]:
    return list(contacts_found(agent, asked.split()))


def test_text_figure_and_choice(conversation: Conversation, lead: Agent) -> None:
    contact = conversation.contact
    set_attribute(contact, define("subscription"), "Großkunde Förde 7731", by=lead)
    set_attribute(contact, define("trips", AttributeKind.NUMBER), "4711.5", by=lead)
    tier = define("tier", AttributeKind.CHOICE)
    tier.choices.create(key="gold", name_de="Goldener Status", name_en="Gold tier")
    set_attribute(contact, tier, "gold", by=lead)
    for asked in ("grosskunde", "GROßKUNDE 7731", "4711,5", "4711.5", "goldener", "gold tier"):
        assert found(lead, asked) == [contact], asked
    for asked in ("großkunde 7732", "4711", "%", "gold status x", "NaN", "Infinity", "1e400", ""):
        assert found(lead, asked) == [], asked
    told = details_of(lead, ["förde"], [contact.pk])[contact.pk]
    assert (told.name, told.text) == ("Subscription", "Großkunde Förde 7731")


def test_notes_on_the_person(conversation: Conversation, lead: Agent) -> None:
    contact = conversation.contact
    text = "Sehr lange Vorrede. " * 10 + "Mag keine Anrufe vor neun." + " Und weiter." * 20
    ContactNote.objects.create(contact=contact, text=text, created_at=timezone.now())
    assert found(lead, "anrufe neun") == [contact]
    told = details_of(lead, ["anrufe"], [contact.pk])[contact.pk]
    assert told.name == ""
    assert "Mag keine Anrufe" in told.text
    assert told.text.startswith("…")
    assert told.text.endswith("…")


def test_only_leads_find_what_only_they_see(
    conversation: Conversation, lead: Agent, agent: Agent
) -> None:
    set_attribute(conversation.contact, define("iban", is_sensitive=True), "DE0299", by=lead)
    assert found(lead, "DE0299") == [conversation.contact]
    assert found(agent, "DE0299") == []
    assert details_of(agent, ["DE0299"], [conversation.contact.pk]) == {}


def test_nobody_finds_a_contact_they_do_not_see(
    conversation: Conversation, lead: Agent, other_agent: Agent
) -> None:
    set_attribute(conversation.contact, define("badge"), "Ausweis 88", by=lead)
    assert found(other_agent, "ausweis") == []


def test_a_page_of_contacts_costs_two_queries_more(conversation: Conversation, lead: Agent) -> None:
    definition = define("badge")
    contacts = [factories.ConversationFactory.create().contact for _ in range(5)]
    for contact in contacts:
        set_attribute(contact, definition, "Ausweis", by=lead)
    details_of(lead, ["ausweis"], [contacts[0].pk])
    with CaptureQueriesContext(connection) as queries:
        assert len(details_of(lead, ["ausweis"], [one.pk for one in contacts])) == 5
    assert len(queries) == 2
