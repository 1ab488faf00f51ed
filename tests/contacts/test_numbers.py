"""Spellings of one number are one number, and nobody else's."""

from __future__ import annotations

from threading import Barrier, Thread

import phonenumbers
import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from contacts.models import Contact, Identity
from contacts.numbers import match_key, phone_of_wa_id, variants
from contacts.services import Person, find_contact, find_or_create_contact
from tests import factories

SAME = [
    ("5511987654321", "551187654321"),  # Brazil: the ninth digit
    ("5531987654321", "553187654321"),
    ("525512345678", "5215512345678"),  # Mexico: the 1
    ("5491123456789", "541123456789"),  # Argentina: the 9
]
ALONE = [
    "4915112345678",
    "551132345678",  # a landline in São Paulo
    "5511932345678",  # a mobile that would look like that landline without its ninth digit
    "12025550147",
    "52155123456",  # too short
    "5561999",
]
wa_ids = st.one_of(
    st.from_regex(r"\A55[1-9][1-9]9?[0-9]{8}\Z"),
    st.from_regex(r"\A521?[2-9][0-9]{9}\Z"),
    st.from_regex(r"\A549?[1-9][0-9]{9}\Z"),
    st.from_regex(r"\A[1-9][0-9]{6,14}\Z"),
)


@pytest.mark.parametrize(("canonical", "other"), SAME)
def test_two_spellings_of_one_number(canonical: str, other: str) -> None:
    assert variants(canonical) == variants(other) == (canonical, other)
    assert match_key("phone", f"+{other}") == f"+{canonical}"


@pytest.mark.parametrize("wa_id", ALONE)
def test_other_numbers_have_one_spelling(wa_id: str) -> None:
    assert variants(wa_id) == (wa_id,)


@given(wa_ids)
def test_every_spelling_has_the_same_spellings(wa_id: str) -> None:
    found = variants(wa_id)
    assert wa_id in found
    assert {variants(one) for one in found} == {found}
    assert len({match_key("wa_id", one) for one in found}) == 1


@given(st.from_regex(r"\A55[1-9][1-9]9[0-9]{8}\Z"))
def test_no_mobile_number_is_taken_for_a_valid_landline(wa_id: str) -> None:
    for other in variants(wa_id)[1:]:
        kind = phonenumbers.number_type(phonenumbers.parse(f"+{other}"))
        assert kind != phonenumbers.PhoneNumberType.FIXED_LINE


def test_usernames_are_the_same_in_any_case() -> None:
    assert match_key("username", "Lin.Okafor") == "lin.okafor"
    assert match_key("bsuid", "BR.7kQ2mZx09TdLs41") == "BR.7kQ2mZx09TdLs41"


@given(st.text())
def test_any_text_is_a_number_or_none(text: str) -> None:
    phone = phone_of_wa_id(text)
    assert phone == "" or phone.startswith("+")


@pytest.mark.django_db
@pytest.mark.parametrize(("one", "other"), [*SAME, *(pair[::-1] for pair in SAME)])
def test_brazil_and_mexico_numbers_make_one_contact(one: str, other: str) -> None:
    """chatwoot #13986: a customer wrote from the other spelling and became two."""
    contact = find_or_create_contact(Person(wa_id=one))
    assert find_contact(Person(wa_id=other)) == contact
    assert find_or_create_contact(Person(wa_id=other, bsuid="BR.1")) == contact
    assert set(contact.identities.values_list("kind", flat=True)) == {"wa_id", "phone", "bsuid"}


@pytest.mark.django_db
@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_database_refuses_a_second_owner_of_a_number(one: str, other: str) -> None:
    factories.ContactFactory.create(wa_id=one)
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.ContactFactory.create(wa_id=other)


@pytest.mark.django_db(transaction=True)
def test_both_spellings_at_once_make_one_contact() -> None:
    barrier = Barrier(8)

    def receive(wa_id: str) -> None:
        barrier.wait()
        find_or_create_contact(Person(wa_id=wa_id))
        connection.close()

    threads = [Thread(target=receive, args=[SAME[n % 2 * 2][n // 4]]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Contact.objects.count() == 2  # one in Brazil, one in Mexico
    assert Identity.objects.count() == 4
