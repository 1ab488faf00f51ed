"""Every field of every table says of whom it speaks."""

from __future__ import annotations

from django.apps import apps
from django.db import models

from consent.personal_data import Holds, Table, fields, registry, unclassified
from contacts.models import Contact


def test_every_field_of_every_table_is_classified() -> None:
    assert unclassified(apps.get_models(include_auto_created=True)) == []


def test_a_field_that_nobody_spoke_for_is_named() -> None:
    table = registry.tables[Contact]
    said = {name: holds for name, holds in table.fields.items() if name != "name"}
    registry.add(Table(Contact, {**said, "shoe_size": Holds.PERSON}, table.rows))
    try:
        assert unclassified([Contact]) == [
            "contacts.Contact.name is not classified",
            "contacts.Contact.shoe_size is not there",
        ]
    finally:
        registry.add(table)


def test_whatever_holds_something_personal_is_found_by_person() -> None:
    """A table with a field of a customer's says which rows are whose."""
    for table in registry.tables.values():
        if Holds.PERSON in table.fields.values():
            assert table.rows or table.export, table.label


def test_free_text_and_files_are_never_taken_for_technical_where_customers_are() -> None:
    """In tables with rows of a person, long texts, JSON and files are technical only by name."""
    allowed = {
        "conversations.Message.status_detail",  # our catalogue's words, or the platform's
        "whatsapp.WebhookEvent.reason",  # places in the body, never its content
        "whatsapp.WebhookEvent.trace",
        "helpdesk.ParkedTask.trace",
        "admin.LogEntry.object_id",  # an id, of whatever kind
    }
    for table in registry.of_person():
        for field in table.model._meta.local_concrete_fields:
            free = isinstance(field, models.TextField | models.JSONField | models.FileField)
            name = f"{table.label}.{field.attname}"
            if free and name not in allowed and table.fields[field.attname] != Holds.LEDGER:
                assert table.fields[field.attname] in (Holds.PERSON, Holds.INTERNAL), name


def test_classes_are_named_by_words() -> None:
    assert fields(person="a b", secret="c") == {
        "a": Holds.PERSON,
        "b": Holds.PERSON,
        "c": Holds.SECRET,
    }
