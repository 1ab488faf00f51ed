"""Attributes of contacts: typed, checked, seen by whom they concern, and merged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from threading import Thread

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone, translation

from accounts.models import Agent, Role
from contacts.attribute_models import (
    AttributeChoice,
    AttributeDefinition,
    AttributeKind,
    ContactAttribute,
    EditedBy,
)
from contacts.attributes import (
    AttributeRefused,
    attribute_values,
    attributes_for,
    plain_attributes,
    set_attribute,
)
from contacts.merging import merge_contacts, undo_merge
from contacts.merging_parts import conflicts_of
from contacts.models import MergeReason
from contacts.person_notes import write_contact_note
from conversations.models import Conversation, Event, EventName
from tests import factories

pytestmark = pytest.mark.django_db


def define(key: str, kind: str = "text", **more: object) -> AttributeDefinition:
    named = {"name_de": f"{key} de", "name_en": f"{key} en"}
    made = AttributeDefinition.objects.create(key=key, kind=kind, **{**named, **more})
    if kind == "choice":
        for place, answer in enumerate(("gold", "silver")):
            AttributeChoice.objects.create(
                definition=made,
                key=answer,
                name_de=f"{answer} de",
                name_en=f"{answer} en",
                place=place,
            )
    return made


@pytest.mark.parametrize(
    ("kind", "raw", "value", "words", "plain"),
    [
        ("text", "  Nordlicht Pendler ", "Nordlicht Pendler", "Nordlicht Pendler", None),
        ("number", "1200,5", Decimal("1200.5"), "1200,5", "1200.5"),
        ("number", "7", Decimal(7), "7", "7"),
        ("date", "2026-03-12", date(2026, 3, 12), "12.03.2026", "2026-03-12"),
        ("date", "12.03.2026", date(2026, 3, 12), "12.03.2026", "2026-03-12"),
        ("yes_no", "no", False, "Nein", False),
        ("yes_no", True, True, "Ja", True),
        ("choice", "gold", "gold", "gold de", "gold"),
        ("url", "example.org/x", "https://example.org/x", "https://example.org/x", None),
    ],
)
def test_a_value_of_each_kind(
    conversation: Conversation,
    agent: Agent,
    kind: str,
    raw: object,
    value: object,
    words: str,
    plain: object,
) -> None:
    contact = conversation.contact
    definition = define("x", kind)
    with translation.override("de"):
        set_attribute(contact, definition, raw, agent)
        assert attribute_values(contact) == {"x": words}

    row = ContactAttribute.objects.get()
    assert row.value == value
    assert row.updated_by == agent
    shown = value if plain is None else plain
    assert plain_attributes([contact], agent) == {contact.pk: {"x": shown}}


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("text", "x" * 501),
        ("text", "a\x00b"),
        ("text", ["a"]),
        ("number", "many"),
        ("number", "NaN"),
        ("number", "1" * 30),
        ("date", "31.02.2026"),
        ("yes_no", "maybe"),
        ("choice", "lead"),
        ("url", "javascript:alert(1)"),
        ("url", "ftp://example.org"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(
    conversation: Conversation, agent: Agent, kind: str, raw: object
) -> None:
    with pytest.raises(AttributeRefused) as refused:
        set_attribute(conversation.contact, define("x", kind), raw, agent)
    assert refused.value.message
    assert not ContactAttribute.objects.exists()


def test_emptied_is_gone_unless_it_is_required(conversation: Conversation, agent: Agent) -> None:
    free, required = define("free"), define("required", is_required=True)
    for definition in (free, required):
        set_attribute(conversation.contact, definition, "x", agent)
    set_attribute(conversation.contact, free, "", agent)
    with pytest.raises(AttributeRefused):
        set_attribute(conversation.contact, required, None, agent)
    assert attribute_values(conversation.contact) == {"required": "x"}


def test_who_sees_and_who_edits(conversation: Conversation, agent: Agent) -> None:
    lead = factories.AgentFactory.create(role=Role.LEAD)
    reader = factories.AgentFactory.create(role=Role.READ_ONLY)
    secret = define("secret", is_sensitive=True)
    theirs = define("theirs", edited_by=EditedBy.LEADS)
    contact = conversation.contact
    set_attribute(contact, secret, "s", lead)
    set_attribute(contact, theirs, "t", lead)

    for who, definition in ((agent, secret), (agent, theirs), (reader, theirs)):
        with pytest.raises(AttributeRefused):
            set_attribute(contact, definition, "z", who)
    shown = attributes_for(contact, agent, in_pane=True)
    assert [(one.definition.key, one.may_edit) for one in shown] == [("theirs", False)]
    assert len(attributes_for(contact, lead, in_pane=True)) == 2
    assert attribute_values(contact) == {"theirs": "t"}  # never into a message
    assert plain_attributes([contact], agent)[contact.pk] == {"theirs": "t"}


def test_what_is_switched_off_stays_to_be_read(conversation: Conversation, agent: Agent) -> None:
    contact = conversation.contact
    off, elsewhere = define("off"), define("elsewhere", in_pane=False)
    set_attribute(contact, off, "old", agent)
    AttributeDefinition.objects.filter(pk=off.pk).update(is_active=False)
    off.refresh_from_db()

    assert attributes_for(contact, agent, in_pane=True) == []
    card = attributes_for(contact, agent, in_pane=False)
    assert {one.definition.key: one.may_edit for one in card} == {"off": False, "elsewhere": True}
    assert elsewhere.is_edited_by(agent)
    with pytest.raises(AttributeRefused):
        set_attribute(contact, off, "new", agent)


def test_the_same_again_tells_nobody(conversation: Conversation, agent: Agent) -> None:
    definition = define("x")
    for _ in range(2):
        set_attribute(conversation.contact, definition, "once", agent)
    told = Event.objects.filter(name=EventName.CONVERSATION_CHANGED, conversation=conversation)
    assert [event.data for event in told] == [{"contact": True}]


def refused(write: Callable[[], object]) -> None:
    """The database takes `write` back, at the latest when it looks at what it had put off."""

    def committed() -> None:
        with transaction.atomic():
            write()
            connection.check_constraints()

    with pytest.raises(IntegrityError):
        committed()


def test_the_database_keeps_kinds_and_choices_together(
    conversation: Conversation, agent: Agent
) -> None:
    """Also against whoever goes past the services."""
    text, choice, other = define("text"), define("choice", "choice"), define("other", "choice")
    said = {"contact": conversation.contact, "updated_at": timezone.now()}
    wrong = (
        {"definition": text, "kind": "number", "number": 1},
        {"definition": text, "kind": "text", "text": "x", "number": 1},
        {"definition": text, "kind": "text"},
        {"definition": choice, "kind": "choice", "choice": other.choices.first()},
    )
    for row in wrong:
        refused(partial(ContactAttribute.objects.create, **said, **row))
    ContactAttribute.objects.create(**said, definition=text, kind="text", text="x")
    refused(partial(AttributeDefinition.objects.filter(pk=text.pk).update, kind=AttributeKind.URL))
    again = {"definition": text, "kind": "text", "text": "y"}
    refused(partial(ContactAttribute.objects.create, **said, **again))


def test_values_cost_the_same_for_many(
    conversation: Conversation, agent: Agent, django_assert_num_queries: object
) -> None:
    contact = conversation.contact
    for n in range(8):
        set_attribute(contact, define(f"x{n}", "choice"), "gold", agent)
    with django_assert_num_queries(2):  # type: ignore[operator]
        assert [one.words for one in attributes_for(contact, agent, in_pane=True)]
    with django_assert_num_queries(1):  # type: ignore[operator]
        attribute_values(contact)
    with django_assert_num_queries(1):  # type: ignore[operator]
        plain_attributes([contact], agent)


def test_a_merge_takes_over_what_is_missing_and_asks_about_the_rest(
    conversation: Conversation, agent: Agent
) -> None:
    one, other = conversation.contact, factories.ContactFactory.create()
    only, both, same, ours = (define(key) for key in ("only", "both", "same", "ours"))
    set_attribute(other, only, "o", agent)
    for definition in (both, ours):
        set_attribute(one, definition, "mine", agent)
        set_attribute(other, definition, "theirs", agent)
    for contact in (one, other):
        set_attribute(contact, same, "s", agent)
    note = write_contact_note(other, "Hard of hearing", agent)
    assert {row.definition.key for row in conflicts_of(one, other)} == {"both", "ours"}

    merge = merge_contacts(one, other, MergeReason.BY_HAND, agent, theirs=[both.pk])
    merged = {"only": "o", "both": "theirs", "same": "s", "ours": "mine"}
    assert attribute_values(one) == merged
    assert list(one.notes.all()) == [note]
    set_attribute(other, same, "through the merged one", agent)
    assert attribute_values(one)["same"] == "through the merged one"

    undo_merge(merge, agent)
    assert attribute_values(one) == {
        "both": "mine",
        "same": "through the merged one",
        "ours": "mine",
    }
    assert attribute_values(other) == {
        "only": "o",
        "both": "theirs",
        "same": "s",
        "ours": "theirs",
    }
    assert list(other.notes.all()) == [note]


def test_what_was_changed_after_a_merge_stays(conversation: Conversation, agent: Agent) -> None:
    one, other = conversation.contact, factories.ContactFactory.create()
    both, only = define("both"), define("only")
    set_attribute(one, both, "mine", agent)
    set_attribute(other, both, "theirs", agent)
    set_attribute(other, only, "o", agent)
    merge = merge_contacts(one, other, MergeReason.BY_HAND, agent, theirs=[both.pk])
    set_attribute(one, both, "newer", agent)
    set_attribute(one, only, "newer", agent)

    undo_merge(merge, agent)
    assert attribute_values(one) == {"both": "newer", "only": "newer"}
    assert attribute_values(other) == {}


def test_merges_of_merges_give_each_their_own(conversation: Conversation, agent: Agent) -> None:
    first, second = conversation.contact, factories.ContactFactory.create()
    third = factories.ContactFactory.create()
    definition = define("x")
    for contact, words in ((first, "1"), (second, "2"), (third, "3")):
        set_attribute(contact, definition, words, agent)
    inner = merge_contacts(first, second, MergeReason.BY_HAND, agent, theirs=[definition.pk])
    outer = merge_contacts(third, first, MergeReason.BY_HAND, agent)
    undo_merge(inner, agent)
    undo_merge(outer, agent)
    told = [attribute_values(contact)["x"] for contact in (first, second, third)]
    assert told == ["1", "2", "3"]


@pytest.mark.django_db(transaction=True)
def test_two_who_set_the_same_at_once_leave_one_value(
    conversation: Conversation, agent: Agent
) -> None:
    definition = define("x")

    def write(words: str) -> None:
        try:
            set_attribute(conversation.contact, definition, words, agent)
        finally:
            connections.close_all()

    threads = [Thread(target=write, args=(str(n),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ContactAttribute.objects.count() == 1
