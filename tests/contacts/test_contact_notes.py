"""Notes on the person: who writes, changes, pins and deletes them; once, and told to everybody."""

from __future__ import annotations

import uuid

import pytest

from accounts.models import Agent, Role
from contacts.attribute_models import ContactNote
from contacts.merging import merge_contacts
from contacts.models import Contact, MergeReason
from contacts.person_notes import (
    LONGEST_NOTE,
    NoteRefused,
    NotYours,
    delete_contact_note,
    edit_contact_note,
    pin_contact_note,
    write_contact_note,
)
from conversations.models import Conversation, Event, EventName
from tests import factories

pytestmark = pytest.mark.django_db


def told(contact: Contact) -> int:
    rows = Event.objects.filter(name=EventName.CONVERSATION_CHANGED, conversation__contact=contact)
    return rows.count()


def test_a_note_is_told_in_every_thread_of_the_person(
    conversation: Conversation, agent: Agent
) -> None:
    contact = conversation.contact
    factories.ConversationFactory.create(contact=contact, resolved=True)
    note = write_contact_note(contact, "  Hört schlecht. \x00", agent)
    assert (note.text, note.author) == ("Hört schlecht.", agent)
    assert told(contact) == 2


def test_the_same_click_again_is_the_same_note(conversation: Conversation, agent: Agent) -> None:
    click = uuid.uuid4()
    notes = {write_contact_note(conversation.contact, "x", agent, click).pk for _ in range(3)}
    assert len(notes) == ContactNote.objects.count() == 1
    assert told(conversation.contact) == 1


def test_empty_and_endless_notes_are_refused(conversation: Conversation, agent: Agent) -> None:
    for text in ("", " \n ", "\x00", "x" * (LONGEST_NOTE + 1)):
        with pytest.raises(NoteRefused):
            write_contact_note(conversation.contact, text, agent)
    assert not ContactNote.objects.exists()


def test_only_the_author_changes_and_leads_delete_too(
    conversation: Conversation, agent: Agent
) -> None:
    colleague = factories.AgentFactory.create()
    lead = factories.AgentFactory.create(role=Role.LEAD)
    note = write_contact_note(conversation.contact, "mine", agent)
    for who in (colleague, lead):
        with pytest.raises(NotYours):
            edit_contact_note(note, "theirs", who)
    with pytest.raises(NotYours):
        delete_contact_note(note, colleague)
    edit_contact_note(note, "better", agent)
    note.refresh_from_db()
    assert note.text == "better"
    assert note.edited_at
    delete_contact_note(note, lead)
    delete_contact_note(note, agent)  # gone is gone
    assert not ContactNote.objects.exists()


def test_what_is_pinned_comes_first(conversation: Conversation, agent: Agent) -> None:
    first = write_contact_note(conversation.contact, "first", agent)
    write_contact_note(conversation.contact, "second", agent)
    pin_contact_note(first, agent, pinned=True)
    notes = conversation.contact.notes.all()
    assert [note.text for note in notes] == ["first", "second"]


def test_a_note_on_somebody_merged_goes_to_who_goes_on(
    conversation: Conversation, agent: Agent
) -> None:
    gone = factories.ContactFactory.create()
    merge_contacts(conversation.contact, gone, MergeReason.BY_HAND, agent)
    write_contact_note(gone, "late", agent)
    assert conversation.contact.notes.get().text == "late"
