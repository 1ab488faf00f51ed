"""`know_identities` says of many what each would say of itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from contacts.models import Contact, IdentityKind, know_identities
from tests import factories

pytestmark = pytest.mark.django_db


def test_current_identities_of_many_are_read_at_once(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    now = timezone.now()
    moved, unknown = factories.ContactFactory.create_batch(2, wa_id="")
    for value, ended, age in (
        ("+491", now, 3),
        ("+492", None, 2),
        ("+493", None, 1),
    ):
        factories.IdentityFactory.create(
            contact=moved,
            kind=IdentityKind.PHONE,
            value=value,
            ended_at=ended,
            first_seen_at=now - timedelta(days=age),
        )
    contacts = list(Contact.objects.all())
    expected = {contact.pk: contact.identity_values for contact in Contact.objects.all()}
    with django_assert_num_queries(1):
        know_identities(contacts)
    with django_assert_num_queries(0):
        assert {contact.pk: contact.identity_values for contact in contacts} == expected
    assert expected == {moved.pk: {"phone": "+493"}, unknown.pk: {}}
