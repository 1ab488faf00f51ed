"""Every factory makes a row that the database takes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from factory.django import DjangoModelFactory

from contacts.models import Contact
from conversations.models import Conversation
from tests import factories
from tests.fixtures import Clock

ALL = [
    value
    for value in vars(factories).values()
    if isinstance(value, type)
    and issubclass(value, DjangoModelFactory)
    and value is not DjangoModelFactory
]


@pytest.mark.django_db
@pytest.mark.parametrize("factory", ALL, ids=lambda factory: factory.__name__)
def test_a_factory_makes_rows(factory: type[DjangoModelFactory]) -> None:
    rows = factory.create_batch(2)

    assert all(row.pk and str(row) for row in rows)


def test_a_contact_has_the_identities_it_was_given(db: None) -> None:
    contact: Contact = factories.ContactFactory.create(wa_id="", bsuid="DE.1", username="karla")

    assert contact.identity_values == {"bsuid": "DE.1", "username": "karla"}


def test_the_clock_moves_the_window(conversation: Conversation, clock: Clock) -> None:
    assert conversation.window.is_open(timezone.now())

    clock.forward(timedelta(hours=24))

    assert not conversation.window.is_open(timezone.now())
