"""Many people at once are who they would be one by one."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.bulk import find_or_create_contacts, unlearned_pairs
from contacts.models import Contact, Identity
from contacts.services import Person, find_or_create_contact

pytestmark = pytest.mark.django_db

PEOPLE = st.builds(
    Person,
    # Two spellings of one Brazilian number, and one of somebody else.
    wa_id=st.sampled_from(["", "5511987654321", "551187654321", "4915112345678"]),
    bsuid=st.sampled_from(["", "DE.1", "DE.2", "BR.3"]),
    username=st.sampled_from(["", "lin", "Lin", "okafor"]),
    name=st.sampled_from(["", "Lin", "Karla"]),
).filter(lambda person: person.recognisable)


def world() -> tuple[list[list[tuple[str, str, bool]]], list[str]]:
    """All contacts by their identities, and their names, whatever their ids."""
    rows = [
        (
            sorted(
                (one.kind, one.match_key, one.ended_at is None) for one in contact.identities.all()
            ),
            contact.name,
        )
        for contact in Contact.objects.filter(merged_into=None)
    ]
    return [row[0] for row in sorted(rows)], [row[1] for row in sorted(rows)]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(people=st.lists(PEOPLE, max_size=8))
def test_a_batch_makes_the_same_contacts_as_one_by_one(people):
    with transaction.atomic():
        for person in people:
            find_or_create_contact(person)
        expected = world()
        transaction.set_rollback(True)
    with transaction.atomic():
        found = find_or_create_contacts(people)
        assert world() == expected
        assert len(found) == len(people)
        assert not Contact.objects.filter(pk__in=[c.pk for c in found]).exclude(merged_into=None)
        transaction.set_rollback(True)


def test_many_strangers_cost_as_many_queries_as_one(django_assert_max_num_queries):
    people = [Person(wa_id=f"4915100{n:06d}", bsuid=f"DE.{n}", name=f"Gast {n}") for n in range(90)]
    with django_assert_max_num_queries(8):
        contacts = find_or_create_contacts(people)
    assert len({contact.pk for contact in contacts}) == 90
    with django_assert_max_num_queries(6):
        assert find_or_create_contacts(people) == contacts


def test_the_same_person_twice_in_a_batch_is_one_contact():
    one, two = find_or_create_contacts([Person(bsuid="DE.1", name="Lin"), Person(bsuid="DE.1")])
    assert one == two
    assert Identity.objects.count() == 1


def test_nobody_can_be_found_by_nothing():
    with pytest.raises(ValueError, match="wa_id or a BSUID"):
        find_or_create_contacts([Person(name="Nobody")])


def test_only_pairs_that_are_news_are_unlearned():
    known = Person(wa_id="4915112345678", bsuid="DE.1")
    find_or_create_contact(known)
    find_or_create_contact(Person(wa_id="4915187654321"))
    news = Person(wa_id="4915187654321", bsuid="DE.2")
    assert unlearned_pairs([known, news, news, Person(bsuid="DE.3")]) == [news]
