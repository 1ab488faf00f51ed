"""One person, many identities, also when everyone asks at once."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from django.db import connection

from contacts.models import Contact, Identity
from contacts.services import Person, change_identity, find_or_create_contact

pytestmark = pytest.mark.django_db


def test_a_person_nobody_recognises_is_an_error() -> None:
    with pytest.raises(ValueError, match="wa_id"):
        find_or_create_contact(Person(username="lin", name="Lin"))


def test_a_username_may_change_hands() -> None:
    first = find_or_create_contact(Person(bsuid="DE.1", username="lin"))
    second = find_or_create_contact(Person(bsuid="DE.2", username="lin"))
    assert first != second


def test_a_changed_username_follows_and_the_old_one_ends() -> None:
    find_or_create_contact(Person(bsuid="DE.1", username="lin"))
    contact = find_or_create_contact(Person(bsuid="DE.1", username="lin_o", name="Lin"))
    contact = Contact.objects.get(pk=contact.pk)
    assert (contact.username, contact.name) == ("lin_o", "Lin")
    assert Identity.objects.filter(kind="username", ended_at__isnull=False).count() == 1


def test_a_new_number_is_the_same_person() -> None:
    old, new = Person(wa_id="4915112345678", bsuid="DE.1"), Person(wa_id="4917099999999")
    contact = find_or_create_contact(old)
    change_identity(contact, old, new)
    assert find_or_create_contact(new) == contact
    assert Contact.objects.get().phone == "+4917099999999"
    assert find_or_create_contact(Person(wa_id="4915112345678")) != contact


@pytest.mark.django_db(transaction=True)
def test_ten_webhooks_at_once_make_one_contact() -> None:
    barrier = Barrier(10)

    def receive() -> None:
        barrier.wait()
        find_or_create_contact(Person(wa_id="4915112345678", bsuid="DE.1"))
        connection.close()

    threads = [Thread(target=receive) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Contact.objects.count() == 1
    assert set(Identity.objects.values_list("kind", flat=True)) == {"wa_id", "phone", "bsuid"}
