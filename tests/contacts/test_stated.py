"""Identities that somebody only states: they find, and change nothing."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from contacts.merging import merge_contacts
from contacts.models import Contact, Identity, MergeReason
from contacts.services import Person, find_or_create_contact
from contacts.stated import NobodyKnowsWhose, find_or_create_stated, lock_stated

pytestmark = pytest.mark.django_db
OLD, NEW = "4915112345678", "4915187654321"


def known(**person: str) -> Contact:
    return find_or_create_contact(Person(**person))


def snapshot() -> list[tuple[object, ...]]:
    return [
        *Identity.objects.order_by("pk").values_list("pk", "contact", "value", "ended_at"),
        *Contact.objects.order_by("pk").values_list("pk", "name", "merged_into"),
    ]


def test_who_has_it_is_found_and_learns_nothing() -> None:
    owner = known(wa_id=OLD, bsuid="DE.1", name="Karla")
    before = snapshot()
    assert find_or_create_stated(Person(wa_id=OLD, name="Stranger")) == (owner, False)
    assert find_or_create_stated(Person(bsuid="DE.1", name="Stranger")) == (owner, False)
    assert snapshot() == before


def test_another_spelling_is_found() -> None:
    owner = known(wa_id="551187654321")
    assert find_or_create_stated(Person(wa_id="5511987654321")) == (owner, False)


def test_what_nobody_ever_had_makes_a_contact() -> None:
    assert lock_stated(Person(wa_id=OLD)) is None
    contact, is_new = find_or_create_stated(Person(wa_id=OLD, name="Karla"))
    assert (is_new, contact.name, contact.phone) == (True, "Karla", f"+{OLD}")


def test_who_was_merged_is_who_goes_on() -> None:
    first, second = known(bsuid="DE.1"), known(wa_id=NEW)
    merge_contacts(first, second, MergeReason.PAIR)
    assert find_or_create_stated(Person(wa_id=NEW)) == (first, False)
    with transaction.atomic():
        assert lock_stated(Person(wa_id=NEW)) == first


def test_a_merge_by_hand_stays_and_the_number_it_ended_is_nobodys() -> None:
    first, second = known(wa_id=OLD), known(wa_id=NEW)
    merge = merge_contacts(first, second, MergeReason.BY_HAND)
    before = snapshot()
    for look in (find_or_create_stated, lock_stated):
        with pytest.raises(NobodyKnowsWhose):
            look(Person(wa_id=OLD))
    merge.refresh_from_db()
    assert merge.undone_at is None
    assert snapshot() == before
    assert find_or_create_stated(Person(wa_id=NEW)) == (first, False)


def test_a_number_that_was_given_to_somebody_else_is_unclear() -> None:
    known(wa_id=OLD, bsuid="DE.1")
    known(wa_id=OLD, bsuid="DE.2")
    before = snapshot()
    with pytest.raises(NobodyKnowsWhose):
        find_or_create_stated(Person(wa_id=OLD))
    assert snapshot() == before


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one() -> None:
    def state() -> None:
        find_or_create_stated(Person(wa_id=OLD))
        connection.close()

    threads = [threading.Thread(target=state) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Contact.objects.count() == 1
