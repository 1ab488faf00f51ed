"""Two contacts that are one person: found, looked at, merged, and split again, in the inbox."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Agent, Role
from contacts.attribute_models import AttributeDefinition
from contacts.attributes import attribute_values, set_attribute
from contacts.models import Contact, ContactMerge
from contacts.person_notes import write_contact_note
from conversations.models import Conversation
from tests import factories
from tests.inbox.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def twin(conversation: Conversation) -> Contact:
    found: Contact = factories.ContactFactory.create(name="Karla K.")
    factories.ConversationFactory.create(
        contact=found, business_number=conversation.business_number, resolved=True
    )
    return found


@pytest.fixture
def browser(agent: Agent, sign_in: SignIn) -> Client:
    return sign_in(agent)


def path(conversation: Conversation, twin: Contact) -> str:
    return reverse("inbox:merge", args=[conversation.contact_id, twin.pk])


def test_the_other_one_is_looked_for(
    browser: Client, conversation: Conversation, twin: Contact
) -> None:
    search = reverse("inbox:merge-search", args=[conversation.contact_id])
    assert path(conversation, twin) not in browser.get(search).content.decode()
    for words in ("karla", twin.phone[-8:]):
        text = browser.get(search, {"q": words}, headers={"HX-Request": "true"}).content.decode()
        assert path(conversation, twin) in text, words
        assert reverse("inbox:merge", args=[conversation.contact_id] * 2) not in text
    assert browser.post(search).status_code == 405


def test_the_preview_says_what_will_be(
    browser: Client, conversation: Conversation, twin: Contact, agent: Agent
) -> None:
    kind = AttributeDefinition.objects.create(
        key="x", kind="text", name_de="Abo", name_en="Subscription"
    )
    set_attribute(conversation.contact, kind, "mine", agent)
    set_attribute(twin, kind, "theirs", agent)
    write_contact_note(twin, "x", agent)
    for who, act, days in ((conversation.contact, "granted", 2), (twin, "withdrawn", 1)):
        factories.ConsentRecordFactory.create(
            contact=who, purpose="marketing", topic="news", act=act
        )
        assert days
    text = browser.get(path(conversation, twin)).content.decode()
    for words in ("mine", "theirs", "1 note on the person moves.", "1 conversation moves."):
        assert words in text, words
    assert text.count("seal-off") == 1
    assert "seal-on" not in text
    assert not ContactMerge.objects.exists()


def test_merged_with_the_choice_and_split_again(
    browser: Client, conversation: Conversation, twin: Contact, agent: Agent
) -> None:
    kind = AttributeDefinition.objects.create(key="x", kind="text", name_de="x", name_en="x")
    set_attribute(conversation.contact, kind, "mine", agent)
    set_attribute(twin, kind, "theirs", agent)
    answer = browser.post(path(conversation, twin), {f"attribute-{kind.pk}": "theirs"}, follow=True)
    assert "The two contacts are one now." in answer.content.decode()
    twin.refresh_from_db()
    assert twin.merged_into == conversation.contact
    assert attribute_values(conversation.contact) == {"x": "theirs"}

    merge = ContactMerge.objects.get()
    split = reverse("inbox:split", args=[conversation.contact_id, merge.pk])
    assert split in answer.content.decode()
    assert browser.get(split).status_code == 405
    answer = browser.post(split, follow=True)
    assert "split again" in answer.content.decode()
    assert attribute_values(conversation.contact) == {"x": "mine"}
    assert browser.post(split).status_code == 404


def test_twice_is_once(browser: Client, conversation: Conversation, twin: Contact) -> None:
    browser.post(path(conversation, twin))
    assert browser.post(path(conversation, twin)).status_code == 404  # they are one
    assert ContactMerge.objects.count() == 1


def test_who_may_not(
    conversation: Conversation, twin: Contact, sign_in: SignIn, other_agent: Agent
) -> None:
    reader = sign_in(factories.AgentFactory.create(role=Role.READ_ONLY, teams=[conversation.team]))
    assert reader.post(path(conversation, twin)).status_code == 403
    assert reader.get(path(conversation, twin)).status_code == 403
    # Sees the one, but not the other.
    assert sign_in(other_agent).post(path(conversation, twin)).status_code == 404
    assert not ContactMerge.objects.exists()


def test_what_somebody_else_merged_only_leads_split(
    browser: Client, conversation: Conversation, twin: Contact, sign_in: SignIn
) -> None:
    browser.post(path(conversation, twin))
    split = reverse("inbox:split", args=[conversation.contact_id, ContactMerge.objects.get().pk])
    colleague = sign_in(factories.AgentFactory.create(teams=[conversation.team]))
    assert colleague.post(split).status_code == 404
    assert sign_in(factories.AgentFactory.create(role=Role.LEAD)).post(split).status_code == 302


def test_what_one_may_not_see_is_counted_and_stays(
    browser: Client, conversation: Conversation, twin: Contact, admin: Agent
) -> None:
    kind = AttributeDefinition.objects.create(
        key="x", kind="text", name_de="Geheim", name_en="Secret", is_sensitive=True
    )
    set_attribute(conversation.contact, kind, "one thing", admin)
    set_attribute(twin, kind, "another thing", admin)
    text = browser.get(path(conversation, twin)).content.decode()
    assert "another thing" not in text
    assert "1 attribute that you may not see" in text
    browser.post(path(conversation, twin), {f"attribute-{kind.pk}": "theirs"})
    row = conversation.contact.attributes.get()
    assert row.text == "one thing"
