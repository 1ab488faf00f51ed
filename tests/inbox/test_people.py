"""Customers as the inbox knows them: without a number, with an old one, merged from two."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import Agent
from contacts.merging import merge_contacts
from contacts.models import MergeReason
from contacts.services import Person, change_identity
from conversations.models import Conversation
from tests import factories
from tests.inbox.conftest import SignIn

pytestmark = pytest.mark.django_db
INBOX = reverse("inbox:inbox")


def url(conversation: Conversation) -> str:
    return reverse("inbox:conversation", args=[conversation.pk])


def test_username_only_customers_are_in_the_list_and_found(sign_in: SignIn, agent: Agent) -> None:
    """chatwoot #15586: whoever has no phone number was invisible in list and search."""
    contact = factories.ContactFactory.create(
        name="", wa_id="", bsuid="DE.8", username="lin_okafor"
    )
    factories.ConversationFactory.create(contact=contact)
    client = sign_in(agent)
    for query in ({}, {"q": "lin_ok"}, {"q": "@lin_okafor"}, {"q": "@LIN"}):
        assert "@lin_okafor" in client.get(INBOX, {"view": "all", **query}).content.decode(), query


def test_a_number_is_found_by_any_spelling(sign_in: SignIn, agent: Agent) -> None:
    contact = factories.ContactFactory.create(name="Beatriz", wa_id="5215512345678")
    factories.ConversationFactory.create(contact=contact)
    client = sign_in(agent)
    for query in ("+52 55 1234 5678", "5215512345678", "5512345678"):
        assert "Beatriz" in client.get(INBOX, {"view": "all", "q": query}).content.decode(), query


def test_the_pane_shows_earlier_numbers(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    old, new = Person(wa_id="4915112345678"), Person(wa_id="4917099999999")
    change_identity(conversation.contact, old, new)
    pane = sign_in(agent).get(reverse("inbox:contact", args=[conversation.pk])).content.decode()
    assert "+4915112345678" in pane
    assert "+4917099999999" in pane


def test_the_pane_shows_the_consents_of_a_merged_person(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    other = factories.ContactFactory.create()
    factories.ConsentRecordFactory.create(contact=other, purpose="marketing", act="withdrawn")
    merge_contacts(conversation.contact, other, MergeReason.BY_HAND)
    pane = sign_in(agent).get(reverse("inbox:contact", args=[conversation.pk])).content.decode()
    assert "seal-off" in pane


def test_merges_and_changed_numbers_stand_in_the_thread(
    sign_in: SignIn, agent: Agent, conversation: Conversation
) -> None:
    """In words, without the numbers; in both threads of a merge."""
    other = factories.ConversationFactory.create(
        contact=factories.ContactFactory.create(wa_id="", bsuid="DE.8"),
        business_number=conversation.business_number,
    )
    change_identity(
        conversation.contact, Person(wa_id="4915112345678"), Person(wa_id="4917099999999")
    )
    merge_contacts(conversation.contact, other.contact, MergeReason.BY_HAND, agent)
    client = sign_in(agent)
    pages = [client.get(url(row)).content.decode() for row in (conversation, other)]
    assert "<b>Karla Kundin</b> changed the phone number" in pages[0]
    said = [
        "merged this customer with another one. It goes on in the other conversation.",
        "merged another conversation of this customer into this one",
    ]
    assert sorted(sentence for page in pages for sentence in said if sentence in page) == said[::-1]
    assert f"<b>{agent.name}</b> merged" in pages[0]
