"""The contact pane: what it shows, and what is written down in it."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Agent, Role
from contacts.attribute_models import AttributeDefinition, ContactAttribute, ContactNote
from contacts.attributes import set_attribute
from contacts.person_notes import write_contact_note
from conversations.models import Conversation
from tests import factories
from tests.inbox.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def subscription() -> AttributeDefinition:
    return AttributeDefinition.objects.create(
        key="subscription", kind="text", name_de="Abo", name_en="Subscription"
    )


@pytest.fixture
def browser(agent: Agent, sign_in: SignIn) -> Client:
    return sign_in(agent)


def pane(browser: Client, conversation: Conversation) -> str:
    return browser.get(reverse("inbox:contact", args=[conversation.pk])).content.decode()


def test_it_shows_the_whole_person(
    browser: Client, conversation: Conversation, agent: Agent, subscription: AttributeDefinition
) -> None:
    contact = conversation.contact
    set_attribute(contact, subscription, "<b>Commuter</b>", agent)
    write_contact_note(contact, "Hard of <i>hearing</i>", agent)
    factories.ConversationFactory.create(contact=contact, resolved=True)
    text = pane(browser, conversation)
    assert "&lt;b&gt;Commuter&lt;/b&gt;" in text
    assert "Hard of &lt;i&gt;hearing&lt;/i&gt;" in text
    assert text.count('class="past"') == 1
    assert f'data-copy="{contact.phone}"' in text
    assert "Data protection" not in text  # the administration's


def test_what_is_costly_costs_the_same_for_much(
    browser: Client,
    conversation: Conversation,
    agent: Agent,
    django_assert_max_num_queries: object,
) -> None:
    contact = conversation.contact
    for n in range(10):
        definition = AttributeDefinition.objects.create(
            key=f"x{n}", kind="text", name_de="x", name_en="x"
        )
        set_attribute(contact, definition, "x", agent)
        write_contact_note(contact, "x", agent)
        factories.ConversationFactory.create(contact=contact, resolved=True)
        message = factories.MessageFactory.create(conversation=conversation)
        factories.MediaFactory.create(message=message)
    with django_assert_max_num_queries(25):  # type: ignore[operator]
        assert pane(browser, conversation).count('class="c-note"') == 10


def test_an_attribute_is_edited_in_its_place(
    browser: Client, conversation: Conversation, subscription: AttributeDefinition, agent: Agent
) -> None:
    path = reverse("inbox:attribute", args=[conversation.contact_id, subscription.pk])
    assert 'name="value"' in browser.get(path).content.decode()
    assert browser.post(path, {"value": "Commuter"}).status_code == 204
    row = ContactAttribute.objects.get()
    assert (row.text, row.updated_by) == ("Commuter", agent)
    refused = browser.post(path, {"value": "x" * 501})
    assert refused.status_code == 422
    assert refused.json()["errors"]["value"]
    assert ContactAttribute.objects.get().text == "Commuter"
    assert browser.post(path).status_code == 204  # nothing said: taken away
    assert not ContactAttribute.objects.exists()
    assert browser.delete(path).status_code == 405


def test_a_name_of_ours_leaves_the_customers_own(
    browser: Client, conversation: Conversation, agent: Agent
) -> None:
    contact = conversation.contact
    path = reverse("inbox:profile", args=[contact.pk])
    assert contact.name in browser.get(path).content.decode()
    said = {"our_name": " Karla  Kunz ", "language": "de", "best_reached": "after 4 pm"}
    assert browser.post(path, said).status_code == 204
    contact.refresh_from_db()
    assert (contact.display_name, contact.name) == ("Karla Kunz", "Karla Kundin")
    assert contact.profile_by == agent
    text = pane(browser, conversation)
    assert "Karla Kunz" in text
    assert "On WhatsApp" in text
    wrong = browser.post(path, {**said, "language": "<script>", "our_name": "x" * 201})
    assert set(wrong.json()["errors"]) == {"language", "our_name"}
    browser.post(path, {})
    contact.refresh_from_db()
    assert contact.display_name == "Karla Kundin"


def test_notes_are_written_once_changed_pinned_and_deleted(
    browser: Client, conversation: Conversation
) -> None:
    contact = conversation.contact_id
    path = reverse("inbox:person-notes", args=[contact])
    form = {"text": "Hört schlecht.", "client_uuid": str(uuid.uuid4())}
    for _ in range(2):
        assert browser.post(path, form).status_code == 201
    note = ContactNote.objects.get()
    assert browser.post(path, {"text": " "}).status_code == 422
    assert browser.post(path, {"text": "x", "client_uuid": "no"}).status_code == 201

    own = reverse("inbox:person-note", args=[contact, note.pk])
    assert "Hört schlecht." in browser.get(own).content.decode()
    assert browser.post(own, {"text": "Hört sehr schlecht."}).status_code == 204
    pin = reverse("inbox:person-note-pin", args=[contact, note.pk])
    assert browser.get(pin).status_code == 405
    assert browser.post(pin, {"pinned": "1"}).status_code == 204
    note.refresh_from_db()
    assert (note.text, note.is_pinned) == ("Hört sehr schlecht.", True)
    gone = reverse("inbox:person-note-delete", args=[contact, note.pk])
    assert "Delete this note?" in browser.get(gone).content.decode()
    assert browser.post(gone).status_code == 204
    assert ContactNote.objects.get().text == "x"


def test_somebody_elses_note_is_not_mine_to_change(
    browser: Client, conversation: Conversation, other_agent: Agent
) -> None:
    note = write_contact_note(conversation.contact, "theirs", other_agent)
    for name in ("person-note", "person-note-delete"):
        path = reverse(f"inbox:{name}", args=[conversation.contact_id, note.pk])
        assert browser.post(path, {"text": "mine"}).status_code == 403
    note.refresh_from_db()
    assert note.text == "theirs"


def paths(conversation: Conversation, definition: AttributeDefinition, agent: Agent) -> list[str]:
    note = write_contact_note(conversation.contact, "x", agent)
    contact = conversation.contact_id
    return [
        reverse("inbox:attribute", args=[contact, definition.pk]),
        reverse("inbox:profile", args=[contact]),
        reverse("inbox:person-notes", args=[contact]),
        reverse("inbox:person-note", args=[contact, note.pk]),
        reverse("inbox:person-note-delete", args=[contact, note.pk]),
        reverse("inbox:person-note-pin", args=[contact, note.pk]),
    ]


def test_the_read_only_role_may_look_only(
    conversation: Conversation, subscription: AttributeDefinition, agent: Agent, sign_in: SignIn
) -> None:
    team = [conversation.team] if conversation.team else []
    reader = sign_in(factories.AgentFactory.create(role=Role.READ_ONLY, teams=team))
    text = pane(reader, conversation)
    assert "data-slot-open" not in text
    for path in paths(conversation, subscription, agent):
        assert reader.post(path, {"text": "x", "value": "x"}).status_code == 403, path


def test_a_contact_of_another_team_does_not_exist(
    conversation: Conversation,
    subscription: AttributeDefinition,
    agent: Agent,
    sign_in: SignIn,
) -> None:
    conversation.team = factories.TeamFactory.create()
    conversation.save()
    stranger = sign_in(factories.AgentFactory.create())
    for path in paths(conversation, subscription, agent):
        for answer in (stranger.get(path), stranger.post(path, {"text": "x"})):
            assert answer.status_code in (404, 405), path
    assert stranger.get(reverse("inbox:details", args=[conversation.contact_id])).status_code == 404


def test_a_note_of_another_contact_is_not_found_under_this_one(
    browser: Client, conversation: Conversation, agent: Agent
) -> None:
    note = write_contact_note(factories.ContactFactory.create(), "x", agent)
    path = reverse("inbox:person-note-delete", args=[conversation.contact_id, note.pk])
    assert browser.post(path).status_code == 404


def test_what_is_sensitive_is_not_even_named(
    browser: Client, conversation: Conversation, subscription: AttributeDefinition
) -> None:
    AttributeDefinition.objects.filter(pk=subscription.pk).update(is_sensitive=True)
    assert "Subscription" not in pane(browser, conversation)
    path = reverse("inbox:attribute", args=[conversation.contact_id, subscription.pk])
    assert browser.get(path).status_code == 404


def test_staff_reach_what_the_person_may_ask_for(
    conversation: Conversation, admin: Agent, sign_in: SignIn
) -> None:
    text = pane(sign_in(admin), conversation)
    assert reverse("admin:consent_datarequest_ask", args=[conversation.contact_id]) in text
